/** Sends a change, once, and tells what became of it. */
import { useState } from "react";

import { ask, type Problem } from "../../gateway";
import type { Session } from "../../session";
import type { Sent } from "./moves";

export type Changed = { to: string; agreement: { id: string; version: number } };

/** `send`: what was changed; null where it was refused, and `problems` say why. */
export function useChange<Done = Changed>(session: Session) {
  const [busy, setBusy] = useState(false);
  const [problems, setProblems] = useState<Problem[]>([]);
  const send = async ({ mutation, variables }: Sent): Promise<Done | null> => {
    setBusy(true);
    setProblems([]);
    try {
      const { data, errors } = await ask(session, { query: mutation, variables });
      setProblems(errors ?? []);
      return (data as { change?: Done } | null | undefined)?.change ?? null;
    } catch (error) {
      setProblems([{ message: `The gateway cannot be reached: ${String(error)}` }]);
      return null;
    } finally {
      setBusy(false);
    }
  };
  return { busy, problems, send, forget: () => setProblems([]) };
}
