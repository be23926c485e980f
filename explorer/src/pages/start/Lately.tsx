/** Up to when there are figures, the newest first, by the catalogue. */
import { to } from "../../address";

export type Newest = { name: string; title: string; latest: { label: string; end: string } | null };

const PERIODS = 5;

export function Lately({ measures, busy }: { measures: Newest[] | null; busy: boolean }) {
  const dated = (measures ?? [])
    .filter(({ latest }) => latest)
    .sort((one, other) => (other.latest?.end ?? "").localeCompare(one.latest?.end ?? ""));
  const periods = [...new Set(dated.map(({ latest }) => latest?.label))].slice(0, PERIODS);
  return (
    <section aria-labelledby="lately">
      <h2 id="lately">The newest figures</h2>
      {dated.length === 0 && <p className="hint">{busy ? "Asking the departments …" : "No department has said yet."}</p>}
      <dl className="facts">
        {periods.map((period) => (
          <div key={period}>
            <dt>{period}</dt>
            <dd className="several">
              {dated
                .filter(({ latest }) => latest?.label === period)
                .map(({ name, title }) => (
                  <a key={name} href={to(["measure", name])}>
                    {title}
                  </a>
                ))}
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
