/** An answer as flat tables: one for each list of rows, one column for each figure. */
import type { GraphQLProblem } from "../gateway";

export type Cell = { value: string | number | boolean | null; markers: string[] };
/** `absent` says why the whole column is empty: the gateway told of it in an error. */
export type Column = { key: string; title: string; unit: string | null; numeric: boolean; absent: string | null };
export type Row = ReadonlyMap<string, Cell>;
export type Table = { name: string; columns: Column[]; rows: Row[] };

type Json = null | string | number | boolean | Json[] | { [key: string]: Json };
type Found = Map<string, Cell & { unit?: string }>;

/** Connections wrap their rows; the wrapping says nothing about them. */
const WRAPPING = new Set(["nodes", "edges", "node"]);
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
  const columns = new Map<string, Column>();
  for (const row of found) {
    for (const [key, cell] of row) {
      const column = columns.get(key) ?? { key, title: inWords(key), unit: null, numeric: false, absent: null };
      if (cell.unit) column.unit = cell.unit.toLowerCase().replaceAll("_", " ").replace("gbp", "£");
      if (typeof cell.value === "number") column.numeric = true;
      columns.set(key, column);
    }
  }
  for (const column of columns.values()) {
    if (found.every((row) => isNothing(row.get(column.key)))) column.absent = absent.get(lastOf(column.key)) ?? "";
  }
  // A column without a word about why it is empty (a group that was not asked about) is left out.
  return { name: inWords(name), columns: [...columns.values()].filter((each) => each.absent !== ""), rows: found };
}

/** The rows that one value holds: lists of objects inside it multiply it, everything else becomes its columns. */
function explode(value: Json, path: string[]): Found[] {
  if (!isObject(value)) return [new Map([[path.join("."), { value: value as Cell["value"], markers: [] }]])];
  const own: Found = new Map();
  let rows: Found[] = [own];
  for (const [key, inner] of Object.entries(value)) {
    if (ASIDE.has(key)) continue;
    const at = WRAPPING.has(key) ? path : [...path, key];
    if (isFigure(inner)) {
      spread(own, at, inner);
    } else if (isObject(inner)) {
      rows = product(rows, explode(inner, at));
    } else if (!Array.isArray(inner)) {
      own.set(at.join("."), { value: inner, markers: [] });
    } else if (inner.some(isObject)) {
      rows = product(rows, inner.flatMap((each) => explode(each, at)));
    } else {
      own.set(at.join("."), { value: inner.join(", "), markers: [] });
    }
  }
  return rows.map((row) => (row === own ? row : new Map([...own, ...row])));
}

function product(rows: Found[], others: Found[]): Found[] {
  if (others.length === 0) return rows;
  return rows.flatMap((row) => others.map((other) => new Map([...row, ...other])));
}

/** A figure is one cell; what else was asked about it follows in columns of its own. */
function spread(row: Found, path: string[], figure: { [key: string]: Json }): void {
  const { value, markers, unit, status, __typename: _, ...rest } = figure;
  row.set(path.join("."), {
    value: (value ?? null) as Cell["value"],
    markers: Array.isArray(markers) ? markers.map(String) : [],
    ...(typeof unit === "string" ? { unit } : {}),
  });
  if (typeof status === "string") row.set([...path, "status"].join("."), { value: status, markers: [] });
  for (const [key, inner] of Object.entries(rest)) {
    for (const [at, cell] of explode(inner, [...path, key])[0] ?? []) row.set(at, cell);
  }
}

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

/** "area.labourMarket.claimantCount" as "Area claimant count". */
function inWords(key: string): string {
  const parts = key.split(".").map((part) => part.replace(/([a-z0-9])([A-Z])/g, "$1 $2").toLowerCase());
  const text = parts.filter((part) => part !== "labour market").join(" ") || parts.join(" ");
  return text.charAt(0).toUpperCase() + text.slice(1);
}
