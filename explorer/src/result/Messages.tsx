/** What the gateway said besides the figures: which fields are missing, why, what may surprise, what can be done. */
import type { Problem, Warning } from "../gateway";

/** `propose`: the address of a draft of what would allow it, by the owner that refuses. */
type Props = { problems: Problem[]; warnings: Warning[]; propose?: ((owner: string) => string) | undefined };

export function Messages({ problems, warnings, propose }: Props) {
  if (problems.length + warnings.length === 0) return null;
  return (
    <ul className="messages" aria-label="Messages">
      {problems.map(({ message, locations, extensions }, index) => (
        <li key={index}>
          {extensions?.coordinate && <strong>{extensions.coordinate.replace("LabourMarket.", "")}: </strong>}
          {!extensions?.coordinate && locations?.[0] && (
            <strong>
              Line {locations[0].line}, column {locations[0].column}:{" "}
            </strong>
          )}
          {message} {extensions?.remedy && <span>{extensions.remedy}</span>}
          {propose && extensions?.terms && extensions.owner && (
            <>
              {" "}
              <a href={propose(extensions.owner)}>Propose an agreement</a>
            </>
          )}
        </li>
      ))}
      {warnings.map(({ message, path, remedy }, index) => (
        <li key={`warning ${index}`} className="warning">
          {path && <strong>{said(path)}: </strong>}
          {message} {remedy && <span>{remedy}</span>}
        </li>
      ))}
    </ul>
  );
}

/** A response path without its indices, and without the lists that every figure stands in. */
const said = (path: (string | number)[]): string =>
  path.filter((step) => typeof step === "string" && !["*", "labourMarket", "nodes"].includes(step)).join(".");
