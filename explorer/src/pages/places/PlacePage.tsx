/** One place: what it lies in, what it was before, and its figures at a glance. */
import { to } from "../../address";
import { useAnswer } from "../../asked";
import { Messages } from "../../result/Messages";
import type { Session } from "../../session";
import { useTitle } from "../../shell/title";
import { levelInWords } from "../../words";
import { FIRST, type Places } from "../table/choice";
import { written } from "../table/write";
import { Unanswered } from "../Unanswered";
import { AtAGlance, FIGURES, type Row } from "./AtAGlance";

const AROUND = ["UK", "COUNTRY", "REGION", "COMBINED_AUTHORITY", "LSIP"] as const;
const MONTHS = 25;

const PLACE = `query Place($code: AreaCode!) {
  area(code: $code) {
    code name level codes history
    ${AROUND.map((level) => `${level}: within(level: ${level}) { code name }`).join("\n    ")}
    labourMarket(periods: { last: ${MONTHS} }, fill: LATEST) {
      period { code label }
      ${FIGURES.map(({ name }) => `${name} { value markers unit period { label } }`).join("\n      ")}
    }
  }
  marker: __type(name: "Marker") { enumValues { name description } }
}`;

type Place = {
  code: string;
  name: string;
  level: string;
  codes: string[];
  history: string[];
  labourMarket: Row[] | null;
} & Record<(typeof AROUND)[number], { code: string; name: string } | null>;
type Answered = { area: Place | null; marker: { enumValues: { name: string; description: string }[] } | null };

export function PlacePage({ code, session }: { code: string; session: Session }) {
  const { data, problems, busy } = useAnswer<Answered>(session, PLACE, { code });
  const place = data?.area;
  useTitle(place?.name ?? code);
  if (!place)
    return (
      <Unanswered title={code} busy={busy} problems={problems} back={{ href: to([]), words: "Search for a place" }} />
    );
  const around = AROUND.flatMap((level) => {
    const wider = place[level];
    return wider ? [{ level, ...wider }] : [];
  });
  const former = place.codes.filter((other) => other !== place.code);
  const words = new Map(data.marker?.enumValues.map(({ name, description }) => [name, description]));
  return (
    <article aria-busy={busy}>
      <p className="above">
        {around.map((wider) => (
          <a key={wider.code} href={to(["place", wider.code])}>
            {wider.name}
          </a>
        ))}
      </p>
      <h1>{place.name}</h1>
      <p className="lead">
        {levelInWords(place.level)}, {place.code}
      </p>
      <p>
        <a className="action" href={to(["table"], { query: written({ ...FIRST, places: besides(place) }) })}>
          Build a table of {place.level === "LA" && place.REGION ? "the places around it" : "it"}
        </a>
      </p>
      <h2>At a glance</h2>
      <Messages problems={problems} warnings={[]} />
      <AtAGlance place={place} rows={place.labourMarket ?? []} problems={problems} words={words} />
      <h2>Where it is</h2>
      <dl className="facts">
        {around.slice(1).map((wider) => (
          <div key={wider.code}>
            <dt>{levelInWords(wider.level)}</dt>
            <dd>
              <a href={to(["place", wider.code])}>{wider.name}</a>
            </dd>
          </div>
        ))}
        <div>
          <dt>Before and since</dt>
          <dd>{place.history.join(" ") || "As it is known here, it has not changed since 2009."}</dd>
        </div>
        {former.length > 0 && (
          <div>
            <dt>Its other codes</dt>
            <dd>{former.join(", ")}</dd>
          </div>
        )}
      </dl>
    </article>
  );
}

/** A local authority is looked at beside those of its region. */
const besides = ({ code, level, REGION: region }: Place): Places =>
  level === "LA" && region ? { level, within: region.code } : { codes: [code] };
