/** What waits for one's attention, and every agreement that one is party to. */
import { useState } from "react";

import "./agreements.css";

import { type Address, go, to } from "../../address";
import { useAnswer } from "../../asked";
import { Messages } from "../../result/Messages";
import type { Session } from "../../session";
import { useTitle } from "../../shell/title";
import { day } from "../../words";
import { LISTED, type Listed, stateInWords } from "./agreement";
import { HoldAll } from "./HoldAll";

const AGREEMENTS = `query Agreements {
  waiting: agreements(needsAttention: true) { ${LISTED} }
  every: agreements { ${LISTED} }
  departments { code name }
  me { organisation roles }
}`;

type Answered = {
  waiting: Listed[] | null;
  every: Listed[] | null;
  departments: { code: string; name: string }[] | null;
  me: { organisation: string | null; roles: string[] } | null;
};

export default function AgreementsPage({ address, session }: { address: Address; session: Session }) {
  useTitle("Agreements");
  const [turn, setTurn] = useState(0);
  const { data, problems, busy } = useAnswer<Answered>(session, AGREEMENTS, {}, turn);
  const status = address.params.get("status") ?? "";
  const every = data?.every ?? [];
  const states = [...new Set(every.map((each) => each.status))];
  const shown = every.filter((each) => !status || each.status === status);
  const me = data?.me;

  return (
    <div aria-busy={busy}>
      <h1>Agreements</h1>
      <Messages problems={problems} warnings={[]} />
      <p role="status" className={busy ? "hint" : "unseen"}>
        {busy ? "Asking …" : `${every.length} agreements`}
      </p>
      {me && !me.organisation && (
        <p>
          Agreements are shown to those who are party to them. <a href="/register">The public register</a> lists every
          agreement that is in force.
        </p>
      )}
      {me?.organisation && (
        <>
          <h2>What needs your attention</h2>
          {data?.waiting?.length ? (
            <Rows agreements={data.waiting} label="What needs your attention" />
          ) : (
            <p>Nothing waits for you.</p>
          )}
          <h2>All that you are party to</h2>
          <div className="filters" role="group" aria-label="State">
            {["", ...states].map((each) => (
              <button
                key={each}
                type="button"
                aria-pressed={each === status}
                onClick={() => go(["agreements"], { status: each || null })}
              >
                {each ? stateInWords(each) : "Every state"}
              </button>
            ))}
          </div>
          {shown.length > 0 ? <Rows agreements={shown} label="All agreements" /> : <p>There is none.</p>}
          <p>
            <a href="/register">The public register</a> lists every agreement that is in force.
          </p>
          <HoldAll me={me} departments={data?.departments ?? []} session={session} done={() => setTurn(turn + 1)} />
        </>
      )}
    </div>
  );
}

function Rows({ agreements, label }: { agreements: Listed[]; label: string }) {
  return (
    <ul className="results" aria-label={label}>
      {agreements.map(({ id, version, title, owner, consumer, status, notAfter, attention }) => (
        <li key={`${id} ${version}`}>
          <h3>
            <a href={to(["agreement", id], { version: String(version) })}>
              {id}, {title}
            </a>
          </h3>
          {attention.map((why) => (
            <p key={why} className="attention">
              {why}
            </p>
          ))}
          <small>
            <State status={status} /> · version {version} · {owner} shares with {consumer}
            {notAfter && ` · until ${day(notAfter)}`}
          </small>
        </li>
      ))}
    </ul>
  );
}

export const State = ({ status }: { status: string }) => (
  <strong className="state" data-state={status}>
    {stateInWords(status)}
  </strong>
);
