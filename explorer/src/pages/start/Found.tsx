/** Measures and places that a search found. */
import { to } from "../../address";
import { useAnswer } from "../../asked";
import { Messages } from "../../result/Messages";
import type { Session } from "../../session";
import { levelInWords } from "../../words";

const SEARCH = `query Search($search: String!) {
  measures(search: $search) { name title description owner { code } }
  areas(search: $search, first: 10) { nodes { code name level codes region: within(level: REGION) { name } } }
}`;

type Answered = {
  measures: { name: string; title: string; description: string; owner: { code: string } }[] | null;
  areas: { nodes: { code: string; name: string; level: string; codes: string[]; region: { name: string } | null }[] } | null;
};

export function Found({ search, session }: { search: string; session: Session }) {
  const { data, problems, busy } = useAnswer<Answered>(session, SEARCH, { search });
  const measures = data?.measures ?? [];
  const places = data?.areas?.nodes ?? [];
  const count = `${told(measures.length, "measure")} and ${told(places.length, "place")} for “${search}”`;
  return (
    <section className="found" aria-label="Search results" aria-busy={busy}>
      <p role="status">{busy ? "Searching …" : count}</p>
      <Messages problems={problems} warnings={[]} />
      {measures.length > 0 && (
        <>
          <h2>Measures</h2>
          <ul className="results">
            {measures.map(({ name, title, description, owner }) => (
              <li key={name}>
                <a href={to(["measure", name])}>{title}</a> <small>{owner.code}</small>
                <p>{description}</p>
              </li>
            ))}
          </ul>
        </>
      )}
      {places.length > 0 && (
        <>
          <h2>Places</h2>
          <ul className="results">
            {places.map(({ code, name, level, region }) => (
              <li key={code}>
                <a href={to(["place", code])}>{name}</a>{" "}
                <small>
                  {levelInWords(level)}
                  {region ? `, ${region.name}` : ""} · {code}
                </small>
              </li>
            ))}
          </ul>
        </>
      )}
      {!busy && measures.length + places.length === 0 && (
        <p>
          Nothing is called so here. <a href={to(["catalogue"])}>The catalogue</a> lists every measure; places are those
          of April 2023 and those that they came from.
        </p>
      )}
    </section>
  );
}

const told = (count: number, what: string): string => `${count || "no"} ${what}${count === 1 ? "" : "s"}`;
