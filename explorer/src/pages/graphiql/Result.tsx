/** What came back, in the form that was chosen: as it was sent, as a table, or as a chart. */
import { useGraphiQL } from "@graphiql/react";
import { useMemo, useState } from "react";


import type { Answer, Exchange } from "../../gateway";
import { tables } from "../../table/tables";
import { Chart } from "../../result/Chart";
import { Messages } from "../../result/Messages";
import { TableView } from "../../result/TableView";
import { Answered } from "../../result/TakeAway";
import { markerWords } from "../../result/words";
import type { Answers } from "./answers";

const FORMS = ["JSON", "Table", "Chart"] as const;
type Form = (typeof FORMS)[number];

export function Result({ answers }: { answers: Answers }) {
  const [form, setForm] = useState<Form>("Table");
  const response = useGraphiQL((state) => state.tabs[state.activeTabIndex]?.response ?? null);
  const busy = useGraphiQL((state) => state.isFetching);
  const schema = useGraphiQL((state) => state.schema);
  const words = useMemo(() => markerWords(schema), [schema]);
  const exchange = useMemo(() => answers.of(response), [answers, response]);
  const answer = useMemo(() => exchange?.answer ?? read(response), [exchange, response]);
  const shownTables = useMemo(() => tabulated(exchange), [exchange]);
  const warnings = answer.extensions?.warnings ?? [];

  return (
    <section className="result" data-form={form} aria-label="Result" aria-busy={busy}>
      <div className="forms" role="group" aria-label="Show the result as">
        {FORMS.map((name) => (
          <button key={name} type="button" aria-pressed={form === name} onClick={() => setForm(name)}>
            {name}
          </button>
        ))}
      </div>
      {form !== "JSON" && (
        <div className="result-view" tabIndex={0} role="region" aria-label={`Result as a ${form.toLowerCase()}`}>
          <Messages problems={answer.errors ?? []} warnings={warnings} />
          <Answered value={exchange?.asked ?? null}>
            {shownTables.map((table) =>
              form === "Table" ? (
                <TableView key={table.name} table={table} warnings={warnings} words={words} />
              ) : (
                <Chart key={table.name} table={table} />
              ),
            )}
          </Answered>
          {shownTables.length === 0 && <p className="hint">{busy ? "Asking the departments …" : hint(response)}</p>}
        </div>
      )}
    </section>
  );
}

const tabulated = (exchange: Exchange | null) =>
  exchange?.answer.data
    ? tables(exchange.query, exchange.operation, exchange.answer, exchange.hidden).filter(({ repeated }) => !repeated)
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
    : "Run the query to see its rows here: the button in the middle, or Ctrl-Enter. In the editor Tab writes; after Ctrl-M it leaves.";
