/** Every measure, or those that a search finds or an owner has. */
import { type Address, go, to } from "../../address";
import { useAnswer } from "../../asked";
import { Messages } from "../../result/Messages";
import type { Session } from "../../session";
import { useTitle } from "../../shell/title";
import { inSmallLetters, openInWords, unitInWords } from "../../words";
import { SearchBox } from "../start/SearchBox";

const CATALOGUE = `query Catalogue($search: String, $owner: DepartmentCode) {
  measures(search: $search, owner: $owner) {
    name title description unit every finest openTo offered owner { code } latest { label }
  }
  departments { code name measures { name } }
}`;

type Listed = {
  name: string;
  title: string;
  description: string;
  unit: string;
  every: string;
  finest: string;
  openTo: string;
  offered: boolean;
  owner: { code: string };
  latest: { label: string } | null;
};
type Answered = {
  measures: Listed[] | null;
  departments: { code: string; name: string; measures: { name: string }[] }[] | null;
};

export function Catalogue({ address, session }: { address: Address; session: Session }) {
  const search = address.params.get("search") ?? "";
  const owner = address.params.get("owner") ?? "";
  useTitle("Catalogue");
  const { data, problems, busy } = useAnswer<Answered>(session, CATALOGUE, {
    search: search || null,
    owner: owner || null,
  });
  const measures = data?.measures ?? [];
  const owners = (data?.departments ?? []).filter((each) => each.measures.length > 0);

  return (
    <>
      <h1>Catalogue</h1>
      <SearchBox path={["catalogue"]} search={search} label="Search the measures" hint="In people's own words: wage, unemployed, firms" />
      <div className="filters" role="group" aria-label="Owner">
        {[{ code: "", name: "Every owner" }, ...owners].map(({ code, name }) => (
          <button key={code} type="button" title={name} aria-pressed={code === owner} onClick={() => go(["catalogue"], { search: search || null, owner: code || null })}>
            {code || name}
          </button>
        ))}
      </div>
      <Messages problems={problems} warnings={[]} />
      <p role="status">{busy ? "Asking …" : `${measures.length} ${measures.length === 1 ? "measure" : "measures"}`}</p>
      <ul className="results measures" aria-busy={busy}>
        {measures.map((measure) => (
          <li key={measure.name}>
            <h2>
              <a href={to(["measure", measure.name])}>{measure.title}</a> <small>{measure.owner.code}</small>
            </h2>
            <p>{measure.description}</p>
            <small>
              {[
                unitInWords(measure.unit),
                `each ${inSmallLetters(measure.every)}`,
                `down to ${openInWords(measure.finest)}`,
                measure.offered ? measure.latest && `up to ${measure.latest.label}` : "not offered here",
              ]
                .filter(Boolean)
                .join(" · ")}
            </small>
          </li>
        ))}
      </ul>
    </>
  );
}
