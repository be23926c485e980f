/** Cells as text for people. */
import type { Column, Marks, Value } from "../table/tables";
import { text } from "../table/text";

/** As many as a browser writes. */
const MOST_DECIMALS = 20;

/** Decimals that the figures of a column are shown with: as many as its finest figure has, so that none is rounded. */
export function decimals({ values }: Column): number {
  let most = 0;
  for (const value of values)
    if (typeof value === "number" && !Number.isInteger(value)) most = Math.max(most, decimalsOf(value));
  return most;
}

export const decimalsOf = (value: number): number => Math.min(text(value).split(".")[1]?.length ?? 0, MOST_DECIMALS);

const written = new Map<number, Intl.NumberFormat>();

/** A number with as many decimals as its column has. */
export function figure(value: number, places: number): string {
  const known = written.get(places);
  const format =
    known ?? new Intl.NumberFormat("en-GB", { minimumFractionDigits: places, maximumFractionDigits: places });
  if (!known) written.set(places, format);
  return format.format(value);
}

/** A cell with its markers. */
export function inWords(value: Value, marks: Marks, places: number): string {
  const said = typeof value === "number" ? figure(value, places) : String(value ?? "");
  return [said, ...marks.map((mark) => `[${mark}]`)].filter(Boolean).join(" ");
}
