/** The figures of a table by the codes of their places. */
import type { Column, Table } from "../../table/tables";
import { type Point, seriesOf } from "../chart/series";
import type { Words } from "../schemaWords";
import { areaOf, labels } from "../shape";
import type { StateOf } from "../states";

const isOfArea = ({ path }: Column): boolean => path.at(-2) === "area";

/** The table as it names its rows but for their places. */
const without = (table: Table): Column[] =>
  labels(table).filter(
    (column) => !isOfArea(column) && !/(^|\.)(name|code)$/.test(column.name.replace(/^group\..*/, "")),
  );

function groupOf(names: Column[], row: number, words: Words): string {
  return names
    .map((column) => words.code(column.field, String(column.values[row] ?? "")))
    .filter(Boolean)
    .join(", ");
}

/** The groups of a table in the order of its rows, those first that have a figure. */
export function groupsOf(table: Table, { values }: Column, words: Words): string[] {
  const names = without(table);
  const groups = new Map<string, boolean>();
  for (let row = 0; row < table.rows; row++) {
    const group = groupOf(names, row, words);
    groups.set(group, (groups.get(group) ?? false) || values[row] !== null);
  }
  return [...groups].sort(([, one], [, other]) => Number(other) - Number(one)).map(([group]) => group);
}

/** Of one group, the points of each place over the periods. */
export function placed(
  table: Table,
  column: Column,
  words: Words,
  stateOf: StateOf,
  group: string,
): Map<string, Point[]> {
  const [area, names] = [areaOf(table), without(table)];
  if (!area) return new Map();
  const rows: number[] = [];
  for (let row = 0; row < table.rows; row++) if (groupOf(names, row, words) === group) rows.push(row);
  const part = (one: Column): Column => ({
    ...one,
    values: rows.map((row) => one.values[row] ?? null),
    marks: rows.map((row) => one.marks[row] ?? []),
  });
  // Its rows are named by their places' codes alone.
  const kept = table.columns.filter((one) => one === area || one.path.at(-2) === "period").map(part);
  const own = part(column);
  const told: StateOf = (_, row) => stateOf(column, rows[row] ?? 0);
  const all = seriesOf({ ...table, columns: [...kept, own], rows: rows.length }, own, words, told);
  return new Map(all.map(({ name, points }) => [name, points]));
}
