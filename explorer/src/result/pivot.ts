/** Periods across: one row for each place and group, a column for each period. */
import type { Column, Table, Value } from "../table/tables";
import { labels, periodOf } from "./shape";

/** The same figures with the periods of one figure across; the table itself where it has no periods to put there. */
export function pivoted(table: Table, figure: Column | undefined): Table {
  const period = periodOf(table, "label") ?? periodOf(table);
  if (!period || !figure) return table;
  const names = labels(table);
  const [keys, rows] = numbered(table, names);
  const across = [...new Set(period.values)];
  const place = new Map(across.map((value, at) => [value, at]));
  const columns = across.map((value) => ({
    ...figure,
    name: `${figure.name} ${String(value)}`,
    path: [...figure.path, String(value)],
    values: new Array<Value>(rows.length).fill(null),
    marks: new Array<Column["marks"][number]>(rows.length).fill([]),
  }));
  for (let row = 0; row < table.rows; row++) {
    const [column, at] = [columns[place.get(period.values[row] ?? null) ?? -1], keys[row] ?? 0];
    if (!column) continue;
    column.values[at] = figure.values[row] ?? null;
    column.marks[at] = figure.marks[row] ?? [];
  }
  const kept = names.map((column) => ({
    ...column,
    values: rows.map((row) => column.values[row] ?? null),
    marks: rows.map((row) => column.marks[row] ?? []),
  }));
  return { ...table, columns: [...kept, ...columns], rows: rows.length };
}

/** For each row the number of its combination of labels, and the first row of each combination. */
export function numbered(table: Table, names: Column[]): [Uint32Array, number[]] {
  const [known, firsts] = [new Map<string, number>(), [] as number[]];
  const keys = new Uint32Array(table.rows);
  for (let row = 0; row < table.rows; row++) {
    const key = names.map(({ values }) => String(values[row] ?? "")).join("\u0000");
    let at = known.get(key);
    if (at === undefined) {
      at = firsts.length;
      known.set(key, at);
      firsts.push(row);
    }
    keys[row] = at;
  }
  return [keys, firsts];
}
