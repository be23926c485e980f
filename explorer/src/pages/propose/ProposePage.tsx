/** From something that is refused to a draft of what would allow it, with the questions that a person must answer. */
import { useMemo } from "react";

import "../agreements/agreements.css";

import { type Address, go, to } from "../../address";
import { Messages } from "../../result/Messages";
import { purposeInWords, type Session } from "../../session";
import { useTitle } from "../../shell/title";
import { Answers } from "../agreements/Answers";
import { useChange } from "../agreements/change";
import { TermSections } from "../agreements/TermsInWords";
import { useNamed } from "../agreements/named";
import { terms } from "../agreements/terms";
import { type Draft, useDrafts } from "./drafts";

const MUTATION = `mutation Propose($query: String!, $variables: JSON, $terms: AgreementTerms!) {
  change: proposeAgreement(fromQuery: $query, variables: $variables, terms: $terms) { to agreement { id version } }
}`;

export default function ProposePage({ address, session }: { address: Address; session: Session }) {
  useTitle("Propose an agreement");
  const query = address.params.get("query") ?? "";
  const written = address.params.get("variables") ?? "{}";
  const variables = useMemo(() => parsed(written), [written]);
  const { drafts, organisation, problems, busy } = useDrafts(session, query, variables);
  const wanted = address.params.get("owner");
  const draft = drafts?.find(({ owner }) => owner === wanted) ?? drafts?.[0];

  return (
    <div aria-busy={busy} className="agreement">
      <h1>Propose an agreement</h1>
      <Messages problems={problems} warnings={[]} />
      <p role="status" className={busy ? "hint" : "unseen"}>
        {busy ? "Drafting …" : ""}
      </p>
      {!busy && drafts && !draft && <p>{nothing(organisation, session)}</p>}
      {drafts && drafts.length > 1 && (
        <div className="filters" role="group" aria-label="Who refuses">
          {drafts.map(({ owner }) => (
            <button
              key={owner}
              type="button"
              aria-pressed={owner === draft?.owner}
              onClick={() => go(["propose"], { ...Object.fromEntries(address.params), owner })}
            >
              {owner}
            </button>
          ))}
        </div>
      )}
      {draft && <Drafted key={draft.owner} draft={draft} query={query} variables={variables} session={session} />}
    </div>
  );
}

type Props = { draft: Draft; query: string; variables: unknown; session: Session };

function Drafted({ draft, query, variables, session }: Props) {
  const { owner, content, questions } = draft;
  const { busy, problems, send } = useChange(session);
  const named = useNamed(content);
  const left = questions.filter(({ answered }) => !answered).length;
  const propose = async (answers: Record<string, unknown>) => {
    const parties = { ...(answers.parties as object | undefined), owner };
    const done = await send({ mutation: MUTATION, variables: { query, variables, terms: { ...answers, parties } } });
    if (done) go(["agreement", done.agreement.id], { version: String(done.agreement.version) });
  };
  return (
    <>
      <p className="lead">
        {owner} refuses this{session.purpose ? ` for ${purposeInWords(session.purpose).toLowerCase()}` : ""}. All that
        follows from what you asked is filled in.
      </p>
      <h2>What it would cover</h2>
      <TermSections terms={terms(content, named)} />
      <h2>
        {left > 0 ? `${left} ${left === 1 ? "question is" : "questions are"} left to you` : "It asks nothing more"}
      </h2>
      <Answers
        content={content}
        questions={questions}
        busy={busy}
        problems={problems}
        send={(answers) => void propose(answers)}
        words="Propose it as a draft"
        hint="What you do not know yet can be answered later: it stays a draft until your data steward submits it."
      />
      <p>
        <a href={to(["graphiql"], { query })}>The query that was refused</a>
      </p>
    </>
  );
}

function nothing(organisation: string | null, session: Session): string {
  if (!session.token)
    return "An agreement is proposed by the organisation that will read the data: say who you are above.";
  if (!organisation)
    return "An agreement is proposed by the organisation that will read the data, and your token names none.";
  return "Nothing of it is refused to you that an agreement could allow.";
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}
