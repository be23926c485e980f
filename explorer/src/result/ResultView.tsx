/** One answer in the form that was chosen: as a table, a chart or a map. Pictures are loaded when they are asked for. */
import { lazy, Suspense } from "react";

import { amend, useAddress } from "../address";
import type { Problem, Warning } from "../gateway";
import type { Table } from "../table/tables";
import { useCatalogued } from "./catalogued";
import { Messages } from "./Messages";
import { proposing } from "./proposing";
import type { Words } from "./schemaWords";
import { TableView } from "./TableView";
import { Answered } from "./TakeAway";
import type { AskedAs } from "./take";

const Charts = lazy(() => import("./chart/Charts"));
const MapView = lazy(() => import("./map/MapView"));

export const VIEWS = ["Table", "Chart", "Map"] as const;
export type View = (typeof VIEWS)[number];

type Props = {
  tables: Table[];
  problems: Problem[];
  warnings: Warning[];
  words: Words;
  view: View;
  at: Date | null;
  asked: AskedAs | null;
};

export function ResultView({ tables, problems, warnings, words, view, at, asked }: Props) {
  const catalogue = useCatalogued();
  return (
    <>
      <Messages
        problems={problems}
        warnings={warnings}
        propose={asked ? (owner) => proposing(asked.question, owner) : undefined}
      />
      <Suspense fallback={<p className="hint">Drawing …</p>}>
        {tables.map((table) => {
          const props = { table, words, catalogue };
          if (view === "Chart") return <Charts key={table.name} {...props} at={at} />;
          if (view === "Map") return <MapView key={table.name} {...props} at={at} />;
          return (
            <Answered key={table.name} value={asked}>
              <TableView {...props} warnings={warnings} />
            </Answered>
          );
        })}
      </Suspense>
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
export function Forms<Form extends string>(props: {
  forms: readonly Form[];
  form: Form;
  choose: (form: Form) => void;
}) {
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
