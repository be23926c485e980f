/** A choice as a query. */
import { type Choice, GROUP, type Periods, type Places } from "./choice";

export function written(choice: Choice): string {
  const { measures, by, latest } = choice;
  const figure = `{ value markers unit${latest ? " period { label }" : ""} }`;
  return `{
  labourMarket(
    ${arguments_(choice).join("\n    ")}
  ) {
    nodes {
      area { code name }
      period { code label }${by.length > 0 ? `\n      group { ${by.map((facet) => GROUP[facet]).join(" ")} }` : ""}${measures
        .map((name) => `\n      ${name} ${figure}`)
        .join("")}
    }
  }
}
`;
}

/** What is given to `labourMarket`, an argument each. */
export const arguments_ = ({ places, periods, every, by, latest }: Choice): string[] => [
  `areas: ${areas(places)}`,
  `periods: ${range(periods, every)}`,
  ...(by.length > 0 ? [`by: [${by.join(", ")}]`] : []),
  ...(latest ? ["fill: LATEST"] : []),
];

function areas(places: Places): string {
  if ("codes" in places) return `{ codes: [${places.codes.map((code) => JSON.stringify(code)).join(", ")}] }`;
  return `{ level: ${places.level}${places.within ? `, within: ${JSON.stringify(places.within)}` : ""} }`;
}

function range(periods: Periods, every: string): string {
  const length = every === "MONTH" ? "" : `, every: ${every}`;
  if ("last" in periods) return `{ last: ${periods.last}${length} }`;
  return `{ from: ${JSON.stringify(periods.from)}, to: ${JSON.stringify(periods.to)}${length} }`;
}
