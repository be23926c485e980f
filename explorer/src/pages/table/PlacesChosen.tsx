/** Which places: every place of a level, perhaps inside another, or places by name. */
import { type FormEvent, lazy, Suspense, useState } from "react";

import { useAnswer } from "../../asked";
import { Messages } from "../../result/Messages";
import type { Session } from "../../session";
import { levelInWords } from "../../words";
import { Against } from "./Against";
import type { Prospect } from "./candidates";
import type { Named } from "./catalogue";
import { LEVELS, type Places } from "./choice";

const OnTheMap = lazy(() => import("./OnTheMap"));

type Props = {
  places: Places;
  choose: (places: Places) => void;
  wider: Named[];
  prospects: ReadonlyMap<string, Prospect>;
  session: Session;
};

export function PlacesChosen({ places, choose, wider, prospects, session }: Props) {
  const byName = "codes" in places;
  return (
    <>
      <div role="radiogroup" aria-label="How to choose places" className="ways">
        <label>
          <input
            type="radio"
            name="places"
            checked={!byName}
            onChange={() => choose({ level: "REGION", within: null })}
          />
          Every place of a level
        </label>
        <label>
          <input type="radio" name="places" checked={byName} onChange={() => choose({ codes: [] })} />
          Places by name or on the map
        </label>
      </div>
      {byName ? (
        <ByName codes={places.codes} choose={(codes) => choose({ codes })} session={session} />
      ) : (
        <ByLevel {...places} choose={choose} wider={wider} prospects={prospects} />
      )}
    </>
  );
}

type LevelProps = { level: string; within: string | null } & Omit<Props, "places" | "session">;

function ByLevel({ level, within, choose, wider, prospects }: LevelProps) {
  const here = prospects.get(`level_${level}`);
  return (
    <>
      <div className="fields">
        <label>
          Level
          <select value={level} onChange={(event) => choose({ level: event.target.value, within })}>
            {LEVELS.map((each) => (
              <option key={each} value={each}>
                {levelInWords(each)}
                {prospects.get(`level_${each}`)?.none ? " (no figures)" : ""}
              </option>
            ))}
          </select>
        </label>
        <label>
          Within
          <select value={within ?? ""} onChange={(event) => choose({ level, within: event.target.value || null })}>
            <option value="">anywhere</option>
            {[...new Set(wider.map((place) => place.level))].map((kind) => (
              <optgroup key={kind} label={levelInWords(kind)}>
                {wider
                  .filter((place) => place.level === kind)
                  .map(({ code, name }) => (
                    <option key={code} value={code}>
                      {name}
                    </option>
                  ))}
              </optgroup>
            ))}
          </select>
        </label>
      </div>
      <Against why={here?.why} />
    </>
  );
}

const SEARCH = "query Search($search: String!) { areas(search: $search) { nodes { code name level } } }";
const NAMES = "query Names($codes: [AreaCode!]!) { areas(where: { codes: $codes }) { nodes { code name level } } }";

type NameProps = { codes: string[]; choose: (codes: string[]) => void; session: Session };

function ByName({ codes, choose, session }: NameProps) {
  const [search, setSearch] = useState("");
  const [mapped, setMapped] = useState(false);
  const found = useAnswer<{ areas: { nodes: Named[] } }>(session, search ? SEARCH : null, { search });
  // What was found by name needs no second question.
  const [known, know] = useState<ReadonlyMap<string, string>>(new Map());
  const unknown = codes.filter((code) => !known.has(code));
  const named = useAnswer<{ areas: { nodes: Named[] } }>(session, unknown.length > 0 ? NAMES : null, {
    codes: unknown,
  });
  const names = new Map([...known, ...(named.data?.areas?.nodes ?? []).map(({ code, name }) => [code, name] as const)]);
  const offered = (found.data?.areas?.nodes ?? []).filter(({ code }) => !codes.includes(code));
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    setSearch(new FormData(event.currentTarget).get("place")?.toString().trim() ?? "");
  };
  return (
    <>
      {codes.length > 0 && (
        <ul className="chosen" aria-label="Chosen places">
          {codes.map((code) => (
            <li key={code}>
              <button
                type="button"
                aria-label={`${names.get(code) ?? code}, leave it out`}
                onClick={() => choose(codes.filter((each) => each !== code))}
              >
                {names.get(code) ?? code} ×
              </button>
            </li>
          ))}
        </ul>
      )}
      <form className="find" onSubmit={submit}>
        <label htmlFor="place-name">Find a place by name or code</label>
        <input id="place-name" name="place" type="search" maxLength={120} autoComplete="off" spellCheck={false} />
        <button type="submit">Find</button>
      </form>
      <Messages problems={[...found.problems, ...named.problems]} warnings={[]} />
      <p role="status" className="hint">
        {search && (found.busy ? "Looking …" : offered.length === 0 ? "No other place is called so." : "")}
      </p>
      <ul className="offered" aria-label="Places found">
        {offered.slice(0, 8).map(({ code, name, level }) => (
          <li key={code}>
            <button
              type="button"
              onClick={() => {
                know(new Map([...names, [code, name]]));
                choose([...codes, code]);
                setSearch("");
              }}
            >
              Add {name} <small>{levelInWords(level)}</small>
            </button>
          </li>
        ))}
      </ul>
      <details className="columns" onToggle={({ currentTarget }) => setMapped(currentTarget.open)}>
        <summary>Choose local authorities on the map</summary>
        {mapped && (
          <Suspense fallback={<p className="hint">Drawing …</p>}>
            <OnTheMap codes={codes} choose={choose} />
          </Suspense>
        )}
      </details>
    </>
  );
}
