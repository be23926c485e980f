/** All that is known of one measure, and whether one may read it. */
import type { ReactNode } from "react";

import { to } from "../../address";
import { useAnswer } from "../../asked";
import { Messages } from "../../result/Messages";
import { proposing } from "../../result/proposing";
import type { Session } from "../../session";
import { useTitle } from "../../shell/title";
import { day, inSmallLetters, levelInWords, unitInWords } from "../../words";
import { choiceAbout } from "../table/choice";
import { written } from "../table/write";
import { Unanswered } from "../Unanswered";
import { Access, type Readable, type Refusal } from "./Access";
import { atItsFinest, questionAbout } from "./question";

const MEASURE = `query Measure($name: String!) {
  measure(name: $name) {
    name title description coordinate producer unit every finest levels breakdowns additivity inputs openTo offered
    dataset licence pages protection
    owner { code name until } owners { owner { name } since }
    first { label } latest { label }
    refusal { reason remedy }
  }
  me { organisation mayRead { coordinate finest facets basis agreement { id title notAfter } } }
}`;

export type Measure = {
  name: string;
  title: string;
  description: string;
  coordinate: string;
  producer: string;
  unit: string;
  every: string;
  finest: string;
  levels: string[];
  breakdowns: string[][];
  additivity: string;
  inputs: string[];
  openTo: string;
  offered: boolean;
  dataset: string;
  licence: string;
  pages: string[];
  protection: string[];
  owner: { code: string; name: string; until: string | null };
  owners: { owner: { name: string }; since: string }[];
  first: { label: string } | null;
  latest: { label: string } | null;
  refusal: Refusal | null;
};
type Answered = { measure: Measure | null; me: { organisation: string | null; mayRead: Readable[] } | null };

const ADDITIVITY: Record<string, string> = {
  ADDITIVE: "Parts may be added up.",
  PERTURBED: "Cells are slightly adjusted, so that parts do not add up to totals.",
  NOT_ADDITIVE: "Never add or average it.",
};
const UNKNOWN = "Not known to this gateway";

export function MeasurePage({ name, session }: { name: string; session: Session }) {
  const { data, problems, busy } = useAnswer<Answered>(session, MEASURE, { name });
  const measure = data?.measure;
  useTitle(measure?.title ?? name);
  if (!measure)
    return (
      <Unanswered
        title={name}
        busy={busy}
        problems={problems}
        back={{ href: to(["catalogue"]), words: "To the catalogue" }}
      />
    );
  const readable = (data.me?.mayRead ?? []).filter(({ coordinate }) => coordinate === measure.coordinate);
  return (
    <article aria-busy={busy}>
      <p className="above">
        <a href={to(["catalogue"])}>Catalogue</a>
      </p>
      <h1>{measure.title}</h1>
      <p className="lead">{measure.description}</p>
      {measure.offered && (
        <p className="several">
          <a className="action" href={to(["table"], { query: written(choiceAbout(measure)) })}>
            Build a table of it
          </a>
          <a className="action" href={to(["graphiql"], { query: questionAbout(measure) })}>
            Ask for it in GraphiQL
          </a>
        </p>
      )}
      <Messages problems={problems} warnings={[]} />
      <h2>May I read it?</h2>
      <Access
        readable={readable}
        refusal={measure.refusal}
        openTo={measure.openTo}
        organisation={data.me?.organisation ?? null}
        propose={proposing({ query: atItsFinest(measure) }, measure.owner.code)}
      />
      <h2>What it is</h2>
      <dl className="facts">
        {facts(measure).map(([term, said]) => (
          <div key={term}>
            <dt>{term}</dt>
            <dd>{said}</dd>
          </div>
        ))}
      </dl>
    </article>
  );
}

function facts(measure: Measure): [string, ReactNode][] {
  const owners = measure.owners.map(({ owner, since }) => `${owner.name} since ${day(since)}`).join("; ");
  return [
    ["Owner", owners || measure.owner.name],
    ["Producer", measure.producer],
    ["Unit", unitInWords(measure.unit)],
    ["Published", `Each ${inSmallLetters(measure.every)}`],
    ["Periods", measure.first && measure.latest ? `${measure.first.label} to ${measure.latest.label}` : UNKNOWN],
    ["Levels of place", measure.levels.map(levelInWords).join(", ") || levelInWords(measure.finest)],
    ["Breakdowns", measure.breakdowns.map((facets) => facets.map(inSmallLetters).join(" and ")).join("; ") || "None"],
    ["Adding up", ADDITIVITY[measure.additivity] ?? measure.additivity],
    ...(measure.inputs.length > 0 ? [computed(measure.inputs)] : []),
    ["Protected before it is public", measure.protection.join(". ") || `${UNKNOWN}: by its publisher's own rules`],
    ["Dataset", measure.dataset || "This gateway has no source for it."],
    ["Licence", measure.licence || UNKNOWN],
    ["Quality, release dates, contact", published(measure.pages)],
    ["Name in GraphQL", <code key="name">{measure.coordinate}</code>],
  ];
}

function computed(inputs: string[]): [string, ReactNode] {
  const links = inputs.map((name) => (
    <a key={name} href={to(["measure", name])}>
      {name}
    </a>
  ));
  return [
    "Computed from",
    <span key="inputs" className="several">
      {links}
    </span>,
  ];
}

/** A link elsewhere, which is followed only when it is clicked. */
const published = (pages: string[]): ReactNode =>
  pages.length === 0
    ? `${UNKNOWN}: ask its owner`
    : pages.map((page) => (
        <a key={page} href={page} rel="noreferrer">
          {page}
        </a>
      ));
