import type { Json } from "./columns";

/** A value as text, without exponents. */
export function text(value: Json): string {
  if (value === null) return "";
  if (typeof value === "number" && String(value).includes("e"))
    return value.toLocaleString("en-US", { useGrouping: false, maximumFractionDigits: 20 });
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
