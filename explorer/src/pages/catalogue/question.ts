/** A query that asks for the newest figures of a measure, to begin with. */
import type { Measure } from "./MeasurePage";

const LAST: Record<string, number> = { MONTH: 12, QUARTER: 8, YEAR: 5, ACADEMIC_YEAR: 5 };

export function questionAbout({ title, name, every, levels }: Measure): string {
  const level = ["REGION", "COUNTRY", "UK"].find((each) => levels.includes(each)) ?? "LA";
  return `# ${title}: the newest figures.
{
  labourMarket(areas: { level: ${level} }, periods: { last: ${LAST[every] ?? 12}, every: ${every} }) {
    nodes {
      area { name }
      period { label }
      ${name} { value markers unit }
    }
  }
}
`;
}

/** A query of all that there is of a measure, whoever may read it: for a draft of an agreement. */
export const atItsFinest = ({ name, finest, every }: Measure): string =>
  `{ labourMarket(areas: { level: ${finest} }, periods: { last: 1, every: ${every} }) { nodes { ${name} { value } } } }`;
