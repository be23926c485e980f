/** The words of tables for people: names and headings. */
import type { Column, Table } from "../table/tables";
import { unitInWords } from "../words";
import type { Catalogued } from "./catalogued";

/** Parts of a column's name that add nothing for a reader. */
const UNSAID = new Set(["labourMarket", "group", "provenance"]);
const NAMES = ["name", "label"];

export type Heading = { title: string; unit: string | null };

/** The columns to show, with their headings: of a figure its measure's title, where the catalogue knows it. The unit of a figure stands in its heading, where it is the same for all. */
export function headings({ columns }: Table, catalogue?: Catalogued): { column: Column; heading: Heading }[] {
  const names = new Set(columns.map(({ name }) => name));
  const units = new Map<string, string>();
  for (const column of columns) {
    if (!column.ofFigure || !/(^|\.)unit$/.test(column.name)) continue;
    const values = new Set(column.values);
    values.delete(null);
    const [unit] = values;
    if (values.size < 2) units.set(column.name, unitInWords(String(unit ?? "")));
  }
  // Where no figure is there, its own column says why: nothing more is to be said of it.
  const missing = columns.filter((column) => column.figure && isEmpty(column)).map(({ name }) => aroundOf(name));
  return columns
    .filter(({ name }) => !units.has(name))
    .filter((column) => !(column.ofFigure && isEmpty(column) && missing.some((at) => column.name.startsWith(at))))
    .map((column) => {
      const unit = column.figure ? units.get(column.name.replace(/[^.]*$/, "unit")) : undefined;
      const called = measured(column, catalogue) ?? title(column, names);
      // "Businesses (businesses)" says it twice.
      return { column, heading: { title: called, unit: unit && unit !== called.toLowerCase() ? unit : null } };
    });
}

const measured = ({ name, field, figure }: Column, catalogue?: Catalogued): string | undefined =>
  figure && name === `${field}.value` ? catalogue?.get(field)?.title : undefined;

const isEmpty = ({ values }: Column): boolean => values.every((value) => value === null);

const aroundOf = (name: string): string => name.slice(0, name.lastIndexOf(".") + 1);

/** "area.name" as "Area". A code is called so only where its name stands beside it. */
function title({ name, figure }: Column, siblings: ReadonlySet<string>): string {
  const parts = name.split(".").filter((part) => !UNSAID.has(part));
  const last = parts.at(-1) ?? "";
  const named = NAMES.some((last) => siblings.has(name.replace(/code$/, last)));
  if (parts.length > 1 && (NAMES.includes(last) || (last === "code" && !named) || (figure && last === "value")))
    parts.pop();
  return spaced(parts.join(" ") || name);
}

/** "area.labourMarket" as "Area: labour market". */
export function tableTitle({ name }: Table): string {
  const [first = name, ...rest] = name.split(".").map(spaced);
  return [first, ...rest.map((part) => part.toLowerCase())].join(": ");
}

function spaced(name: string): string {
  const text = name.replace(/([a-z0-9])([A-Z])|([a-z])(?=\d)/g, "$1$3 $2").toLowerCase();
  return text.charAt(0).toUpperCase() + text.slice(1);
}
