/** Which lines one column of a table makes, over its periods. */
import type { Column, Marks, Table } from "../../table/tables";
import { figure } from "../cells";
import { numbered } from "../pivot";
import type { Words } from "../schemaWords";
import { labels, periodOf } from "../shape";
import type { State, StateOf } from "../states";

/** `shown`: what is drawn, `value` as it was asked. */
export type Point = { period: string; value: number | null; shown: number | null; state: State | null; marks: Marks };
export type Series = { name: string; points: Point[] };
/** What is drawn: the figures, or how they differ from those of a base period. */
export const AS = ["figures", "change", "percent", "index"] as const;
export type As = (typeof AS)[number];
export const AS_WORDS: Record<As, string> = {
  figures: "Figures",
  change: "Change since",
  percent: "Change in per cent since",
  index: "Index, 100 in",
};

/** The periods of a table in the order of its rows; one without a name where there are none. */
export function periodsOf(table: Table): string[] {
  const period = periodOf(table, "label") ?? periodOf(table);
  return period ? [...new Set(period.values.map((value) => String(value ?? "")))] : [""];
}

/** One for each combination of what names a row, in the order of the rows. */
export function seriesOf(table: Table, column: Column, words: Words, stateOf: StateOf): Series[] {
  const period = periodOf(table, "label") ?? periodOf(table);
  const names = labels(table);
  const [keys, firsts] = numbered(table, names);
  const periods = periodsOf(table);
  const at = new Map(periods.map((label, index) => [label, index]));
  const all: Series[] = firsts.map((row) => ({
    name: nameOf(names, row, words),
    points: periods.map((label) => ({ period: label, value: null, shown: null, state: null, marks: [] })),
  }));
  for (let row = 0; row < table.rows; row++) {
    const point = all[keys[row] ?? 0]?.points[at.get(String(period?.values[row] ?? "")) ?? 0];
    if (!point) continue;
    const value = column.values[row];
    point.value = typeof value === "number" ? value : null;
    point.state = stateOf(column, row);
    point.marks = column.marks[row] ?? [];
  }
  return all;
}

const nameOf = (names: Column[], row: number, words: Words): string =>
  names
    .map((column) => words.code(column.field, String(column.values[row] ?? "")))
    .filter(Boolean)
    .join(", ");

/** The same, drawn as figures or against a base period: nothing where the base has no figure, or is zero. */
export function against(all: Series[], as: As, base: string): Series[] {
  return all.map(({ name, points }) => {
    const from = points.find(({ period }) => period === base)?.value ?? null;
    return { name, points: points.map((point) => ({ ...point, shown: changed(point.value, as, from) })) };
  });
}

function changed(value: number | null, as: As, from: number | null): number | null {
  if (value === null || as === "figures") return value;
  if (from === null) return null;
  if (as === "change") return value - from;
  if (from === 0) return null;
  return as === "index" ? (100 * value) / from : (100 * (value - from)) / from;
}

/** By what is drawn at a period, the largest first or the smallest; those without a figure last. */
export function bySize(all: Series[], period: string, smallest: boolean): Series[] {
  const at = ({ points }: Series) => points.find((point) => point.period === period)?.shown ?? null;
  return all
    .map((series) => ({ series, size: at(series) }))
    .sort(({ size: one }, { size: other }) => {
      if (one === null || other === null) return Number(one === null) - Number(other === null);
      return smallest ? one - other : other - one;
    })
    .map(({ series }) => series);
}

/** What is drawn, in words. */
export function inAs(shown: number, as: As, places: number): string {
  if (as === "figures") return figure(shown, places);
  if (as === "index") return figure(shown, 1);
  const sign = shown > 0 ? "+" : "";
  return as === "percent" ? `${sign}${figure(shown, 1)}%` : `${sign}${figure(shown, places)}`;
}
