/** The moves that one may make of a version, each with what it brings about and what is signed. */
import { useState } from "react";

import type { Session } from "../../session";
import type { Agreement, Question } from "./agreement";
import { Answers } from "./Answers";
import { useChange } from "./change";
import { Confirm } from "./Confirm";
import { MOVES, rewritten, sent } from "./moves";

type Props = {
  one: Agreement;
  missing: Question[];
  session: Session;
  simulation: string | null;
  changed: (version: number) => void;
};

export function Moves({ one, missing, session, simulation, changed }: Props) {
  const [asking, setAsking] = useState<string | null>(null);
  const [writing, setWriting] = useState<"amend" | "narrow" | null>(
    missing.length > 0 && may(one, "amend") ? "amend" : null,
  );
  const { busy, problems, send, forget } = useChange(session);
  const names = one.moves.map(({ move }) => move);
  const move = asking ? MOVES[asking] : undefined;
  const simple = Object.keys(MOVES).filter((name) => names.includes(name));

  const open = (name: string) => {
    forget();
    setAsking(name);
  };
  const toggle = (name: "amend" | "narrow") => {
    forget();
    setWriting(writing === name ? null : name);
  };
  const confirm = async (reason: string) => {
    const done = asking && (await send(sent(asking, one, reason, simulation)));
    if (!done) return;
    setAsking(null);
    changed(done.agreement.version);
  };
  const write = async (terms: object) => {
    const done = writing && (await send(rewritten(writing, one, terms)));
    if (!done) return;
    setWriting(null);
    changed(done.agreement.version);
  };

  if (names.length === 0) return <p>You may read it: nothing of it is yours to change now.</p>;
  return (
    <>
      <div className="several moves">
        {simple.map((name) => (
          <button
            key={name}
            type="button"
            className={MOVES[name]?.signs ? "action" : "plain"}
            disabled={name === "submit" && missing.length > 0}
            onClick={() => open(name)}
          >
            {MOVES[name]?.name} …
          </button>
        ))}
        {(["amend", "narrow"] as const).map(
          (name) =>
            names.includes(name) && (
              <button
                key={name}
                type="button"
                className="plain"
                aria-expanded={writing === name}
                onClick={() => toggle(name)}
              >
                {name === "amend" ? "Change its terms" : "Narrow it at once"}
              </button>
            ),
        )}
      </div>
      {missing.length > 0 && (
        <p className="hint">
          {missing.length === 1 ? "One question is" : `${missing.length} questions are`} still to be answered before it
          can be submitted.
        </p>
      )}
      {writing && (
        <Answers
          key={writing}
          content={one.content}
          questions={one.questions}
          busy={busy}
          problems={asking ? [] : problems}
          send={(terms) => void write(terms)}
          words={writing === "amend" ? "Keep as the next version" : "Put the narrower terms in force"}
          hint={
            writing === "amend"
              ? "What you write becomes the next version, a draft. Every signature is needed again."
              : "Fewer figures, a shorter term or stronger obligations come into force at once, on the owner's word alone. To widen is to change its terms."
          }
        />
      )}
      {move && asking && (
        <Confirm
          title={move.name}
          reason={move.reason}
          busy={busy}
          problems={problems}
          confirm={(reason) => void confirm(reason)}
          leave={() => setAsking(null)}
        >
          <p>
            {one.id}, version {one.version}: {one.title}. {one.owner} shares with {one.consumer}.
          </p>
          <p>{move.effect}</p>
          {move.signs && (
            <dl className="facts signed">
              <div>
                <dt>You sign the content whose SHA-256 is</dt>
                <dd>
                  <code>{one.contentHash}</code>
                </dd>
              </div>
              <div>
                <dt>After looking at the simulation</dt>
                <dd>
                  {simulation ? (
                    <code>{simulation}</code>
                  ) : (
                    "None: simulate it below first, and its hash is kept beside your signature."
                  )}
                </dd>
              </div>
            </dl>
          )}
        </Confirm>
      )}
    </>
  );
}

const may = (one: Agreement, name: string): boolean => one.moves.some(({ move }) => move === name);
