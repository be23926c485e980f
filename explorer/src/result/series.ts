/** Which lines or bars one column of a table makes. */
import type { Column, Row, Table } from "./tabulate";

export type Point = { label: string; value: number | null };
export type Series = { name: string; points: Point[] };

/** At most so many lines can be told apart, and so many bars read. */
export const LINES = 6;
export const BARS = 20;

export const drawable = (table: Table): Column[] =>
  table.columns.filter(({ decimals, absent }) => decimals !== null && !absent);

/** Over time when the rows have more than one period, otherwise one bar for each row. */
export function isOverTime(table: Table): boolean {
  const period = periodOf(table);
  return period !== undefined && new Set(table.rows.map((row) => text(row, period))).size > 1;
}

/** One series for each combination of what is not a period and not a number, the largest first. */
export function lines(table: Table, column: Column): Series[] {
  const period = periodOf(table);
  const names = labels(table);
  const labelled = [...new Set(table.rows.map((row) => text(row, period)))];
  const series = new Map<string, Map<string, number | null>>();
  for (const row of table.rows) {
    const name = nameOf(row, names);
    const points = series.get(name) ?? new Map<string, number | null>();
    points.set(text(row, period), number(row, column));
    series.set(name, points);
  }
  return [...series]
    .map(([name, points]) => ({ name, points: labelled.map((label) => ({ label, value: points.get(label) ?? null })) }))
    .sort((one, other) => highest(other) - highest(one));
}

/** Rows by size, the largest first; those without a value are left out. */
export function bars(table: Table, column: Column): Point[] {
  const names = labels(table);
  return table.rows
    .map((row) => ({ label: nameOf(row, names), value: number(row, column) }))
    .filter(({ value }) => value !== null)
    .sort((one, other) => (other.value ?? 0) - (one.value ?? 0));
}

const periodOf = (table: Table): Column | undefined =>
  table.columns.find(({ key }) => /(^|\.)period\.(code|label|start|end)$/.test(key) && key.split(".").length <= 3);

/** Columns that name a row: names rather than codes where both are there. */
function labels(table: Table): Column[] {
  const words = table.columns.filter(
    ({ decimals, key, absent }) => decimals === null && !absent && !/(^|\.)(period|provenance|status)(\.|$)/.test(key),
  );
  const keys = new Set(words.map(({ key }) => key));
  return words.filter(({ key }) => !(key.endsWith("code") && keys.has(key.replace(/code$/, "name"))));
}

const nameOf = (row: Row, names: Column[]): string =>
  names.map((each) => text(row, each)).filter(Boolean).join(", ");

const text = (row: Row, column: Column | undefined): string => String((column && row.get(column.key)?.value) ?? "");

function number(row: Row, column: Column): number | null {
  const value = row.get(column.key)?.value;
  return typeof value === "number" ? value : null;
}

const highest = ({ points }: Series): number =>
  Math.max(...points.map(({ value }) => value ?? Number.NEGATIVE_INFINITY));
