/** An answer as flat tables: one for each list of rows, one column for each figure. */
import type { GraphQLProblem } from "../gateway";

export type Cell = { value: string | number | boolean | null; markers: string[] };
/** `decimals` is null for text. `absent` says why the whole column is empty: the gateway told of it in an error. */
export type Column = {
  key: string;
  title: string;
  unit: string | null;
  decimals: number | null;
  absent: string | null;
};
export type Row = ReadonlyMap<string, Cell>;
export type Table = { name: string; columns: Column[]; rows: Row[] };

type Json = null | string | number | boolean | Json[] | { [key: string]: Json };
type Found = Map<string, Cell & { unit?: string }>;

/** Connections wrap their rows; the wrapping says nothing about them. */
const WRAPPING = new Set(["nodes", "edges", "node"]);
/** Parts of a column's name that add nothing for a reader. */
const UNSAID = new Set(["labourMarket", "group", "provenance"]);
const NAMES = new Set(["name", "label"]);
const ASIDE = new Set(["pageInfo", "totalCount", "cursor", "__typename"]);

export function tabulate(data: unknown, problems: GraphQLProblem[] = []): Table[] {
  if (!isObject(data as Json)) return [];
  const absent = new Map(problems.map((each) => [lastName(each.path ?? []), inBrief(each)]));
  return Object.entries(data as { [key: string]: Json })
    .map(([name, value]) => table(name, value, absent))
    .filter((each) => each.columns.some(({ absent }) => absent === null) && each.rows.length > 0);
}

function table(name: string, value: Json, absent: Map<string, string>): Table {
  const found = (Array.isArray(value) ? value : [value]).flatMap((each) => explode(each, []));
  const keys = new Set(found.flatMap((row) => [...row.keys()]));
  const columns = new Map<string, Column>();
  for (const row of found) {
    for (const [key, cell] of row) {
      const column = columns.get(key) ?? { key, title: inWords(key, keys), unit: null, decimals: null, absent: null };
      if (cell.unit) column.unit = cell.unit.toLowerCase().replaceAll("_", " ").replace("gbp", "£");
      if (typeof cell.value === "number")
        column.decimals = Math.max(column.decimals ?? 0, Number.isInteger(cell.value) ? 0 : 1);
      columns.set(key, column);
    }
  }
  for (const column of columns.values()) {
    if (found.every((row) => isNothing(row.get(column.key)))) column.absent = absent.get(lastOf(column.key)) ?? "";
  }
  // A column without a word about why it is empty (a group that was not asked about) is left out.
  return { name: spaced(name), columns: [...columns.values()].filter((each) => each.absent !== ""), rows: found };
}

/** The rows that one value holds: a list of objects inside it multiplies them, all else becomes their columns. */
function explode(value: Json, path: string[]): Found[] {
  if (!isObject(value)) return [new Map([[path.join("."), cell(value)]])];
  let rows: Found[] = [new Map()];
  for (const [key, inner] of Object.entries(value)) {
    if (ASIDE.has(key)) continue;
    const at = WRAPPING.has(key) ? path : [...path, key];
    if (isFigure(inner)) rows = product(rows, [figure(inner, at)]);
    else if (Array.isArray(inner) && inner.some(isObject))
      rows = product(
        rows,
        inner.flatMap((each) => explode(each, at)),
      );
    else rows = product(rows, explode(inner, at));
  }
  return rows;
}

function product(rows: Found[], others: Found[]): Found[] {
  if (others.length === 0) return rows;
  return rows.flatMap((row) => others.map((other) => new Map([...row, ...other])));
}

/** A figure is one cell; what else was asked about it follows in columns of its own. */
function figure({ value, markers, unit, ...rest }: { [key: string]: Json }, path: string[]): Found {
  const found: Found = new Map([
    [
      path.join("."),
      {
        value: (value ?? null) as Cell["value"],
        markers: Array.isArray(markers) ? markers.map(String) : [],
        ...(typeof unit === "string" ? { unit } : {}),
      },
    ],
  ]);
  return new Map([...found, ...(explode(rest, path)[0] ?? [])]);
}

const cell = (value: Exclude<Json, { [key: string]: Json }>): Cell => ({
  value: Array.isArray(value) ? value.join(", ") : value,
  markers: [],
});

function isObject(value: Json): value is { [key: string]: Json } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isFigure(value: Json): value is { [key: string]: Json } {
  return isObject(value) && "value" in value;
}

const isNothing = (cell: Cell | undefined): boolean =>
  cell === undefined || ((cell.value === null || cell.value === "") && cell.markers.length === 0);

const lastOf = (key: string): string => key.slice(key.lastIndexOf(".") + 1);

const lastName = (path: (string | number)[]): string =>
  path.findLast((each): each is string => typeof each === "string") ?? "";

function inBrief(problem: GraphQLProblem): string {
  const owner = problem.extensions?.owner;
  switch (problem.extensions?.code) {
    case "UNAUTHORIZED_FIELD_OR_TYPE":
      return owner ? `withheld by ${owner}` : "withheld";
    case "DEPARTMENT_UNAVAILABLE":
      return owner ? `${owner} did not answer` : "no answer";
    default:
      return "not available";
  }
}

/** "labourMarket.area.name" as "Area". A code is called so only where its name stands beside it. */
function inWords(key: string, siblings: ReadonlySet<string> = new Set()): string {
  const parts = key.split(".").filter((part) => !UNSAID.has(part));
  const last = parts.at(-1) ?? "";
  const named = [...NAMES].some((each) => siblings.has(key.replace(/code$/, each)));
  if (parts.length > 1 && (NAMES.has(last) || (last === "code" && !named))) parts.pop();
  return spaced(parts.join(" ") || key);
}

function spaced(name: string): string {
  const text = name.replace(/([a-z0-9])([A-Z])|([a-z])(?=\d)/g, "$1$3 $2").toLowerCase();
  return text.charAt(0).toUpperCase() + text.slice(1);
}
