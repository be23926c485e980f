/** Periods across: one row for each place and group, a column for each period, or for what has changed between two. */
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
  return { ...table, columns: [...taken(names, rows), ...columns], rows: rows.length };
}

/** `title`: of a column, in place of its own. */
export type Compared = { table: Table; titles: ReadonlyMap<string, string> };

/** Of each figure by how many per cent the newest differs from the first: of the table, not of each row. */
export function compared(table: Table, figures: { column: Column; title: string }[]): Compared {
  const period = periodOf(table, "label") ?? periodOf(table);
  if (!period) return { table, titles: new Map() };
  const names = labels(table);
  const [keys, rows] = numbered(table, names);
  const titles = new Map<string, string>();
  const columns = figures.flatMap(({ column, title }) => {
    const known = [...new Set(period.values.filter((_, row) => column.values[row] !== null))];
    const [from, to] = [known[0] ?? null, known.at(-1) ?? null];
    const at = (wanted: Value) => {
      const [values, marks] = [
        new Array<Value>(rows.length).fill(null),
        new Array<Column["marks"][number]>(rows.length).fill([]),
      ];
      for (let row = 0; row < table.rows; row++)
        if (period.values[row] === wanted) {
          values[keys[row] ?? 0] = column.values[row] ?? null;
          marks[keys[row] ?? 0] = column.marks[row] ?? [];
        }
      return { values, marks };
    };
    const [first, newest] = [at(from), at(to)];
    const change = newest.values.map((value, row) => {
      const base = first.values[row];
      if (typeof value !== "number" || typeof base !== "number" || base === 0) return null;
      return Math.round((1000 * (value - base)) / base) / 10;
    });
    const name = `${column.name} change`;
    const now = `${column.name} newest`;
    titles.set(now, `${title}, ${String(to)}`).set(name, `${title}, % since ${String(from)}`);
    return [
      { ...column, name: now, ...newest },
      {
        ...column,
        name,
        values: change,
        marks: newest.marks.map((marks, row) => (change[row] === null ? [...marks, ...(first.marks[row] ?? [])] : [])),
      },
    ];
  });
  return { table: { ...table, columns: [...taken(names, rows), ...columns], rows: rows.length }, titles };
}

/** Some rows of columns. */
const taken = (columns: Column[], rows: number[]): Column[] =>
  columns.map((column) => ({
    ...column,
    values: rows.map((row) => column.values[row] ?? null),
    marks: rows.map((row) => column.marks[row] ?? []),
  }));

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
