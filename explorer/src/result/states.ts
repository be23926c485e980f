/** What is to be said of a figure besides its value: why there is none, or what to beware of. */
import { lastMonth } from "../periods";
import type { Column, Marks, Table, Value } from "../table/tables";
import type { Catalogued } from "./catalogued";
import { periodOf } from "./shape";
import type { Words } from "./schemaWords";

/** In the order in which they are explained. */
export const STATES = ["suppressed", "refused", "failed", "unpublished", "absent", "provisional", "noted"] as const;
export type State = (typeof STATES)[number];

export const TITLES: Record<State, string> = {
  suppressed: "Suppressed",
  refused: "Refused",
  failed: "Failed",
  unpublished: "Not yet published",
  absent: "Not there",
  provisional: "Provisional",
  noted: "With a note",
};

/** What stands in a chart where there is no figure, or as its point. */
export const LETTERS: Record<State, string> = {
  suppressed: "c",
  refused: "✕",
  failed: "!",
  unpublished: "–",
  absent: "·",
  provisional: "○",
  noted: "",
};

const SAID: Record<Exclude<State, "absent" | "noted">, string> = {
  suppressed: "Hidden to protect people or businesses. It is not zero.",
  refused: "Its owner does not let you read it for this purpose. The message above says why, and what would help.",
  failed: "Its department did not answer, or not in a way that can be trusted. Ask again later.",
  unpublished: "The period is after the newest that its publisher has figures of.",
  provisional: "Its publisher may still change it.",
};

/** Looks up the state of a cell of a figure; null where its value says all. */
export type StateOf = (column: Column, row: number) => State | null;

export function states(table: Table, catalogue: Catalogued): StateOf {
  const period = periodOf(table, "code");
  return (column, row) => {
    const marks = column.marks[row] ?? [];
    if (marks.length === 0) return null;
    const state = ofMarks(column.values[row] ?? null, marks);
    if (state !== "absent" || !marks.includes("x") || !period) return state;
    const latest = catalogue.get(column.field)?.latest;
    const code = period.values[row];
    return latest && typeof code === "string" && lastMonth(code) > lastMonth(latest.code) ? "unpublished" : "absent";
  };
}

function ofMarks(value: Value, marks: Marks): State {
  if (value !== null) return marks.includes("p") ? "provisional" : "noted";
  if (marks.includes("c")) return "suppressed";
  if (marks.some((mark) => mark.startsWith("withheld"))) return "refused";
  if (marks.some((mark) => mark.startsWith("unavailable") || mark === "error")) return "failed";
  return "absent";
}

/** A state with its marks, as sentences. */
export function explained(state: State, marks: Marks, words: Words): string {
  const meanings = marks.map((mark) => words.marker(mark)).filter((said) => said !== null);
  if (state === "absent" || state === "noted") return meanings.join(" ") || marks.join(", ");
  return SAID[state];
}
