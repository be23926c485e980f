/** By what: the facets that any of the measures is published by, with what each would cost of the others. */
import { inSmallLetters } from "../../words";
import { Against } from "./Against";
import type { Prospect } from "./candidates";
import { FACETS } from "./choice";

type Props = {
  facets: string[];
  by: string[];
  choose: (by: string[]) => void;
  prospects: ReadonlyMap<string, Prospect>;
};

export function Breakdowns({ facets, by, choose, prospects }: Props) {
  if (facets.length === 0)
    return <p className="hint">What can be chosen here depends on the measures: choose one first.</p>;
  return (
    <ul className="choices" aria-label="Breakdowns">
      {facets.map((facet) => {
        const chosen = by.includes(facet);
        const prospect = chosen ? undefined : prospects.get(`facet_${facet}`);
        return (
          <li key={facet}>
            <label>
              <input
                type="checkbox"
                checked={chosen}
                disabled={!chosen && by.length >= FACETS}
                onChange={({ target }) => choose(target.checked ? [...by, facet] : by.filter((each) => each !== facet))}
              />
              <span>{`By ${inSmallLetters(facet)}`}</span>
            </label>
            <Against why={prospect?.why} />
          </li>
        );
      })}
    </ul>
  );
}
