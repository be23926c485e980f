/** What the gateway answered to a question, as tables. */
import { useEffect, useState } from "react";

import type { Exchange, Problem, Warning } from "../gateway";
import type { Session } from "../session";
import { type Table, tables } from "../table/tables";
import { askWithMarkers } from "./askWithMarkers";
import type { AskedAs } from "./take";

/** `tables`: null until it is answered. `at`: when it was. `asked`: by whom, and what. */
export type Result = {
  tables: Table[] | null;
  problems: Problem[];
  warnings: Warning[];
  busy: boolean;
  at: Date | null;
  asked: AskedAs | null;
};

export const NOTHING: Result = { tables: null, problems: [], warnings: [], busy: false, at: null, asked: null };

/** An answer as its tables, but for those whose rows all stand in another. The answer itself can be forgotten. */
export function resultOf({ query, operation, answer, hidden, at, asked }: Exchange): Result {
  const all = answer.data ? tables(query, operation, answer, hidden) : [];
  return {
    tables: all.filter(({ repeated }) => !repeated),
    problems: answer.errors ?? [],
    warnings: answer.extensions?.warnings ?? [],
    busy: false,
    at,
    asked,
  };
}

/** Asks when the question or the one who asks changes; a null query asks nothing. `turn`: another asks again. */
export function useResult(session: Session, query: string | null, variables: unknown, turn: number): Result {
  const key = JSON.stringify([session.token, session.purpose, query, variables, turn]);
  const [held, hold] = useState<Result & { key: string }>({ key: "", ...NOTHING });
  useEffect(() => {
    if (query === null) return;
    let left = false;
    askWithMarkers(session, { query, variables })
      .then(({ exchange }) => {
        if (!left) hold({ key, ...resultOf(exchange) });
      })
      .catch((error: unknown) => {
        if (left) return;
        const problems = [{ message: `The gateway cannot be reached: ${String(error)}` }];
        hold({ key, ...NOTHING, problems });
      });
    return () => {
      left = true;
    };
    // The key holds all that the question is made of.
  }, [key]);
  if (query === null) return NOTHING;
  return held.key === key ? held : { ...NOTHING, busy: true };
}
