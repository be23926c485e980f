/** The newest figure of a handful of open measures, with the two years before it where there are any. */
import { to } from "../../address";
import type { Problem } from "../../gateway";
import { decimalsOf, figure } from "../../result/cells";
import { Lines } from "../../result/Lines";
import { amount, short } from "../../words";

/** Open to everyone down to local authorities. */
export const FIGURES = [
  { name: "claimantCount", title: "Claimant count" },
  { name: "claimantRate", title: "Claimant rate" },
  { name: "peopleOnUniversalCredit", title: "People on Universal Credit" },
  { name: "payrolledEmployees", title: "Payrolled employees" },
  { name: "medianMonthlyPay", title: "Median monthly pay" },
  { name: "employmentRate", title: "Employment rate" },
  { name: "apprenticeshipStarts", title: "Apprenticeship starts" },
  { name: "jobs", title: "Jobs" },
] as const;

type Figure = { value: number | null; markers: string[]; unit: string; period: { label: string } };
export type Row = { period: { code: string; label: string } } & Record<(typeof FIGURES)[number]["name"], Figure | null>;

type Props = { place: { code: string; name: string }; rows: Row[]; problems: Problem[]; words: Map<string, string> };

export function AtAGlance({ place, rows, problems, words }: Props) {
  return (
    <ul className="glance">
      {FIGURES.map(({ name, title }) => {
        const said = rows.map((row) => row[name]);
        const newest = said.findLast((each) => typeof each?.value === "number");
        return (
          <li key={name}>
            <h3>
              <a href={to(["measure", name])}>{title}</a>
            </h3>
            {newest ? (
              <Newest figure={newest} title={`${title}, ${place.name}`} rows={rows} name={name} />
            ) : (
              <p className="absent">{why(said.at(-1), problems, name, words)}</p>
            )}
          </li>
        );
      })}
    </ul>
  );
}

type NewestProps = { figure: Figure; title: string; rows: Row[]; name: (typeof FIGURES)[number]["name"] };

function Newest({ figure: { value, unit, period }, title, rows, name }: NewestProps) {
  const points = rows.map((row) => ({ label: short(row.period.label), value: row[name]?.value ?? null }));
  // What is published less often is the same in many rows: its line would be stairs that mean nothing.
  const moves = new Set(rows.map((row) => row[name]?.period.label)).size > 8;
  const places = Math.max(...rows.map((row) => decimalsOf(row[name]?.value ?? 0)));
  const [number, of] = amount(figure(value ?? 0, places), unit);
  return (
    <>
      <p className="newest">
        <strong>{number}</strong> {of}
      </p>
      <p className="hint">{period.label}</p>
      {moves && <Lines all={[{ name: "", points }]} places={places} title={title} size={[340, 110]} />}
    </>
  );
}

/** Why there is no figure, in the words of the refusal or of the marker. */
function why(last: Figure | null | undefined, problems: Problem[], name: string, words: Map<string, string>): string {
  const refused = problems.find(({ path }) => path?.includes(name));
  if (refused) return "Not answered: see above.";
  const markers = (last?.markers ?? []).map((marker) => words.get(marker) ?? marker);
  return markers.join(" ") || "No figure.";
}
