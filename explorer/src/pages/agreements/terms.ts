/** The content of an agreement as people say it: what each key is called, and what its value means. */
import { inSmallLetters, levelInWords } from "../../words";
import type { Content, Value } from "./agreement";

/** Names of measures, and of places, by what stands for them in a content. */
export type Named = { measure: (name: string) => string; place: (code: string) => string };
export type Term = { key: string; label: string; words: string };

const TITLES: Record<string, string> = {
  parties: "Who shares with whom",
  purpose: "What for",
  scope: "Which figures",
  legal: "Under which law",
  protection: "Data protection",
  obligations: "What is done to figures before they are shown",
  security: "How figures are kept",
  term: "From when until when",
};
const LABELS: Record<string, string> = {
  title: "Title",
  kind: "Kind",
  supersedes: "Takes the place of",
  reference: "Its number elsewhere",
  "parties.owner": "Shares",
  "parties.consumer": "Receives",
  "parties.role": "The receiver is",
  "parties.contacts.steward": "Questions about it go to",
  "parties.contacts.data_protection": "Data protection officer",
  "parties.contacts.information_asset_owner": "Accountable for the data",
  "parties.contacts.legal": "Advises on powers and gateways",
  "parties.contacts.technical": "Runs the department's endpoint",
  "parties.other_organisations": "Others with access",
  "purpose.purposes": "Purposes",
  "purpose.statement": "Aims",
  "purpose.benefits": "Public benefit",
  "purpose.prohibited_uses": "Not to be used for",
  "purpose.impact": "If it is not shared",
  "scope.measures": "Measures",
  "scope.breakdowns": "Broken down by",
  "scope.finest": "Down to",
  "scope.levels": "And for each",
  "scope.within": "Only inside",
  "scope.from": "From",
  "scope.to": "To",
  "scope.roles": "Read by",
  "legal.gateways": "Legal gateways",
  "legal.lawful_basis": "Lawful basis, Article 6",
  "legal.powers": "Powers of the receiver",
  "legal.special_category_condition": "Condition of Article 9",
  "legal.review": "Legal review",
  "protection.data_type": "Type of data",
  "protection.data_subjects": "Data subjects",
  "protection.impact_assessment": "Impact assessment",
  "protection.international_transfer": "Leaves the United Kingdom for",
  "protection.review": "Data protection review",
  "obligations.profile": "Rules",
  "obligations.suppress_below": "Suppressed where few",
  "obligations.dominance": "Suppressed where one dominates",
  "obligations.round_to": "Rounded to the nearest",
  "obligations.round_by_size": "Rounded by size",
  "obligations.accepted": "Contradicts, and is accepted",
  "security.classification": "Classification",
  "security.disposal": "At the end",
  "security.stale_answers": "Last answer shown while the owner is silent",
  "security.review": "Security review",
  "term.not_before": "In force from",
  "term.not_after": "Until",
  "term.review_by": "Reviewed by",
};
const KINDS: Record<string, string> = {
  MOU: "Memorandum of understanding",
  DUA: "Data use agreement",
  ISA: "Information sharing agreement",
  BAND: "Band: terms that were signed in advance",
};
/** Values that are codes with hyphens. */
const HYPHENATED = new Set([
  "purpose.purposes",
  "purpose.benefits",
  "scope.roles",
  "legal.lawful_basis",
  "legal.special_category_condition",
]);

export const labelOf = (key: string): string => LABELS[key] ?? inSmallLetters(key.split(".").at(-1) ?? key);

/** Every key that has a value, with the value in words, in the order of the record. */
export function terms(content: Content, named: Named): Term[] {
  const written = flat(content).filter(({ key }) => key !== "id" && key !== "version");
  return written.map(({ key, value }) => ({ key, label: labelOf(key), words: begun(inWords(key, value, named), key) }));
}

/** Terms under the headings of their sections. */
export function sections(all: Term[]): { section: string; title: string; terms: Term[] }[] {
  const of = ({ key }: Term) => (key.includes(".") ? (key.split(".")[0] ?? "") : "");
  return ["", ...Object.keys(TITLES)].flatMap((section) => {
    const held = all.filter((each) => of(each) === section);
    return held.length > 0 ? [{ section, title: TITLES[section] ?? "What it is", terms: held }] : [];
  });
}

/** Two contents beside one another: a line for each key that either has. */
export function beside(before: Content, after: Content, named: Named) {
  const [was, is] = [terms(before, named), terms(after, named)];
  const order = Object.keys(LABELS);
  const keys = [...new Set([...was, ...is].map(({ key }) => key))].sort((a, b) => order.indexOf(a) - order.indexOf(b));
  return keys.map((key) => {
    const [old, now] = [was, is].map((all) => all.find((each) => each.key === key)?.words ?? "");
    return { key, label: labelOf(key), before: old ?? "", after: now ?? "", same: old === now };
  });
}

/** Tables are gone into, but for those that are one term together. */
function flat(table: Content, above = ""): { key: string; value: Value }[] {
  return Object.entries(table).flatMap(([name, value]) => {
    const key = `${above}${name}`;
    if (value === null) return [];
    return isTable(value) && !WHOLE.test(key) ? flat(value, `${key}.`) : [{ key, value }];
  });
}

const WHOLE = /\.review$|^obligations\.(suppress_below|dominance)$/;
const isTable = (value: Value | undefined): value is Content =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function inWords(key: string, value: Value, named: Named): string {
  if (key === "scope.breakdowns") {
    const sets = (value as string[][]).map((facets) => facets.map(inSmallLetters).join(" and "));
    return sets.filter(Boolean).join("; ") || "Nothing";
  }
  if (key === "obligations.accepted")
    return (value as { terms: string; reason: string }[])
      .map(({ terms: other, reason }) => `${other}: ${reason}`)
      .join("; ");
  if (Array.isArray(value))
    return value.map((one) => word(key, one, named)).join(key === "purpose.prohibited_uses" ? "; " : ", ");
  return word(key, value, named);
}

function word(key: string, value: Value, named: Named): string {
  if (Array.isArray(value)) return value.map((one) => word(key, one, named)).join(" and ");
  if (isTable(value))
    return Object.entries(value)
      .map(([name, one]) => `${inSmallLetters(name)} ${word("", one, named)}`)
      .join(", ");
  if (typeof value === "boolean") return value ? "Yes" : "No";
  const text = String(value);
  if (key === "kind") return KINDS[text] ?? text;
  if (key === "scope.measures") return named.measure(text);
  if (key === "scope.within") return named.place(text);
  if (key === "scope.finest" || key === "scope.levels") return levelInWords(text);
  if (HYPHENATED.has(key)) return text.replaceAll("-", " ");
  if (/^\d{4}-\d\d-\d\d$/.test(text)) return onDay(text);
  return text;
}

/** Codes begin with a capital, as sentences do; names and addresses stay as they are. */
const begun = (words: string, key: string): string =>
  /profile$|contacts|measures|gateways/.test(key) ? words : words.charAt(0).toUpperCase() + words.slice(1);

/** "2028-04-01" as "1 April 2028". */
const onDay = (day: string): string =>
  new Date(`${day}T12:00:00Z`).toLocaleDateString("en-GB", {
    day: "numeric",
    month: "long",
    year: "numeric",
    timeZone: "UTC",
  });
