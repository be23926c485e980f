/** What the marks in a table mean: each state that occurs, how often, and each marker in the words of the schema. */
import { useMemo } from "react";

import type { Table } from "../table/tables";
import type { Words } from "./schemaWords";
import { explained, type State, type StateOf, STATES, TITLES } from "./states";

type Props = { table: Table; stateOf: StateOf; words: Words };

export function Legend({ table, stateOf, words }: Props) {
  const { counts, markers } = useMemo(() => occurring(table, stateOf), [table, stateOf]);
  const said = [...markers].filter((marker) => words.marker(marker)).sort();
  if (counts.size === 0) return null;
  return (
    <>
      <ul className="legend-states" aria-label="What is not a plain figure">
        {STATES.filter((state) => counts.has(state)).map((state) => (
          <li key={state}>
            <span className="swatch" data-state={state} aria-hidden="true" />
            <strong>{TITLES[state]}</strong> ({(counts.get(state) ?? 0).toLocaleString("en-GB")}){" "}
            {state === "absent" || state === "noted" ? "" : explained(state, [], words)}
          </li>
        ))}
      </ul>
      {said.length > 0 && (
        <dl className="shorthand">
          {said.map((marker) => (
            <div key={marker}>
              <dt>[{marker}]</dt>
              <dd>{words.marker(marker)}</dd>
            </div>
          ))}
        </dl>
      )}
    </>
  );
}

function occurring({ columns }: Table, stateOf: StateOf): { counts: Map<State, number>; markers: Set<string> } {
  const [counts, markers] = [new Map<State, number>(), new Set<string>()];
  for (const column of columns)
    column.marks.forEach((marks, row) => {
      if (marks.length === 0) return;
      for (const marker of marks) markers.add(marker);
      const state = stateOf(column, row);
      if (state) counts.set(state, (counts.get(state) ?? 0) + 1);
    });
  return { counts, markers };
}
