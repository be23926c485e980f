/** Which departments' demands for data are met, which are not, and what would meet them: for the steering board. */
import { useMemo } from "react";

import "../agreements/agreements.css";
import "./demand.css";

import { type Address, amend } from "../../address";
import { useAnswer } from "../../asked";
import { useCatalogued } from "../../result/catalogued";
import { Messages } from "../../result/Messages";
import type { Session } from "../../session";
import { useTitle } from "../../shell/title";
import { day, inSmallLetters, levelInWords } from "../../words";
import { Stacked } from "../agreements/Stacked";
import { Arrangements } from "./Arrangements";
import { added, DEMAND, type Demand, type Missed, who } from "./demand";
import { Helpful } from "./Helpful";

const SPANS = { "90": "90 days", "365": "a year", "1095": "three years" };
const NAMES: [string, string] = ["met", "refused"];
const WHY: Record<string, string> = {
  NOT_PUBLISHED: "Not published so",
  NOT_OFFERED: "No source offers it",
  UNKNOWN_NAME: "No such name; the nearest is",
  NOTHING_FOUND: "A search found nothing",
};
type Me = { organisation: string | null; roles: string[] };
type Answered = { me: Me | null; departments: { code: string }[] | null; demand: Demand | null };

export default function DemandPage({ address, session }: { address: Address; session: Session }) {
  useTitle("Demand");
  const days = address.params.get("days") ?? "90";
  const [owner, consumer] = [address.params.get("owner") ?? null, address.params.get("consumer") ?? null];
  const since = useMemo(() => daysAgo(Number(days) || 90), [days]);
  const { data, problems, busy } = useAnswer<Answered>(session, DEMAND, { since, owner, consumer });
  const [me, demand] = [data?.me ?? null, data?.demand ?? null];

  return (
    <div aria-busy={busy} className="demand">
      <h1>Demand</h1>
      <Messages problems={problems} warnings={[]} />
      <p role="status" className={busy ? "hint" : "unseen"}>
        {busy ? "Counting …" : ""}
      </p>
      {me && !me.organisation && (
        <p>
          Demand is told to trustees and auditors of the Trust, and to departments of what they own or asked for. You
          ask as a member of the public, who are told nothing of it: say who you are above.
        </p>
      )}
      {me?.organisation && (
        <>
          <p className="lead">{scope(me)}</p>
          <Choices days={days} owner={owner} consumer={consumer} departments={data?.departments ?? []} />
          {demand && <Told demand={demand} me={me} />}
        </>
      )}
    </div>
  );
}

type Chosen = { days: string; owner: string | null; consumer: string | null; departments: { code: string }[] };

function Choices({ days, owner, consumer, departments }: Chosen) {
  const codes = departments.map(({ code }) => code);
  return (
    <div className="several choices-of-demand">
      <label className="inline">
        The last
        <select value={days} onChange={({ target }) => amend({ days: target.value })}>
          {Object.entries(SPANS).map(([value, words]) => (
            <option key={value} value={value}>
              {words}
            </option>
          ))}
        </select>
      </label>
      <label className="inline">
        Whose data
        <select value={owner ?? ""} onChange={({ target }) => amend({ owner: target.value || null })}>
          <option value="">Every owner's</option>
          {codes.map((code) => (
            <option key={code}>{code}</option>
          ))}
        </select>
      </label>
      <label className="inline">
        Who asked
        <select value={consumer ?? ""} onChange={({ target }) => amend({ consumer: target.value || null })}>
          <option value="">Everyone</option>
          {[...new Set([...codes, "GMCA", ...(consumer ? [consumer] : [])])].map((code) => (
            <option key={code}>{code}</option>
          ))}
        </select>
      </label>
    </div>
  );
}

function Told({ demand, me }: { demand: Demand; me: Me }) {
  const catalogue = useCatalogued();
  const title = (name: string) => catalogue.get(name)?.title ?? name;
  const { between, months, agreements } = demand;
  const inForce = agreements.filter((each) => each.inForce);
  const totals: [string, number][] = [
    ["questions", demand.operations],
    ["demands met", between.reduce((sum, { met }) => sum + met, 0)],
    ["demands refused", between.reduce((sum, { unmet }) => sum + unmet, 0)],
    ["agreements in force", inForce.length],
    ["of these, unused", inForce.filter(({ operations }) => operations === 0).length],
  ];
  return (
    <>
      <p className="hint">
        {day(demand.since)} to {day(demand.until)}, counted from the record of the Trust.
        {demand.untold > 0 &&
          ` ${demand.untold.toLocaleString("en-GB")} more questions, of rarer kinds, were not looked at.`}
      </p>
      <dl className="totals">
        {totals.map(([words, number]) => (
          <div key={words}>
            <dt>{words}</dt>
            <dd>{number.toLocaleString("en-GB")}</dd>
          </div>
        ))}
      </dl>
      <h2>Met and refused</h2>
      {between.length === 0 ? (
        <p>Nobody has asked for anything.</p>
      ) : (
        <div className="pair">
          <figure>
            <figcaption>By owner and who asked</figcaption>
            <Stacked
              title="Demand by owner and who asked"
              names={NAMES}
              bars={added(between, (one) => `${one.owner}'s data, for ${who(one.consumer)}`)}
            />
          </figure>
          <figure>
            <figcaption>By month</figcaption>
            <Stacked title="Demand by month" names={NAMES} bars={added(months, ({ month }) => inWords(month))} />
          </figure>
        </div>
      )}
      <h2>What one agreement would meet</h2>
      <Helpful unmet={demand.unmet} me={me} title={title} />
      <h2>Agreements</h2>
      <Arrangements agreements={agreements} />
      <h2>Wanted, and not there</h2>
      {demand.missed.length === 0 ? <p>Nothing was.</p> : <Missing missed={demand.missed} title={title} />}
    </>
  );
}

function Missing({ missed, title }: { missed: Missed[]; title: (name: string) => string }) {
  return (
    <div className="scrolling" tabIndex={0} role="region" aria-label="Wanted, and not there">
      <table className="plain-table">
        <thead>
          <tr>
            <th scope="col">What</th>
            <th scope="col">Why</th>
            <th scope="col">Who asked</th>
            <th scope="col">How</th>
            <th scope="col" className="number">
              Times
            </th>
          </tr>
        </thead>
        <tbody>
          {missed.map(({ kind, measure, consumer, purpose, level, breakdown, year, times }, index) => (
            <tr key={index}>
              <th scope="row">{measure ? title(measure) : "–"}</th>
              <td>{WHY[kind] ?? kind}</td>
              <td>{[who(consumer), purpose?.replaceAll("-", " ")].filter(Boolean).join(", ")}</td>
              <td>
                {[
                  level && levelInWords(level),
                  breakdown.length > 0 && `by ${breakdown.map(inSmallLetters).join(" and ")}`,
                  year,
                ]
                  .filter(Boolean)
                  .join(", ") || "–"}
              </td>
              <td className="number">{times.toLocaleString("en-GB")}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

const scope = ({ organisation, roles }: Me): string =>
  organisation === "TRUST" && (roles.includes("trustee") || roles.includes("auditor"))
    ? "You are told the demand of everybody."
    : `You are told of what ${organisation} owns or asked for.`;

function daysAgo(days: number): string {
  return new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 10);
}

/** "2026-11" as "November 2026". */
const inWords = (month: string): string =>
  new Date(`${month}-01T12:00:00Z`).toLocaleDateString("en-GB", { month: "long", year: "numeric", timeZone: "UTC" });
