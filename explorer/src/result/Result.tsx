/** What came back, in the form that was chosen: as it was sent, as a table, or as a chart. */
import { useGraphiQL } from "@graphiql/react";
import { useMemo, useState } from "react";

import type { Answer } from "../gateway";
import { Chart } from "./Chart";
import { Messages } from "./Messages";
import { TableView } from "./TableView";
import { tabulate } from "./tabulate";

const FORMS = ["JSON", "Table", "Chart"] as const;
type Form = (typeof FORMS)[number];

export function Result() {
  const [form, setForm] = useState<Form>("Table");
  const response = useGraphiQL((state) => state.tabs[state.activeTabIndex]?.response ?? null);
  const busy = useGraphiQL((state) => state.isFetching);
  const answer = useMemo(() => read(response), [response]);
  const tables = useMemo(() => tabulate(answer.data, answer.errors), [answer]);

  return (
    <section className="result" data-form={form} aria-label="Result" aria-busy={busy}>
      <div className="forms" role="group" aria-label="Show the result as">
        {FORMS.map((each) => (
          <button key={each} type="button" aria-pressed={form === each} onClick={() => setForm(each)}>
            {each}
          </button>
        ))}
      </div>
      {form !== "JSON" && (
        <div className="shown" tabIndex={0} role="region" aria-label={`Result as a ${form.toLowerCase()}`}>
          <Messages problems={answer.errors ?? []} />
          {tables.map((table) =>
            form === "Table" ? (
              <TableView key={table.name} table={table} />
            ) : (
              <Chart key={table.name} table={table} />
            ),
          )}
          {tables.length === 0 && <p className="hint">{busy ? "Asking the departments …" : hint(response)}</p>}
        </div>
      )}
    </section>
  );
}

function read(response: string | null): Answer {
  if (!response) return {};
  try {
    return JSON.parse(response) as Answer;
  } catch {
    return { errors: [{ message: response }] };
  }
}

const hint = (response: string | null): string =>
  response
    ? "There are no rows to show."
    : "Run the query to see its rows here: the button in the middle, or Ctrl-Enter.";
