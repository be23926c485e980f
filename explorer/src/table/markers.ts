/** Markers of every figure, asked for where a query selects the value alone: app/tabular/markers.py does the same. */
import { type FieldNode, getLocation, Kind, parse, visit } from "graphql";

import type { Json } from "./columns";

/** A query to send. `insertions`: line and column, in the query as written, before which `inserted` was added. */
export type Marked = { text: string; alias: string; inserted: string; insertions: { line: number; column: number }[] };

export function marked(text: string): Marked {
  let alias = "_markers";
  while (text.includes(alias)) alias += "_";
  const inserted = ` ${alias}: markers`;
  const values: FieldNode[] = [];
  try {
    visit(parse(text), {
      SelectionSet({ selections }) {
        const fields = selections.filter((node): node is FieldNode => node.kind === Kind.FIELD);
        const value = fields.find(({ name, selectionSet }) => name.value === "value" && !selectionSet);
        const has = fields.some(({ name, directives }) => name.value === "markers" && !directives?.length);
        if (value && !has) values.push(value);
      },
    });
  } catch {
    return { text, alias, inserted, insertions: [] }; // the gateway says what is wrong with it
  }
  let [sent, written] = ["", 0];
  const insertions: Marked["insertions"] = [];
  for (const { loc } of values.sort((one, other) => (one.loc?.end ?? 0) - (other.loc?.end ?? 0))) {
    if (!loc) continue;
    sent += text.slice(written, loc.end) + inserted;
    written = loc.end;
    insertions.push(getLocation(loc.source, loc.end));
  }
  return { text: sent + text.slice(written), alias, inserted, insertions };
}

/** The column, in the query as written, of a place in the query as sent. */
export function columnAsWritten({ inserted, insertions }: Marked, line: number, column: number): number {
  for (const at of insertions.filter(({ line: on }) => on === line)) {
    if (column >= at.column + inserted.length) column -= inserted.length;
    else if (column > at.column) column = at.column;
  }
  return column;
}

/** The data of an answer without the markers that nobody asked for. */
export function without(value: Json | undefined, alias: string): Json | undefined {
  if (Array.isArray(value)) return value.map((item) => without(item, alias) as Json);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => key !== alias)
      .map(([key, inner]) => [key, without(inner, alias) as Json]),
  );
}
