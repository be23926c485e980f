/** Which periods: the last of them, or from one to another. */
import { inSmallLetters } from "../../words";
import type { Measured } from "./catalogue";
import { type Choice, EVERY, LAST } from "./choice";
import { periodsBetween } from "../../periods";

type Props = { choice: Choice; choose: (change: Partial<Choice>) => void; catalogue: Measured[] };

export function PeriodsChosen({ choice, choose, catalogue }: Props) {
  const { periods, every, latest } = choice;
  const last = "last" in periods;
  const known = periodsBetween(
    catalogue.filter(({ name }) => choice.measures.includes(name)),
    every,
  );
  const newest = known.at(-1) ?? "";
  const span = (of: string) => {
    const codes = periodsBetween(
      catalogue.filter(({ name }) => choice.measures.includes(name)),
      of,
    );
    return { from: codes.at(-(LAST[of] ?? 12)) ?? codes[0] ?? "", to: codes.at(-1) ?? "" };
  };
  return (
    <>
      <div className="fields">
        <label>
          A row for each
          <select
            value={every}
            onChange={({ target }) =>
              choose({ every: target.value, periods: last ? { last: LAST[target.value] ?? 12 } : span(target.value) })
            }
          >
            {EVERY.map((each) => (
              <option key={each} value={each}>
                {inSmallLetters(each)}
              </option>
            ))}
          </select>
        </label>
      </div>
      <div role="radiogroup" aria-label="How to choose periods" className="ways">
        <label>
          <input
            type="radio"
            name="periods"
            checked={last}
            onChange={() => choose({ periods: { last: LAST[every] ?? 12 } })}
          />
          The last
        </label>
        <label>
          <input
            type="radio"
            name="periods"
            checked={!last}
            disabled={!newest && last}
            onChange={() => choose({ periods: span(every) })}
          />
          From one to another
        </label>
      </div>
      <div className="fields">
        {"last" in periods ? (
          <label>
            How many
            <input
              type="number"
              min={1}
              max={240}
              value={periods.last}
              onChange={({ target }) =>
                target.valueAsNumber >= 1 && choose({ periods: { last: target.valueAsNumber } })
              }
            />
          </label>
        ) : (
          (["from", "to"] as const).map((end) => (
            <label key={end}>
              {end === "from" ? "From" : "To"}
              <select
                value={periods[end]}
                onChange={({ target }) => choose({ periods: { ...periods, [end]: target.value } })}
              >
                {[...new Set([periods[end], ...known])].sort().map((code) => (
                  <option key={code}>{code}</option>
                ))}
              </select>
            </label>
          ))
        )}
      </div>
      <label className="single">
        <input type="checkbox" checked={latest} onChange={({ target }) => choose({ latest: target.checked })} />
        <span>Where a measure is published less often, show its newest figure on each row</span>
      </label>
    </>
  );
}
