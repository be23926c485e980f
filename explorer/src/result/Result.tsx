/** What came back, in the form that was chosen: as it was sent, as a table, or as a chart. */
import { useGraphiQL } from "@graphiql/react";
import { useMemo, useState } from "react";

import type { Answers } from "../answers";
import type { Answer, Asked } from "../gateway";
import { tables } from "../table/tables";
import { Chart } from "./Chart";
import { Messages } from "./Messages";
import { TableView } from "./TableView";
import { markerWords } from "./words";

const FORMS = ["JSON", "Table", "Chart"] as const;
type Form = (typeof FORMS)[number];

export function Result({ answers }: { answers: Answers }) {
  const [form, setForm] = useState<Form>("Table");
  const response = useGraphiQL((state) => state.tabs[state.activeTabIndex]?.response ?? null);
  const busy = useGraphiQL((state) => state.isFetching);
  const schema = useGraphiQL((state) => state.schema);
  const words = useMemo(() => markerWords(schema), [schema]);
  const asked = useMemo(() => answers.of(response), [answers, response]);
  const answer = useMemo(() => asked?.answer ?? read(response), [asked, response]);
  const shown = useMemo(() => tabulated(asked), [asked]);
  const warnings = answer.extensions?.warnings ?? [];

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
          <Messages problems={answer.errors ?? []} warnings={warnings} />
          {shown.map((table) =>
            form === "Table" ? (
              <TableView key={table.name} table={table} warnings={warnings} words={words} />
            ) : (
              <Chart key={table.name} table={table} />
            ),
          )}
          {shown.length === 0 && <p className="hint">{busy ? "Asking the departments …" : hint(response)}</p>}
        </div>
      )}
    </section>
  );
}

const tabulated = (asked: Asked | null) =>
  asked?.answer.data
    ? tables(asked.query, asked.operation, asked.answer, asked.hidden).filter(({ repeated }) => !repeated)
    : [];

/** An answer that the editor shows and this page did not ask for: a failure of its own. */
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
