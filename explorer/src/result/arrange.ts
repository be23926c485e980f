/** Which rows of a table are shown, and in which order. Nothing is copied but their numbers. */
import type { Column, Table } from "../table/tables";

/** `by`: the name of a column. */
export type Sort = { by: string; down: boolean };

/** Rows in which some column has a word that begins like each of those wanted; sorted, or as they came. */
export function arranged(table: Table, only: string, sort: Sort | null, said: Said): Uint32Array {
  const rows = matching(table, spaced(only).split(" ").filter(Boolean), said);
  const column = sort && table.columns.find(({ name }) => name === sort.by);
  if (!column) return rows;
  const rank = ranks(column, said);
  const sign = sort.down ? -1 : 1;
  // What is not there stays last whichever way round.
  return rows.sort((one, other) => {
    const [a, b] = [rank[one] ?? Number.NaN, rank[other] ?? Number.NaN];
    if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b)) || one - other;
    return sign * (a - b) || one - other;
  });
}

/** A value of a column as it is shown. */
export type Said = (column: Column, value: string | number | boolean) => string;

function matching({ columns, rows }: Table, wanted: string[], said: Said): Uint32Array {
  const all = Uint32Array.from({ length: rows }, (_, row) => row);
  if (wanted.length === 0) return all;
  const texts = columns.filter(({ values }) => values.some((value) => typeof value === "string"));
  // A word is looked up once for each value that there is, not for each row.
  const found = wanted.map((word) =>
    texts.map((column) => {
      const has = new Set<unknown>();
      for (const value of new Set(column.values))
        if (typeof value === "string" && spaced(said(column, value)).includes(` ${word}`)) has.add(value);
      return { values: column.values, has };
    }),
  );
  return all.filter((row) => found.every((columns) => columns.some(({ values, has }) => has.has(values[row]))));
}

/** In small letters, with a space before each word and nothing else between them. */
const spaced = (text: string): string => ` ${text.toLowerCase().replace(/[^\p{L}\p{N}'-]+/gu, " ")}`;

/** Numbers by which the values of a column sort; NaN for what is not there. */
function ranks(column: Column, said: Said): Float64Array {
  const { values } = column;
  const words = [...new Set(values)].filter((value) => typeof value === "string");
  const collator = new Intl.Collator("en-GB", { numeric: true });
  // Codes of periods sort as they are; words as people read them.
  const shown = new Map(words.map((value) => [value, said(column, value)]));
  words.sort((one, other) => collator.compare(shown.get(one) ?? one, shown.get(other) ?? other));
  const order = new Map(words.map((value, at) => [value, at]));
  return Float64Array.from(values, (value) =>
    typeof value === "string" ? (order.get(value) ?? Number.NaN) : value === null ? Number.NaN : Number(value),
  );
}
