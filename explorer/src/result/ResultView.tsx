/** One answer in the form that was chosen: as a table, as a chart. */
import { amend, useAddress } from "../address";
import type { Problem, Warning } from "../gateway";
import type { Table } from "../table/tables";
import { Chart } from "./Chart";
import { Messages } from "./Messages";
import type { Words } from "./schemaWords";
import { TableView } from "./TableView";

export const VIEWS = ["Table", "Chart"] as const;
export type View = (typeof VIEWS)[number];

type Props = {
  tables: Table[];
  problems: Problem[];
  warnings: Warning[];
  words: Words;
  view: View;
};

export function ResultView({ tables, problems, warnings, words, view }: Props) {
  return (
    <>
      <Messages problems={problems} warnings={warnings} />
      {tables.map((table) =>
        view === "Table" ? (
          <TableView key={table.name} table={table} warnings={warnings} words={words} />
        ) : (
          <Chart key={table.name} table={table} />
        ),
      )}
    </>
  );
}

/** The form that the address says. */
export function useView(): [View, (view: View) => void] {
  const said = useAddress().params.get("view");
  const view = VIEWS.find((each) => each.toLowerCase() === said) ?? "Table";
  return [view, (next) => amend({ view: next === "Table" ? null : next.toLowerCase() })];
}

/** Buttons of which one is pressed. */
export function Forms<Form extends string>(props: { forms: readonly Form[]; form: Form; choose: (form: Form) => void }) {
  return (
    <div className="forms" role="group" aria-label="Show the result as">
      {props.forms.map((name) => (
        <button key={name} type="button" aria-pressed={props.form === name} onClick={() => props.choose(name)}>
          {name}
        </button>
      ))}
    </div>
  );
}
