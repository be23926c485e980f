/** One version of an agreement: what it says, what became of it, and what one may do about it. */
import { useState } from "react";

import "./agreements.css";

import { type Address, go, to } from "../../address";
import { useAnswer } from "../../asked";
import type { Problem } from "../../gateway";
import { Messages } from "../../result/Messages";
import type { Session } from "../../session";
import { useTitle } from "../../shell/title";
import { Unanswered } from "../Unanswered";
import { type Agreement, LISTED, newest } from "./agreement";
import { State } from "./AgreementsPage";
import { History } from "./History";
import { Moves } from "./Moves";
import { Simulation } from "./Simulation";
import { TermsInWords } from "./TermsInWords";
import { useNamed } from "./named";
import type { Named } from "./terms";
import { Use } from "./Use";
import { Versions } from "./Versions";

const AGREEMENT = `query Agreement($id: ID!, $version: Int) {
  agreement(id: $id, version: $version) {
    ${LISTED} contentHash content obligations gateways
    moves { move }
    questions { key text allowed answered problem }
    versions { version status contentHash content }
    history { version move to at by organisation party comment contentHash simulationHash signed }
  }
}`;

export default function AgreementPage({ address, session }: { address: Address; session: Session }) {
  const id = address.path[1] ?? "";
  const version = Number(address.params.get("version")) || null;
  const [turn, setTurn] = useState(0);
  const { data, problems, busy } = useAnswer<{ agreement: Agreement | null }>(
    session,
    AGREEMENT,
    { id, version },
    turn,
  );
  const named = useNamed(...(data?.agreement?.versions.map(({ content }) => content) ?? []));
  // What stood here stands until it is told anew, so that nothing jumps.
  const [held, hold] = useState<Agreement | null>(null);
  if (data?.agreement && data.agreement !== held) hold(data.agreement);
  const one = data?.agreement ?? (busy && held?.id === id ? held : null);
  useTitle(one ? `${one.id}, ${one.title}` : id);
  if (!one)
    return (
      <Unanswered
        title={id}
        busy={busy}
        problems={problems.length > 0 || busy ? problems : [absent(id, session)]}
        back={{ href: to(["agreements"]), words: "To the agreements" }}
      />
    );
  const changed = (next: number) => {
    go(["agreement", id], { version: String(next) });
    setTurn((before) => before + 1);
  };
  return (
    <Page
      key={`${one.id} ${one.version}`}
      one={one}
      busy={busy}
      problems={problems}
      session={session}
      named={named}
      changed={changed}
    />
  );
}

type Props = {
  one: Agreement;
  busy: boolean;
  problems: Problem[];
  session: Session;
  named: Named;
  changed: (version: number) => void;
};

function Page({ one, busy, problems, session, named, changed }: Props) {
  const [simulation, simulated] = useState<string | null>(null);
  const { id, version, title, status, owner, consumer, attention, versions } = one;
  const missing = one.questions.filter(({ answered }) => !answered);
  return (
    <article aria-busy={busy} className="agreement">
      <p className="above">
        <a href={to(["agreements"])}>Agreements</a>
      </p>
      <h1>{title}</h1>
      <p className="lead">
        {id}, version {version}: <State status={status} />. {owner} shares with {consumer}.
      </p>
      <Messages problems={problems} warnings={[]} />
      {attention.map((why) => (
        <p key={why} className="attention">
          {why}
        </p>
      ))}
      {newest(versions) > version && (
        <p className="attention">
          There is a later version.{" "}
          <a href={to(["agreement", id], { version: String(newest(versions)) })}>Version {newest(versions)}</a>
        </p>
      )}
      <h2>What you may do</h2>
      <Moves one={one} missing={missing} session={session} simulation={simulation} changed={changed} />
      <h2>What it says</h2>
      <TermsInWords one={one} named={named} />
      <Versions one={one} named={named} />
      <h2>What it would change</h2>
      <Simulation one={one} missing={missing} session={session} named={named} told={simulated} />
      <h2>What was read under it</h2>
      <Use id={id} session={session} />
      <h2>What happened to it</h2>
      <History history={one.history} />
    </article>
  );
}

const absent = (id: string, session: Session): Problem => ({
  message: session.token
    ? `There is no agreement ${id} that you are party to.`
    : "Agreements are shown to those who are party to them: say who you are above. The public register, /register, lists those in force.",
});
