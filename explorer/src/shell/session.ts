/** Who asks, as the address and this page's memory say. */
import { useCallback, useMemo, useState } from "react";

import { type Address, amend } from "../address";
import type { Persona, Session } from "../session";

type Held = { session: Session; become: (next: Session) => void };

/** A persona of the demonstration stands in the address by name; a token is held here and nowhere else. */
export function useSession(personas: Persona[] | null, address: Address): Held {
  const [token, setToken] = useState<string | null>(null);
  const [as, purpose] = [address.params.get("as"), address.params.get("purpose") ?? null];
  const session = useMemo(
    () => (personas ? ofPersona(personas, as, purpose) : { token, purpose: token ? purpose : null }),
    [personas, as, purpose, token],
  );
  const become = useCallback(
    (next: Session) => {
      setToken(next.token);
      const persona = personas?.find((each) => each.token === next.token);
      amend({ as: (next.token && persona?.name) || null, purpose: next.purpose });
    },
    [personas],
  );
  return { session, become };
}

function ofPersona(personas: Persona[], as: string | undefined, purpose: string | null): Session {
  const persona = personas.find(({ name }) => name === as);
  const [token, purposes] = [persona?.token ?? null, persona?.purposes ?? []];
  return { token, purpose: purpose && purposes.includes(purpose) ? purpose : (purposes[0] ?? null) };
}
