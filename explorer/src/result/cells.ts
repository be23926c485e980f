/** Cells as text for people. */
import type { Cell, Column } from "../table/tables";
import { text } from "../table/text";

/** As many as a browser writes. */
const MOST_DECIMALS = 20;

/** Decimals that the figures of a column are shown with: as many as its finest figure has, so that none is rounded. */
export const decimals = ({ cells }: Column): number =>
  cells.reduce((most, { value }) => (typeof value === "number" ? Math.max(most, decimalsOf(value)) : most), 0);

export const decimalsOf = (value: number): number => Math.min(text(value).split(".")[1]?.length ?? 0, MOST_DECIMALS);

/** A number with as many decimals as its column has. */
export const figure = (value: number, places: number): string =>
  value.toLocaleString("en-GB", { minimumFractionDigits: places, maximumFractionDigits: places });

/** A cell with its markers. */
export function inWords({ value, marks }: Cell, places: number): string {
  const written = typeof value === "number" ? figure(value, places) : String(value ?? "");
  return [written, ...marks.map((mark) => `[${mark}]`)].filter(Boolean).join(" ");
}
