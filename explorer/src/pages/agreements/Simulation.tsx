/** What a version would change if it were in force, as a person reads it. Asking changes nothing. */
import { useEffect, useState } from "react";

import { useAnswer } from "../../asked";
import { Messages } from "../../result/Messages";
import { purposeInWords, type Session } from "../../session";
import { day, inSmallLetters, levelInWords } from "../../words";
import type { Agreement, Question } from "./agreement";
import type { Named } from "./terms";

const DAYS = 30;
const SIMULATION = `query Simulation($id: ID!, $version: Int!, $days: Int!) {
  simulation: simulateAgreement(id: $id, version: $version, days: $days) {
    hash moment decisions
    replay { operations untold changes { organisation purpose coordinate allowed operations } }
    sample { figures suppressed words }
  }
}`;

type Terms = { agreements: { id: string; version: number }[]; obligations: string[] } | null;
type Days = { from: string; to: string; begin_by: string | null; end_from: string | null };
export type Decision = {
  organisation: string;
  outcome: "ALLOWED" | "REFUSED" | "TREATED";
  roles: string[][];
  purposes: string[];
  measures: string[];
  levels: string[][];
  breakdowns: string[][];
  periods: Days[];
  within: { inside: string[]; outside: string[] }[];
  before: Terms;
  after: Terms;
};
type Simulated = {
  hash: string;
  moment: string;
  decisions: Decision[];
  replay: { operations: number; untold: number; changes: Replayed[] };
  sample: { figures: number; suppressed: number; words: string } | null;
};
type Replayed = {
  organisation: string;
  purpose: string | null;
  coordinate: string;
  allowed: boolean;
  operations: number;
};
type Props = { one: Agreement; missing: Question[]; session: Session; named: Named; told: (hash: string) => void };

const OUTCOMES = { ALLOWED: "Newly allowed", REFUSED: "Newly refused", TREATED: "Treated differently" };

export function Simulation({ one, missing, session, named, told }: Props) {
  const [turn, setTurn] = useState(0);
  const variables = { id: one.id, version: one.version, days: DAYS };
  const { data, problems, busy } = useAnswer<{ simulation: Simulated | null }>(
    session,
    turn > 0 ? SIMULATION : null,
    variables,
    turn,
  );
  const found = data?.simulation;
  useEffect(() => {
    if (found) told(found.hash);
  }, [found, told]);
  if (missing.length > 0) return <p>It can be simulated when every question is answered.</p>;
  return (
    <div aria-busy={busy}>
      <p>
        <button type="button" className="plain" disabled={busy} onClick={() => setTurn(turn + 1)}>
          {busy ? "Deciding everything again …" : "Simulate it"}
        </button>{" "}
        <span className="hint">
          Every decision for every organisation, role, purpose, measure and place, with this version in force and
          without. Nothing is changed.
        </span>
      </p>
      <Messages problems={problems} warnings={[]} />
      <div role="status">{found && <p>{inBrief(found)}</p>}</div>
      {found && (
        <>
          {found.decisions.map((decision, index) => (
            <Difference key={index} decision={decision} named={named} />
          ))}
          <h3>Of what was asked in the last {DAYS} days</h3>
          <ReplayedUse replay={found.replay} named={named} />
          <p>
            {found.sample
              ? `Figures of a sample that would newly be visible: ${found.sample.figures.toLocaleString("en-GB")}, of which ${found.sample.suppressed.toLocaleString("en-GB")} suppressed (${found.sample.words}).`
              : "Figures are counted for the owner's data steward and for trustees."}
          </p>
          <p className="hint">
            Hash of this simulation, kept beside your signature: <code>{found.hash}</code>
          </p>
        </>
      )}
    </div>
  );
}

