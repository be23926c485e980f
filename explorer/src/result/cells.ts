/** Cells as text for people. */
import type { Cell, Column } from "../table/tables";

/** Decimals that the figures of a column are shown with. */
export const decimals = ({ cells }: Column): number =>
  cells.some(({ value }) => typeof value === "number" && !Number.isInteger(value)) ? 1 : 0;

/** A number with as many decimals as its column has. */
export const figure = (value: number, places: number): string =>
  value.toLocaleString("en-GB", { minimumFractionDigits: places, maximumFractionDigits: places });

export function shown({ value, marks }: Cell, places: number): string {
  const text = typeof value === "number" ? figure(value, places) : String(value ?? "");
  return [text, ...marks.map((mark) => `[${mark}]`)].filter(Boolean).join(" ");
}
