/** Terms in words, and two contents beside one another. */
import { expect, test } from "vitest";

import type { Content } from "./agreement";
import { beside, sections, terms } from "./terms";

const NAMED = { measure: (name: string) => `«${name}»`, place: (code: string) => `place ${code}` };
const CONTENT: Content = {
  id: "DSA-001",
  version: 1,
  title: "Pay",
  kind: "BAND",
  scope: {
    measures: ["medianMonthlyPay"],
    breakdowns: [["AGE_BAND", "SEX"], ["INDUSTRY"]],
    finest: "LA",
    within: "E12000002",
  },
  legal: { lawful_basis: "public-task", review: { by: "Legal", on: "2026-03-01" } },
  security: { stale_answers: true },
  term: { not_after: "2028-04-01" },
};
const said = (content: Content) => new Map(terms(content, NAMED).map(({ key, words }) => [key, words]));

test("each value is said in words, and number and version are not terms", () => {
  expect(Object.fromEntries(said(CONTENT))).toEqual({
    title: "Pay",
    kind: "Band: terms that were signed in advance",
    "scope.measures": "«medianMonthlyPay»",
    "scope.breakdowns": "Age band and sex; industry",
    "scope.finest": "Local authority",
    "scope.within": "Place E12000002",
    "legal.lawful_basis": "Public task",
    "legal.review": "By Legal, on 1 March 2026",
    "security.stale_answers": "Yes",
    "term.not_after": "1 April 2028",
  });
});

test("sections come in the order of the record, and none is empty", () => {
  const found = sections(terms(CONTENT, NAMED));
  expect(found.map(({ section }) => section)).toEqual(["", "scope", "legal", "security", "term"]);
  expect(found.flatMap(({ terms: held }) => held)).toHaveLength(10);
});

test("beside one another, what is the same is told from what is not, taken out or new", () => {
  const after: Content = { ...CONTENT, version: 2, term: { review_by: "2027-01-01" } };
  const changed = beside(CONTENT, after, NAMED).filter(({ same }) => !same);
  expect(changed.map(({ key, before, after: now }) => [key, before, now])).toEqual([
    ["term.not_after", "1 April 2028", ""],
    ["term.review_by", "", "1 January 2027"],
  ]);
});
