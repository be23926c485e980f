/** What an agreement says, section by section. */
import type { Agreement } from "./agreement";
import { type Named, sections, type Term, terms } from "./terms";

export function TermsInWords({ one, named }: { one: Agreement; named: Named }) {
  const said = terms(one.content, named).map((term) =>
    term.key === "legal.gateways" && one.gateways.length > 0 ? { ...term, words: one.gateways.join("; ") } : term,
  );
  return (
    <>
      <TermSections terms={said} obligations={one.obligations} />
      <p className="hint">
        SHA-256 of this content, which is what is signed: <code>{one.contentHash}</code>
      </p>
    </>
  );
}

/** `obligations`: what its rules do to figures, in words, where that is told. */
export const TermSections = ({ terms: all, obligations = [] }: { terms: Term[]; obligations?: string[] }) =>
  sections(all).map(({ section, title, terms: held }) => (
    <section key={section} className="terms">
      <h3>{title}</h3>
      {section === "obligations" && obligations.length > 0 && (
        <ul>
          {obligations.map((words) => (
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
  ));
