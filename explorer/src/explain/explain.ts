/** What a query would do, as the gateway tells it without asking any department. */
import { useEffect, useState } from "react";

import type { Problem, Question, Warning } from "../gateway";
import { headers, type Session } from "../session";

export type Agreed = { id: string; version: number; title: string; notAfter: string };
export type Decided = {
  coordinate: string;
  name: string;
  title: string;
  owner: string;
  paths: string[][];
  decision: "GRANTED" | "REFUSED" | "ABSENT" | "NOT_OFFERED";
  basis?: string;
  agreements?: Agreed[];
  treatment?: string[];
  marker?: string;
  reason?: string;
  remedy?: string;
};
export type Selection = {
  path: string[];
  places: number;
  periods: number;
  from: string;
  to: string;
  groups: number;
  rows: number;
  fields: Decided[];
};
export type Explanation = {
  organisation: string | null;
  purpose: string | null;
  errors: Problem[];
  selections: Selection[];
  warnings: Warning[];
  calls: { department: string; dataset: string; measures: string[] }[];
  cost: {
    figures: number;
    mostFigures: number;
    rows: number;
    values: number;
    mostValues: number;
    bytes: number;
    mostBytes: number;
    units: number;
  };
};
export type Explained = { told: Explanation | null; problems: Problem[]; busy: boolean };

async function explain(session: Session, question: Question, signal: AbortSignal): Promise<Omit<Explained, "busy">> {
  const response = await fetch("/explain", {
    method: "POST",
    signal,
    headers: { "Content-Type": "application/json", Accept: "application/json", ...headers(session) },
    body: JSON.stringify(question),
  });
  const body = (await response.json()) as Explanation;
  return response.ok ? { told: body, problems: [] } : { told: null, problems: body.errors };
}

/** Asks anew when the question or the one who asks changes, a moment after the last change; null asks nothing. */
export function useExplanation(session: Session, query: string | null, variables: unknown = {}): Explained {
  const key = JSON.stringify([session.token, session.purpose, query, variables]);
  const [held, hold] = useState<Explained & { key: string }>({ key: "", told: null, problems: [], busy: true });
  useEffect(() => {
    if (query === null) return;
    const leaving = new AbortController();
    const later = setTimeout(() => {
      explain(session, { query, variables }, leaving.signal)
        .then((answer) => hold({ key, ...answer, busy: false }))
        .catch((error: unknown) => {
          if (leaving.signal.aborted) return;
          const problems = [{ message: `The gateway cannot be reached: ${String(error)}` }];
          hold({ key, told: null, problems, busy: false });
        });
    }, 150);
    return () => {
      clearTimeout(later);
      leaving.abort();
    };
    // The key holds all that the question is made of.
  }, [key]);
  if (query === null) return { told: null, problems: [], busy: false };
  // What was told before stands until it is told anew, so that nothing jumps.
  return held.key === key ? held : { ...held, busy: true };
}

/** Why a field will have no figure, and the way out; null where it will be asked for. */
export function against(field: Decided, warnings: Warning[]): { reason: string; remedy: string } | null {
  if (field.decision === "GRANTED") return null;
  if (field.decision === "NOT_OFFERED") return { reason: "This gateway has no source for it.", remedy: "" };
  if (field.decision === "REFUSED") return { reason: field.reason ?? "It is refused.", remedy: field.remedy ?? "" };
  const told = warnings.find(({ path }) => field.paths.some((each) => each.join() === path?.join()));
  return { reason: told?.message ?? "It is not published so.", remedy: told?.remedy ?? "" };
}
