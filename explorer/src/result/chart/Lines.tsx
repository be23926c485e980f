/** Which lines are drawn: the largest, until a person chooses. */
import { useState } from "react";

import type { Series } from "./series";

/** At most so many can be offered at once. */
const OFFERED = 100;

type Props = { all: Series[]; drawn: Series[]; choose: (names: string[]) => void };

export function Lines({ all, drawn, choose }: Props) {
  const [search, setSearch] = useState("");
  const names = drawn.map(({ name }) => name);
  const found = all.filter(({ name }) => name.toLowerCase().includes(search.toLowerCase()));
  return (
    <details className="columns">
      <summary>
        Drawn: {drawn.length.toLocaleString("en-GB")} of {all.length.toLocaleString("en-GB")}
      </summary>
      <div>
        <label>
          Find
          <input type="search" value={search} maxLength={80} onChange={({ target }) => setSearch(target.value)} />
        </label>
        <button type="button" onClick={() => choose([])}>
          The largest
        </button>
        <button type="button" onClick={() => choose(names.slice(0, 1))}>
          Only the first
        </button>
      </div>
      <ul>
        {found.slice(0, OFFERED).map(({ name }) => (
          <li key={name}>
            <label>
              <input
                type="checkbox"
                checked={names.includes(name)}
                onChange={({ target }) =>
                  choose(target.checked ? [...names, name] : names.filter((each) => each !== name))
                }
              />
              {name}
            </label>
          </li>
        ))}
      </ul>
      {found.length > OFFERED && <p className="hint">{found.length - OFFERED} more: find them by name.</p>}
    </details>
  );
}
