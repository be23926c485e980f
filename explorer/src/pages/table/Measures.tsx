/** Which measures: found by words, each with what stands against it before it is chosen. */
import { type FormEvent, useState } from "react";

import { useAnswer } from "../../asked";
import type { Explanation } from "../../explain/explain";
import type { Session } from "../../session";
import { Against } from "./Against";
import { ground, type Prospect } from "./candidates";
import type { Measured } from "./catalogue";

type Props = {
  catalogue: Measured[];
  chosen: string[];
  choose: (measures: string[]) => void;
  prospects: ReadonlyMap<string, Prospect>;
  told: Explanation | null;
  session: Session;
};

export function Measures({ catalogue, chosen, choose, prospects, told, session }: Props) {
  const [search, setSearch] = useState("");
  const query = search ? "query Words($search: String!) { measures(search: $search) { name } }" : null;
  const found = useAnswer<{ measures: { name: string }[] }>(session, query, { search });
  const names = new Set((found.data?.measures ?? []).map(({ name }) => name));
  const shown = catalogue.filter(({ name }) => !search || chosen.includes(name) || names.has(name));
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    setSearch(new FormData(event.currentTarget).get("words")?.toString().trim() ?? "");
  };

  return (
    <>
      {chosen.length > 0 && (
        <ul className="chosen" aria-label="Chosen measures">
          {chosen.map((name) => {
            const title = catalogue.find((each) => each.name === name)?.title ?? name;
            return (
              <li key={name}>
                <button
                  type="button"
                  aria-label={`${title}, leave it out`}
                  onClick={() => choose(chosen.filter((each) => each !== name))}
                >
                  {title} ×
                </button>
              </li>
            );
          })}
        </ul>
      )}
      <form className="find" onSubmit={submit}>
        <label htmlFor="measure-words">Find a measure</label>
        <input id="measure-words" name="words" type="search" maxLength={120} autoComplete="off" />
        <button type="submit">Find</button>
      </form>
      <p role="status" className="unseen">
        {search && !found.busy ? `${names.size} found` : ""}
      </p>
      {search && !found.busy && names.size === 0 && <p className="hint">No measure is called so.</p>}
      <ul className="choices" aria-label="Measures" aria-busy={found.busy}>
        {shown.map(({ name, title, description, owner, offered }) => {
          const prospect = prospects.get(`measure_${name}`);
          const on = ground(told, name);
          return (
            <li key={name}>
              <label title={description}>
                <input
                  type="checkbox"
                  checked={chosen.includes(name)}
                  disabled={!offered && !chosen.includes(name)}
                  onChange={(event) =>
                    choose(event.target.checked ? [...chosen, name] : chosen.filter((each) => each !== name))
                  }
                />
                <span>
                  {title} <small>{[owner.code, on === "open" ? "" : on].filter(Boolean).join(", ")}</small>
                </span>
              </label>
              <Against why={prospect?.why} />
            </li>
          );
        })}
      </ul>
    </>
  );
}
