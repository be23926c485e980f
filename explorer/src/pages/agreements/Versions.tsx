/** Two versions beside one another: what differs, or all of it. */
import { useState } from "react";

import { to } from "../../address";
import { type Agreement, stateInWords, type Version } from "./agreement";
import { beside, type Named } from "./terms";

export function Versions({ one, named }: { one: Agreement; named: Named }) {
  const { id, version, versions } = one;
  const [left, setLeft] = useState(() => before(one));
  const [all, setAll] = useState(false);
  const other = versions.find((each) => each.version === left);
  if (!other)
    return (
      <>
        <h2>Its versions</h2>
        <p>There is one version.</p>
      </>
    );
  const lines = beside(other.content, one.content, named);
  const shown = lines.filter(({ same }) => all || !same);
  return (
    <>
      <h2>Its versions</h2>
      <ul className="several versions">
        {versions.map((each) => (
          <li key={each.version}>
            <a
              href={to(["agreement", id], { version: String(each.version) })}
              aria-current={each.version === version ? "true" : undefined}
            >
              {called(each)}
            </a>
          </li>
        ))}
      </ul>
      <p className="several">
        <label className="inline">
          Beside this one
          <select value={left} onChange={({ target }) => setLeft(Number(target.value))}>
            {versions
              .filter((each) => each.version !== version)
              .map((each) => (
                <option key={each.version} value={each.version}>
                  {called(each)}
                </option>
              ))}
          </select>
        </label>
        <label className="inline">
          <input type="checkbox" checked={all} onChange={({ target }) => setAll(target.checked)} />
          What is the same, too
        </label>
      </p>
      {shown.length === 0 ? (
        <p>Both say the same.</p>
      ) : (
        <div className="scrolling" tabIndex={0} role="region" aria-label="Versions side by side">
          <table className="plain-table side-by-side">
            <thead>
              <tr>
                <th scope="col">Term</th>
                <th scope="col">Version {left}</th>
                <th scope="col">Version {version}</th>
              </tr>
            </thead>
            <tbody>
              {shown.map(({ key, label, before: was, after, same }) => (
                <tr key={key} data-same={same}>
                  <th scope="row">{label}</th>
                  <td>{was ? same ? was : <del>{was}</del> : <span className="absent">Not said</span>}</td>
                  <td>{after ? same ? after : <ins>{after}</ins> : <span className="absent">Not said</span>}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </>
  );
}

const called = ({ version, status }: Version): string => `Version ${version}, ${stateInWords(status).toLowerCase()}`;

/** The version in force, or else the one before. */
function before({ version, versions }: Agreement): number {
  const others = versions.filter((each) => each.version !== version);
  const inForce = others.find(({ status }) => status === "ACTIVE");
  return (inForce ?? others.findLast((each) => each.version < version) ?? others[0])?.version ?? 0;
}
