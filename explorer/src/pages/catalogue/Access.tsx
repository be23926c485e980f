/** Whether one may read a measure: how fine, on which ground, until when; or why not. */
import { day, inSmallLetters, levelInWords, openInWords } from "../../words";

export type Readable = {
  coordinate: string;
  finest: string;
  facets: string[];
  basis: string;
  agreement: { id: string; title: string; notAfter: string | null } | null;
};
export type Refusal = { reason: string; remedy: string };

type Props = { readable: Readable[]; refusal: Refusal | null; openTo: string; organisation: string | null; propose: string };

export function Access({ readable, refusal, openTo, organisation, propose }: Props) {
  return (
    <div className="access">
      <p>
        {organisation ? `You ask for ${organisation}. ` : "You ask as a member of the public. "}
        Open to everyone: {openInWords(openTo)}.
      </p>
      {readable.length > 0 && (
        <div className="scrolling" tabIndex={0} role="region" aria-label="What you may read">
          <table>
            <thead>
              <tr>
                <th scope="col">Down to</th>
                <th scope="col">By</th>
                <th scope="col">Because</th>
              </tr>
            </thead>
            <tbody>
              {readable.map(({ finest, facets, basis, agreement }) => (
                <tr key={facets.join()}>
                  <td>{levelInWords(finest)}</td>
                  <td>{facets.map(inSmallLetters).join(" and ") || "no facets"}</td>
                  <td>{agreement ? underAgreement(agreement) : basis === "OWN" ? "it is your own" : "it is open"}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {refusal && (
        <p className="refused">
          <strong>Refused: </strong>
          {refusal.reason} <span>{refusal.remedy}</span> <a href={propose}>Propose an agreement</a>
        </p>
      )}
    </div>
  );
}

const underAgreement = ({ id, title, notAfter }: NonNullable<Readable["agreement"]>): string =>
  `${id}, ${title}${notAfter ? `, until ${day(notAfter)}` : ""}`;
