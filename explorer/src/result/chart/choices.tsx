/** What is chosen alike of a chart and of a map: the figure, against which period, and of which period. */
import { useMemo } from "react";

import type { Table } from "../../table/tables";
import type { Catalogued } from "../catalogued";
import { headings } from "../headings";
import { drawable } from "../shape";
import type { Shown } from "../shown";
import { Choice } from "./Choice";
import { AS, AS_WORDS, type As } from "./series";

type Head = ReturnType<typeof headings>[number];
type Show = (change: Partial<Shown>) => void;

/** The figures of a table that can be drawn, and the one that is. */
export function useFigures(table: Table, catalogue: Catalogued, shown: Shown): [Head[], Head | undefined] {
  const heads = useMemo(() => {
    const figures = drawable(table);
    return headings(table, catalogue).filter(({ column }) => figures.includes(column));
  }, [table, catalogue]);
  return [heads, heads.find(({ column }) => column.name === shown.figure) ?? heads[0]];
}

/** As what the figure is drawn, against which period, and of which. `withFigures`: the periods that have any. */
export function chosenOf(shown: Shown, overTime: boolean, periods: string[], withFigures: string[]) {
  const as: As = overTime ? (AS.find((each) => each === shown.as) ?? "figures") : "figures";
  const base = withFigures.includes(shown.base) ? shown.base : (withFigures[0] ?? "");
  const period = periods.includes(shown.period) ? shown.period : (withFigures.at(-1) ?? periods[0] ?? "");
  return { as, base, period };
}

/** A figure and its unit, which per cent and an index have not. */
export function titleOf({ heading }: Head, as: As): string {
  const unit = as === "figures" || as === "change" ? heading.unit : null;
  return [heading.title, unit && `(${unit})`].filter(Boolean).join(" ");
}

/** How a file of the drawing is called. */
export const fileOf = ({ column }: Head) => column.name.replace(/\.value$/, "");

export const FigureChoice = ({ heads, head, show }: { heads: Head[]; head: Head; show: Show }) => (
  <Choice
    label="Figure"
    value={head.column.name}
    options={heads.map(({ column, heading }) => [column.name, heading.title])}
    choose={(figure) => show({ figure })}
  />
);

export const PeriodChoice = ({ period, periods, show }: { period: string; periods: string[]; show: Show }) => (
  <Choice
    label="Period"
    value={period}
    options={periods.map((each) => [each, each])}
    choose={(next) => show({ period: next })}
  />
);

type AgainstProps = { overTime: boolean; as: As; base: string; withFigures: string[]; show: Show };

export const AgainstChoices = ({ overTime, as, base, withFigures, show }: AgainstProps) => (
  <>
    {overTime && (
      <Choice
        label="Show"
        value={as}
        options={AS.map((each) => [each, AS_WORDS[each]])}
        choose={(next) => show({ as: next === "figures" ? "" : next })}
      />
    )}
    {as !== "figures" && (
      <Choice
        label="Base period"
        value={base}
        options={withFigures.map((each) => [each, each])}
        choose={(next) => show({ base: next })}
      />
    )}
  </>
);
