/** In an emergency: everything of one owner, of one consumer, or between the two, on hold in one act. */
import { useState } from "react";

import type { Session } from "../../session";
import { useChange } from "./change";
import { Confirm } from "./Confirm";

type Props = {
  me: { organisation: string | null; roles: string[] };
  departments: { code: string; name: string }[];
  session: Session;
  done: () => void;
};

const MUTATION = `mutation HoldAll($reason: String!, $owner: DepartmentCode, $consumer: String) {
  change: suspendAll(reason: $reason, owner: $owner, consumer: $consumer) { to agreement { id version } }
}`;

export function HoldAll({ me, departments, session, done }: Props) {
  const trustee = me.roles.includes("trustee");
  const [owner, setOwner] = useState(trustee ? "" : (me.organisation ?? ""));
  const [consumer, setConsumer] = useState("");
  const [asking, setAsking] = useState(false);
  const { busy, problems, send, forget } = useChange(session);
  if (!trustee && !me.roles.includes("data-steward")) return null;

  const confirm = async (reason: string) => {
    const changed = await send({
      mutation: MUTATION,
      variables: { reason, owner: owner || null, consumer: consumer || null },
    });
    if (!changed) return;
    setAsking(false);
    done();
  };
  const begin = () => {
    forget();
    setAsking(true);
  };
  return (
    <details className="emergency">
      <summary>In an emergency: put everything on hold</summary>
      <div className="several">
        <label className="field">
          Whose data
          <select value={owner} onChange={({ target }) => setOwner(target.value)}>
            {(trustee ? ["", ...departments.map(({ code }) => code)] : [owner]).map((code) => (
              <option key={code} value={code}>
                {code || "Every owner"}
              </option>
            ))}
          </select>
        </label>
        <label className="field">
          Who reads it
          <input
            value={consumer}
            maxLength={20}
            placeholder="everyone"
            onChange={({ target }) => setConsumer(target.value.trim())}
          />
        </label>
        <button type="button" className="plain" disabled={!owner && !consumer} onClick={begin}>
          Put all of it on hold …
        </button>
      </div>
      {asking && (
        <Confirm
          title="Put all of it on hold"
          reason="Why"
          busy={busy}
          problems={problems}
          confirm={(reason) => void confirm(reason)}
          leave={() => setAsking(false)}
        >
          <p>
            Every agreement in force {owner ? `of ${owner}'s data` : ""} {consumer ? `with ${consumer}` : ""} is put on
            hold in one act. What they cover is refused from now on, everywhere within a second.
          </p>
        </Confirm>
      )}
    </details>
  );
}
