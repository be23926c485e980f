/** A table as CSV, to the byte what `lmdt query --format csv` writes: app/tabular/formats.py. */
import { type Column, isMarked, type Table } from "./tables";
import { text } from "./text";

/** The table as text, its head first. A null value is its markers in square brackets, as in published tables. */
export function csv({ columns, rows }: Table): string {
  const written = columns.flatMap((column) => {
    const isText = !isNumeric(column);
    const values = column.values.map((value, row) =>
      value === null ? (column.marks[row] ?? []).map((mark) => `[${mark}]`).join("") : text(value),
    );
    const marks = column.marks.map((each) => each.join(","));
    return [
      [column.name, ...values].map((cell) => quoted(cell, isText)),
      ...(isMarked(column) ? [[column.markers, ...marks].map((cell) => quoted(cell, true))] : []),
    ];
  });
  // A line of one empty cell would be no line.
  const line = (row: number) => written.map((cells) => cells[row]).join(",") || (written.length === 1 ? '""' : "");
  return Array.from({ length: rows + 1 }, (_, row) => `${line(row)}\r\n`).join("");
}

/** Whether a column holds numbers alone; figures do, even where none of them is there. */
export const isNumeric = ({ figure, values }: Column): boolean => {
  let some = figure;
  for (const value of values) {
    if (value === null) continue;
    if (typeof value !== "number") return false;
    some = true;
  }
  return some;
};

/** RFC 4180. A spreadsheet would run text that begins like a formula. */
function quoted(value: string, isText: boolean): string {
  const safe = isText ? value.replace(/^(?=[=+\-@\t\r])/, "'") : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
