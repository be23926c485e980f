/** What the columns of a table are: figures, periods, and what names a row. */
import { isNumeric } from "../table/csv";
import type { Column, Table } from "../table/tables";

const PERIOD = ["code", "label", "start", "end"];

/** The row's period, in the form wanted or, without one, in any. A figure's own period is not the row's. */
export function periodOf({ columns }: Table, form?: "code" | "label"): Column | undefined {
  const own = columns.filter(({ path, ofFigure }) => !ofFigure && path.at(-2) === "period");
  return form ? own.find(({ field }) => field === form) : own.find(({ field }) => PERIOD.includes(field));
}

/** Codes of the row's places. */
export const areaOf = ({ columns }: Table): Column | undefined =>
  columns.find(({ path, field, ofFigure }) => !ofFigure && field === "code" && path.at(-2) === "area");

/** Columns of numbers of which at least one is there. */
export const drawable = (table: Table): Column[] =>
  table.columns.filter((column) => isNumeric(column) && column.values.some((value) => value !== null));

/** Columns that name a row, but for its period: names rather than codes where both are there. */
export function labels(table: Table): Column[] {
  const words = table.columns.filter(
    (column) =>
      !column.ofFigure &&
      !column.figure &&
      column.path.at(-2) !== "period" &&
      !/(^|\.)(period|status)(\.|$)/.test(column.name) &&
      !isNumeric(column),
  );
  const names = new Set(words.map(({ name }) => name));
  return words.filter(({ name }) => !(name.endsWith("code") && names.has(name.replace(/code$/, "name"))));
}

/** Whether the rows have more than one period. */
export function isOverTime(table: Table): boolean {
  const period = periodOf(table);
  return period !== undefined && new Set(period.values).size > 1;
}
