/** What the schema says of codes: of markers, and of the groups, units and levels that stand in cells. */
import { useMemo } from "react";

import { useAnswer } from "../asked";
import { PUBLIC } from "../session";

/** The type of what stands in a field of that name. */
const TYPES: Record<string, string> = {
  markers: "Marker",
  sex: "Sex",
  ageBand: "AgeBand",
  qualificationLevel: "QualificationLevel",
  ethnicity: "Ethnicity",
  disability: "Disability",
  familyType: "FamilyType",
  sizeBand: "SizeBand",
  unit: "Unit",
  level: "AreaLevel",
  status: "ObservationStatus",
};
const QUERY = `{ ${Object.entries(TYPES)
  .map(([field, type]) => `${field}: __type(name: "${type}") { enumValues { name description } }`)
  .join(" ")} }`;

type Answered = Record<string, { enumValues: { name: string; description: string }[] } | null>;

/** `marker`: its meaning, a sentence. `code`: what stands in a field of a name, in words; the code itself where the
 * schema says nothing of it. */
export type Words = { marker: (name: string) => string | null; code: (field: string, code: string) => string };

export function useWords(): Words {
  const { data } = useAnswer<Answered>(PUBLIC, QUERY);
  return useMemo(() => {
    const said = new Map<string, string>();
    for (const [field, type] of Object.entries(data ?? {}))
      for (const { name, description } of type?.enumValues ?? [])
        said.set(
          `${field} ${name}`,
          field === "markers" ? description.replace(/^\[\w+\]\s*/, "") : inBrief(description),
        );
    return {
      marker: (name) => said.get(`markers ${name}`) ?? null,
      code: (field, code) => said.get(`${field} ${code}`) ?? code,
    };
  }, [data]);
}

/** "Aged 25 and over" as "25 and over", "People." as "People". */
function inBrief(description: string): string {
  const words = description.replace(/^Aged\s+/, "").replace(/^([^.]*)\.$/, "$1");
  return words.charAt(0).toUpperCase() + words.slice(1);
}
