/** Answers become the terms that say what is other than in the content, and nothing else. */
import { expect, test } from "vitest";

import type { Content, Value } from "./agreement";
import { asText, fields, read, termsOf } from "./answers";

const CONTENT: Content = {
  id: "DSA-001",
  version: 3,
  title: "Pay",
  parties: { owner: "HMRC", contacts: { data_protection: "protection@dfe.example" } },
  purpose: { benefits: ["service-delivery", "decision-making"] },
  scope: { breakdowns: [["AGE_BAND", "SEX"]] },
  obligations: { suppress_below: 10, round_to: 5 },
};
const terms = (answers: Record<string, Value>) => termsOf(CONTENT, new Map(Object.entries(answers)));

test("what is answered as it was is no term, in whatever order boxes are ticked", () => {
  const kept = {
    title: "Pay",
    "parties.contacts.data_protection": "protection@dfe.example",
    "purpose.benefits": ["decision-making", "service-delivery"],
    "scope.breakdowns": [["AGE_BAND", "SEX"]],
    "purpose.impact": null,
    obligations: null,
  };
  expect(terms(kept)).toEqual({});
});

test("what is changed stands under the schema's keys, and what is emptied is taken out", () => {
  const changed = { "parties.contacts.data_protection": "a@dfe.example", "term.not_after": "2028-04-01", title: null };
  expect(terms(changed)).toEqual({
    title: null,
    parties: { contacts: { dataProtection: "a@dfe.example" } },
    term: { notAfter: "2028-04-01" },
  });
});

test("obligations are replaced as a whole, so what they say besides is said again", () => {
  const accepted = [{ terms: "open", reason: "It is no secret." }];
  expect(terms({ obligations: null, "obligations.accepted": accepted })).toEqual({
    obligations: { suppressBelow: { fewerThan: 10 }, roundTo: 5, accepted },
  });
});

test("a field gives back what its text says", () => {
  const said = (kind: Parameters<typeof read>[0], value: Value) => read(kind, [asText(kind, value)]);
  expect(said("sets", [["AGE_BAND", "SEX"], ["INDUSTRY"]])).toEqual([["AGE_BAND", "SEX"], ["INDUSTRY"]]);
  expect(said("list", ["One", "Two, and three"])).toEqual(["One", "Two, and three"]);
  const accepted = [{ terms: "DSA-005", reason: "Because: it is so." }];
  expect(said("accepted", accepted)).toEqual(accepted);
  expect(read("several", [])).toBeNull();
  expect(read("review", ["Legal", ""])).toEqual({ by: "Legal", on: null });
  expect(read("review", ["", ""])).toBeNull();
  expect(read("text", ["  "])).toBeNull();
});

test("every question is a field, and what nobody asked may be said besides", () => {
  const asked = { key: "legal.gateways", text: "Which?", allowed: ["one"], answered: false, problem: "is needed." };
  const [first, ...besides] = fields([asked]);
  expect(first).toMatchObject({ key: "legal.gateways", kind: "several", needed: true });
  expect(besides.map(({ key }) => key)).toContain("scope.within");
  expect(besides.every(({ needed }) => !needed)).toBe(true);
});
