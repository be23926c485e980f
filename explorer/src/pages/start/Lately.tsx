/** The newest figures, by the catalogue. */
import { to } from "../../address";

export type Newest = { name: string; title: string; latest: { label: string; end: string } | null };

const SHOWN = 8;

export function Lately({ measures, busy }: { measures: Newest[] | null; busy: boolean }) {
  const dated = (measures ?? [])
    .filter(({ latest }) => latest)
    .sort((one, other) => (other.latest?.end ?? "").localeCompare(one.latest?.end ?? ""));
  return (
    <section aria-labelledby="lately">
      <h2 id="lately">The newest figures</h2>
      {dated.length === 0 && <p className="hint">{busy ? "Asking the departments …" : "No department has said yet."}</p>}
      <ul className="lately">
        {dated.slice(0, SHOWN).map(({ name, title, latest }) => (
          <li key={name}>
            <a href={to(["measure", name])}>{title}</a> <span>up to {latest?.label}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}
