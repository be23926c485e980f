/** Which lines or bars one column of a table makes. */
import { isNumeric } from "../table/csv";
import type { Column, Table } from "../table/tables";

export type Point = { label: string; value: number | null };
export type Series = { name: string; points: Point[] };

/** At most so many bars can be read. */
export const BARS = 20;

export const drawable = (table: Table): Column[] =>
  table.columns.filter((column) => isNumeric(column) && column.cells.some(({ value }) => value !== null));

/** Over time when the rows have more than one period, otherwise one bar for each row. */
export function isOverTime(table: Table): boolean {
  const period = periodOf(table);
  return period !== undefined && new Set(period.cells.map(({ value }) => value)).size > 1;
}

/** One series for each combination of what is not a period and not a number, the largest first. */
export function lines(table: Table, column: Column): Series[] {
  const period = periodOf(table);
  const names = labels(table);
  const rows = indices(table);
  const periods = [...new Set(rows.map((row) => text(period, row)))];
  const series = new Map<string, Map<string, number | null>>();
  for (const row of rows) {
    const name = nameOf(names, row);
    const points = series.get(name) ?? new Map<string, number | null>();
    points.set(text(period, row), number(column, row));
    series.set(name, points);
  }
  return [...series]
    .map(([name, points]) => ({ name, points: periods.map((label) => ({ label, value: points.get(label) ?? null })) }))
    .sort((one, other) => highest(other) - highest(one));
}

/** Rows by size, the largest first; those without a value are left out. */
export function bars(table: Table, column: Column): Point[] {
  const names = labels(table);
  return indices(table)
    .map((row) => ({ label: nameOf(names, row), value: number(column, row) }))
    .filter(({ value }) => value !== null)
    .sort((one, other) => (other.value ?? 0) - (one.value ?? 0));
}

const indices = ({ rows }: Table): number[] => Array.from({ length: rows }, (_, row) => row);

const periodOf = ({ columns }: Table): Column | undefined =>
  columns.find(({ name }) => /^period\.(code|label|start|end)$/.test(name));

/** Columns that name a row: names rather than codes where both are there. */
function labels(table: Table): Column[] {
  const words = table.columns.filter(
    (column) => !isNumeric(column) && !column.ofFigure && !column.figure && !/(^|\.)(period|status)(\.|$)/.test(column.name),
  );
  const names = new Set(words.map(({ name }) => name));
  return words.filter(({ name }) => !(name.endsWith("code") && names.has(name.replace(/code$/, "name"))));
}

const nameOf = (names: Column[], row: number): string =>
  names.map((column) => text(column, row)).filter(Boolean).join(", ");

const text = (column: Column | undefined, row: number): string => String(column?.cells[row]?.value ?? "");

function number(column: Column, row: number): number | null {
  const value = column.cells[row]?.value;
  return typeof value === "number" ? value : null;
}

const highest = ({ points }: Series): number =>
  Math.max(...points.map(({ value }) => value ?? Number.NEGATIVE_INFINITY));
