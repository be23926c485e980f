/** Agreements by how much they are used: first those that nobody uses. */
import { to } from "../../address";
import { day } from "../../words";
import type { Arrangement } from "./demand";

export function Arrangements({ agreements }: { agreements: Arrangement[] }) {
  const unused = agreements.filter(({ inForce, operations }) => inForce && operations === 0);
  const used = agreements.filter(({ operations }) => operations > 0);
  return (
    <>
      <h3>In force, and nobody used them</h3>
      {unused.length === 0 ? (
        <p>There is none.</p>
      ) : (
        <ul aria-label="Agreements that nobody used">
          {unused.map(({ agreement }) => (
            <li key={agreement.id}>
              <Link agreement={agreement} />
            </li>
          ))}
        </ul>
      )}
      <h3>Used</h3>
      {used.length === 0 ? (
        <p>There is none.</p>
      ) : (
        <div className="scrolling" tabIndex={0} role="region" aria-label="Agreements that were used">
          <table className="plain-table">
            <thead>
              <tr>
                <th scope="col">Agreement</th>
                <th scope="col" className="number">
                  Questions
                </th>
                <th scope="col" className="number">
                  Figures
                </th>
                <th scope="col">Last used</th>
                <th scope="col">From refusal to proposal</th>
                <th scope="col">To the last signature</th>
                <th scope="col">To first use</th>
              </tr>
            </thead>
            <tbody>
              {used.map(({ agreement, operations, figures, lastUsed, daysToProposal, daysToSignature, daysToUse }) => (
                <tr key={agreement.id}>
                  <th scope="row">
                    <Link agreement={agreement} />
                  </th>
                  <td className="number">{operations.toLocaleString("en-GB")}</td>
                  <td className="number">{figures.toLocaleString("en-GB")}</td>
                  <td>{lastUsed ? day(lastUsed) : "–"}</td>
                  <td>{days(daysToProposal)}</td>
                  <td>{days(daysToSignature)}</td>
                  <td>{days(daysToUse)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </>
  );
}

const Link = ({ agreement: { id, version, title } }: Pick<Arrangement, "agreement">) => (
  <a href={to(["agreement", id], { version: String(version) })}>
    {id}, {title}
  </a>
);

function days(number: number | null): string {
  if (number === null) return "–";
  if (number < 1) return "under a day";
  return `${Math.round(number)} ${Math.round(number) === 1 ? "day" : "days"}`;
}
