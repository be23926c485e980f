/** Cells as text: for people, and for spreadsheets. */
import type { Column, Row, Table } from "./tabulate";

/** A number with as many decimals as its column has. */
export function figure(value: number, { decimals }: Column): string {
  return value.toLocaleString("en-GB", { minimumFractionDigits: decimals ?? 0, maximumFractionDigits: decimals ?? 0 });
}

export function shown(row: Row, column: Column): string {
  const cell = row.get(column.key);
  if (!cell) return "";
  const value = typeof cell.value === "number" ? figure(cell.value, column) : String(cell.value ?? "");
  const markers = cell.markers.map((each) => `[${each}]`).join(" ");
  return [value, markers].filter(Boolean).join(" ");
}

/** RFC 4180. Markers stand in a column of their own, so that a figure stays a number. */
export function csv(table: Table): string {
  const columns = table.columns.map((column) => ({
    ...column,
    marked: table.rows.some((row) => row.get(column.key)?.markers.length),
  }));
  const heads = columns.flatMap(({ title, unit, marked }) => {
    const head = unit ? `${title} (${unit})` : title;
    return marked ? [head, `${title} markers`] : [head];
  });
  const line = (row: Row) =>
    columns.flatMap(({ key, marked, absent }) => {
      const cell = row.get(key);
      const value = absent ? `[${absent}]` : cell?.value;
      return marked ? [value, cell?.markers.map((each) => `[${each}]`).join(" ")] : [value];
    });
  return [heads, ...table.rows.map(line)].map((cells) => cells.map(quoted).join(",")).join("\r\n") + "\r\n";
}

function quoted(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (typeof value === "number") return String(value);
  // A spreadsheet would run text that begins like a formula.
  const text = String(value).replace(/^(?=[=+\-@\t\r])/, "'");
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
