/** What an agreement says, section by section. */
import type { Agreement } from "./agreement";
import { type Named, ownTitle, sections, terms } from "./terms";

export function TermsInWords({ one, named }: { one: Agreement; named: Named }) {
  const said = terms(one.content, named).map((term) =>
    term.key === "legal.gateways" && one.gateways.length > 0 ? { ...term, words: one.gateways.join("; ") } : term,
  );
  return (
    <>
      {sections(said).map(({ section, terms: held }) => (
        <section key={section} className="terms">
          <h3>{ownTitle(section)}</h3>
          {section === "obligations" && one.obligations.length > 0 && (
            <ul>
              {one.obligations.map((words) => (
                <li key={words}>{words}</li>
              ))}
            </ul>
          )}
          <dl className="facts">
            {held.map(({ key, label, words }) => (
              <div key={key}>
                <dt>{label}</dt>
                <dd>{words}</dd>
              </div>
            ))}
          </dl>
        </section>
      ))}
      <p className="hint">
        SHA-256 of this content, which is what is signed: <code>{one.contentHash}</code>
      </p>
    </>
  );
}
