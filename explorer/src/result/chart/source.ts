/** Whose figures a picture shows, and when they were asked for. */
import type { Column } from "../../table/tables";
import type { Catalogued } from "../catalogued";

export function source(column: Column, catalogue: Catalogued, at: Date | null): string {
  const measure = catalogue.get(column.field);
  const asked = at
    ? `Asked on ${at.toLocaleDateString("en-GB", { day: "numeric", month: "long", year: "numeric" })}.`
    : "";
  if (!measure) return ["Source: Labour Market Data Trust.", asked].filter(Boolean).join(" ");
  const { owner, producer, dataset, licence } = measure;
  const from = [owner.name, producer === owner.name ? "" : `produced by ${producer}`, dataset]
    .filter(Boolean)
    .join(", ");
  return [`Source: ${from}, by the Labour Market Data Trust.`, asked, licence && `Licence: ${licence}.`]
    .filter(Boolean)
    .join(" ");
}
