/** Answers to the questions of an agreement: how each is given in a form, and what it is as terms of the schema. */
import type { Content, Question, Value } from "./agreement";

export type Kind = "text" | "long" | "day" | "choice" | "several" | "list" | "sets" | "review" | "accepted" | "rules";

const KINDS: Record<string, Kind> = {
  "purpose.statement": "long",
  "purpose.impact": "long",
  "security.disposal": "long",
  "purpose.purposes": "several",
  "purpose.benefits": "several",
  "scope.roles": "several",
  "legal.gateways": "several",
  "purpose.prohibited_uses": "list",
  "parties.other_organisations": "list",
  "legal.powers": "list",
  "scope.measures": "list",
  "scope.levels": "list",
  "scope.breakdowns": "sets",
  "scope.from": "day",
  "scope.to": "day",
  "term.not_before": "day",
  "term.not_after": "day",
  "term.review_by": "day",
  "legal.review": "review",
  "protection.review": "review",
  "security.review": "review",
  "obligations.accepted": "accepted",
  obligations: "rules",
};
const HINTS: Partial<Record<Kind, string>> = {
  list: "One on each line",
  sets: "One set of facets on each line, as in AGE_BAND, SEX",
  accepted: "One on each line, as in DSA-005: why what is hidden by the one stays hidden beside the other",
};
/** What nobody asks for, and may be said. */
const BESIDES: [string, string][] = [
  ["purpose.prohibited_uses", "What may the figures not be used for?"],
  ["purpose.impact", "What happens if the data is not shared?"],
  ["scope.within", "Only inside which place? A GSS code"],
  ["scope.from", "From which day on may figures describe?"],
  ["scope.to", "Up to which day may figures describe?"],
  ["protection.impact_assessment", "Which data protection impact assessment covers it?"],
  ["obligations.accepted", "Which other terms do these contradict, and why is that right?"],
];

export type Field = {
  key: string;
  text: string;
  kind: Kind;
  hint: string;
  allowed: string[];
  problem: string | null;
  needed: boolean;
};

/** The questions as fields of a form: those that must be answered first. */
export function fields(questions: Question[]): Field[] {
  const besides = BESIDES.filter(([key]) => !questions.some((question) => question.key === key)).map(([key, text]) => ({
    key,
    text,
    allowed: [],
    answered: true,
    problem: null,
  }));
  return [...questions, ...besides].map(({ key, text, allowed, answered, problem }) => {
    const kind = KINDS[key] ?? (allowed.length > 0 ? "choice" : "text");
    return { key, text, kind, hint: HINTS[kind] ?? "", allowed, problem, needed: !answered };
  });
}

/** What a content holds under a key; undefined where it holds nothing. */
export function held(content: Content, key: string): Value | undefined {
  let at: Value | undefined = content;
  for (const step of key.split(".")) at = isTable(at) ? at[step] : undefined;
  return at;
}

/** A value as the text of a field. */
export function asText(kind: Kind, value: Value | undefined): string {
  if (value === undefined || value === null) return "";
  switch (kind) {
    case "list":
      return (value as string[]).join("\n");
    case "sets":
      return (value as string[][]).map((facets) => facets.join(", ")).join("\n");
    case "accepted":
      return (value as { terms: string; reason: string }[])
        .map(({ terms, reason }) => `${terms}: ${reason}`)
        .join("\n");
    case "rules":
      return String((value as Content).profile ?? "");
    default:
      return String(value);
  }
}

/** What a field says, as a value of the record; null takes the key out. `said`: all values of the field's name. */
export function read(kind: Kind, said: string[]): Value {
  const text = said[0]?.trim() ?? "";
  const lines = text
    .split("\n")
    .map((line) => line.trim())
    .filter(Boolean);
  switch (kind) {
    case "several":
      return said.length > 0 ? said : null;
    case "list":
      return lines.length > 0 ? lines : null;
    case "sets":
      return lines.map((line) =>
        line
          .split(/[,\s]+/)
          .filter(Boolean)
          .map((facet) => facet.toUpperCase()),
      );
    case "accepted":
      return lines.length > 0 ? lines.map(contradicted) : null;
    case "review": {
      const [by = "", on = ""] = said.map((each) => each.trim());
      return by || on ? { by: by || null, on: on || null } : null;
    }
    default:
      return text || null;
  }
}

/** The terms that say what is other than in a content, as the schema's input. */
export function termsOf(content: Content, answers: ReadonlyMap<string, Value>): Record<string, unknown> {
  const terms: Content = {};
  const rules: Content = {};
  for (const [key, value] of answers) {
    if (same(value, held(content, key === "obligations" ? "obligations.profile" : key))) continue;
    if (key === "obligations") rules.profile = value;
    else if (key === "obligations.accepted") rules.accepted = value;
    else put(terms, key, value);
  }
  // Obligations are replaced as a whole.
  if (Object.keys(rules).length > 0) {
    const before = isTable(content.obligations) ? content.obligations : {};
    terms.obligations = Object.fromEntries(
      Object.entries({ ...before, ...rules }).filter(([, value]) => value !== null),
    );
  }
  return asInput(terms);
}

/** Keys of the record as the schema spells them. */
export function asInput(table: Content): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(table)
      .filter(([key]) => key !== "id" && key !== "version")
      .map(([key, value]) => [
        key.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase()),
        key === "suppress_below" && typeof value === "number"
          ? { fewerThan: value }
          : isTable(value)
            ? asInput(value)
            : value,
      ]),
  );
}

function contradicted(line: string): Value {
  const [terms = "", ...reason] = line.split(":");
  return { terms: terms.trim(), reason: reason.join(":").trim() };
}

function put(table: Content, key: string, value: Value): void {
  const steps = key.split(".");
  const last = steps.pop() ?? key;
  let at = table;
  for (const step of steps) {
    const known: Value | undefined = at[step];
    const inner = isTable(known) ? known : {};
    at[step] = inner;
    at = inner;
  }
  at[last] = value;
}

const same = (one: Value, other: Value | undefined): boolean =>
  JSON.stringify(sorted(one)) === JSON.stringify(sorted(other ?? null));
/** The order in which boxes are ticked says nothing. */
const sorted = (value: Value): Value =>
  Array.isArray(value) && value.every((one) => typeof one === "string") ? [...value].sort() : value;
const isTable = (value: Value | undefined): value is Content =>
  typeof value === "object" && value !== null && !Array.isArray(value);
