/** What the gateway answered to a question, as tables. */
import { useEffect, useState } from "react";

import type { Exchange, Problem, Warning } from "../gateway";
import type { Session } from "../session";
import { type Table, tables } from "../table/tables";
import { askWithMarkers } from "./askWithMarkers";

/** `tables`: null until it is answered. `at`: when it was. */
export type Result = { tables: Table[] | null; problems: Problem[]; warnings: Warning[]; busy: boolean; at: Date | null };

const NOTHING: Result = { tables: null, problems: [], warnings: [], busy: false, at: null };

/** The tables of an exchange, but for those whose rows all stand in another. */
export const tabulated = (exchange: Exchange): Table[] =>
  exchange.answer.data
    ? tables(exchange.query, exchange.operation, exchange.answer, exchange.hidden).filter(({ repeated }) => !repeated)
    : [];

/** Asks when the question or the one who asks changes; a null query asks nothing. `turn`: another asks again. */
export function useResult(session: Session, query: string | null, variables: unknown, turn: number): Result {
  const key = JSON.stringify([session.token, session.purpose, query, variables, turn]);
  const [held, hold] = useState<Result & { key: string }>({ key: "", ...NOTHING });
  useEffect(() => {
    if (query === null) return;
    let left = false;
    askWithMarkers(session, { query, variables })
      .then(({ exchange }) => {
        if (left) return;
        const { errors, extensions } = exchange.answer;
        const said = { problems: errors ?? [], warnings: extensions?.warnings ?? [] };
        hold({ key, tables: tabulated(exchange), ...said, busy: false, at: new Date() });
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
