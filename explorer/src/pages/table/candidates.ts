/** What would become of each thing that may be chosen next, before it is chosen. */
import { against, type Explanation } from "../../explain/explain";
import type { Measured } from "./catalogue";
import { type Choice, FACETS, LEVELS, withMeasures } from "./choice";
import { arguments_ } from "./write";

/** One query that holds every candidate as a selection of its own; only to be explained. */
export function candidates(choice: Choice, catalogue: Measured[], facets: string[]): string {
  const { measures, places } = choice;
  const selection = (alias: string, candidate: Choice, names: string[]) =>
    `${alias}: labourMarket(${[...arguments_(candidate), "first: 1"].join(", ")}) { nodes { ${names.map((name) => `${name} { value }`).join(" ")} } }`;
  const lines = catalogue.map(({ name }) =>
    selection(`measure_${name}`, withMeasures(choice, [...new Set([...measures, name])], catalogue), [name]),
  );
  if (measures.length > 0) {
    if ("level" in places)
      lines.push(
        ...LEVELS.map((level) => selection(`level_${level}`, { ...choice, places: { ...places, level } }, measures)),
      );
    lines.push(
      ...facets
        .filter((facet) => !choice.by.includes(facet) && choice.by.length < FACETS)
        .map((facet) => selection(`facet_${facet}`, { ...choice, by: [...choice.by, facet] }, measures)),
    );
  }
  return `{ ${lines.join("\n")} }`;
}

/** `none`: nothing that is chosen would have figures. `why`: a line for each field that would have none. */
export type Prospect = { none: boolean; why: string[] };

/** By "measure_" and its name, "level_" and its code, "facet_" and its code. */
export function prospects(told: Explanation | null): ReadonlyMap<string, Prospect> {
  return new Map(
    (told?.selections ?? []).map(({ path, fields }) => {
      const key = path[0] ?? "";
      const refused = fields.flatMap((field) => {
        const why = against(field, told?.warnings ?? []);
        return why ? [{ field, why: why.reason }] : [];
      });
      const why = refused.map(({ field, why }) =>
        fields.length > 1 && !why.startsWith(field.title) ? `${field.title}: ${why}` : why,
      );
      return [key, { none: refused.length === fields.length, why }];
    }),
  );
}

/** The agreement, or the ground, on which a measure would be shown. */
export function ground(told: Explanation | null, name: string): string {
  const field = told?.selections.find(({ path }) => path[0] === `measure_${name}`)?.fields[0];
  if (field?.decision !== "GRANTED") return "";
  if (field.agreements?.length) return field.agreements.map(({ id }) => id).join(", ");
  return field.basis === "OWN" ? "your own" : "open";
}