function inBrief({ decisions, moment }: Simulated): string {
  const kinds = Object.entries(OUTCOMES).flatMap(([outcome, words]) => {
    const count = decisions.filter((each) => each.outcome === outcome).length;
    return count > 0 ? [`${count} ${words.toLowerCase()}`] : [];
  });
  return kinds.length > 0
    ? `If it were in force on ${day(moment)}: ${kinds.join(", ")}.`
    : `No decision would change on ${day(moment)}: is it in force already?`;
}

function Difference({ decision, named }: { decision: Decision; named: Named }) {
  const { organisation, outcome, before, after } = decision;
  const facts: [string, string][] = [
    [
      "For",
      `${or(decision.roles.map((each) => each.map(hyphens).join(" with ")))}; ${or(decision.purposes.map(purposeInWords))}`,
    ],
    ["Measures", decision.measures.map(named.measure).join(", ")],
    ["Levels of place", or(decision.levels.map((each) => each.map(levelInWords).join(" with ")))],
    ["Broken down by", or(decision.breakdowns.map((each) => each.map(inSmallLetters).join(" and ") || "nothing"))],
    ["Days", or(decision.periods.map(span))],
    ["Places", or(decision.within.map((each) => where(each, named)))],
  ];
  return (
    <section className="difference" data-outcome={outcome} aria-label={`${OUTCOMES[outcome]}: ${organisation}`}>
      <h3>
        {OUTCOMES[outcome]}: {organisation}
      </h3>
      <dl className="facts">
        {facts.map(([term, words]) => (
          <div key={term}>
            <dt>{term}</dt>
            <dd>{words}</dd>
          </div>
        ))}
      </dl>
      <div className="pair">
        <Side title="Today" terms={before} />
        <Side title="With this version" terms={after} />
      </div>
    </section>
  );
}

function Side({ title, terms }: { title: string; terms: Terms }) {
  if (!terms)
    return (
      <div>
        <h4>{title}</h4>
        <p className="refused">Refused</p>
      </div>
    );
  const under = terms.agreements.map(({ id, version }) => `${id} version ${version}`).join(" and ");
  return (
    <div>
      <h4>{title}</h4>
      <p>Allowed {under ? `under ${under}` : "without an agreement"}</p>
      <ul>
        {terms.obligations.length === 0 && <li>Shown as it is</li>}
        {terms.obligations.map((words) => (
          <li key={words}>{words}</li>
        ))}
      </ul>
    </div>
  );
}

function ReplayedUse({ replay, named }: { replay: Simulated["replay"]; named: Named }) {
  const { operations, untold, changes } = replay;
  return (
    <>
      <p>
        {operations.toLocaleString("en-GB")} recorded requests were decided again
        {untold > 0 && `, but for ${untold} whose record is too old`}.{" "}
        {changes.length === 0 && "None would be answered otherwise."}
      </p>
      {changes.length > 0 && (
        <ul className="replayed">
          {changes.map(({ organisation, purpose, coordinate, allowed, operations: count }, index) => (
            <li key={index}>
              {named.measure(coordinate.replace("LabourMarket.", ""))}, {organisation},{" "}
              {purpose ? purposeInWords(purpose).toLowerCase() : "no purpose stated"}: {count} newly{" "}
              {allowed ? "allowed" : "refused"}
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

const hyphens = (code: string): string => code.replaceAll("-", " ");
const or = (several: string[]): string => several.join(" or ");

/** "1990-01-01" and "2099-12-31" bound nothing. */
function span({ from, to, begin_by: begin, end_from: end }: Days): string {
  const bounds = [
    from > "1990-01-01" && `from ${day(from)}`,
    to < "2099-12-31" && `to ${day(to)}`,
    begin && `of periods that begin by ${day(begin)}`,
    end && `of periods that end on ${day(end)} or later`,
  ];
  return bounds.filter(Boolean).join(" ") || "all";
}

function where({ inside, outside }: { inside: string[]; outside: string[] }, named: Named): string {
  const [within, without] = [inside, outside].map((codes) => codes.map(named.place).join(" and "));
  return [within && `inside ${within}`, without && `outside ${without}`].filter(Boolean).join(", ") || "everywhere";
}
