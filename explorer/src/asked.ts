/** What the gateway answers to a page's own question. */
import { useEffect, useState } from "react";

import { ask, type Problem } from "./gateway";
import type { Session } from "./session";

/** `data`: null until it is answered, or where the whole was refused. */
export type Asked<T> = { data: T | null; problems: Problem[]; busy: boolean };

/** Asks again when the question or the one who asks changes, or the `turn`; a null query asks nothing. */
export function useAnswer<T>(session: Session, query: string | null, variables: object = {}, turn = 0): Asked<T> {
  const key = JSON.stringify([session.token, session.purpose, query, variables, turn]);
  const [asked, setAsked] = useState<Asked<T> & { key: string }>({ key: "", data: null, problems: [], busy: true });
  useEffect(() => {
    if (query === null) return;
    const leaving = new AbortController();
    ask(session, { query, variables }, leaving.signal)
      .then(({ data, errors }) =>
        setAsked({ key, data: (data ?? null) as T | null, problems: errors ?? [], busy: false }),
      )
      .catch((error: unknown) => {
        if (leaving.signal.aborted) return;
        const problems = [{ message: `The gateway cannot be reached: ${String(error)}` }];
        setAsked({ key, data: null, problems, busy: false });
      });
    return () => leaving.abort();
    // The key holds all that the question is made of.
  }, [key]);
  if (query === null) return { data: null, problems: [], busy: false };
  return asked.key === key ? asked : { data: null, problems: [], busy: true };
}
