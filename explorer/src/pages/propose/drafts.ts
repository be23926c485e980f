/** Drafts of what would allow what a query is refused, as the gateway writes them. Nothing is proposed by asking. */
import { useEffect, useState } from "react";

import type { Problem } from "../../gateway";
import { headers, type Session } from "../../session";
import type { Content, Question } from "../agreements/agreement";

export type Draft = { owner: string; content: Content; questions: Question[] };
type Drafts = { drafts: Draft[] | null; organisation: string | null; problems: Problem[]; busy: boolean };
type Told = { drafts?: Draft[]; organisation?: string | null; errors: Problem[] };

export function useDrafts(session: Session, query: string, variables: unknown): Drafts {
  const key = JSON.stringify([session.token, session.purpose, query, variables]);
  const [held, hold] = useState<Drafts & { key: string }>({ key: "", ...ASKING });
  useEffect(() => {
    const leaving = new AbortController();
    fetch("/explain?drafts=true", {
      method: "POST",
      signal: leaving.signal,
      headers: { "Content-Type": "application/json", Accept: "application/json", ...headers(session) },
      body: JSON.stringify({ query, variables }),
    })
      .then(async (response) => {
        const told = (await response.json()) as Told;
        hold({
          key,
          drafts: told.drafts ?? null,
          organisation: told.organisation ?? null,
          problems: told.errors,
          busy: false,
        });
      })
      .catch((error: unknown) => {
        if (leaving.signal.aborted) return;
        hold({
          key,
          ...ASKING,
          problems: [{ message: `The gateway cannot be reached: ${String(error)}` }],
          busy: false,
        });
      });
    return () => leaving.abort();
    // The key holds all that the question is made of.
  }, [key]);
  return held.key === key ? held : ASKING;
}

const ASKING: Drafts = { drafts: null, organisation: null, problems: [], busy: true };
