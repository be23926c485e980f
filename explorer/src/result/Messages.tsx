/** What the gateway said besides the figures: which fields are missing, why, and what can be done. */
import type { GraphQLProblem } from "../gateway";

export function Messages({ problems }: { problems: GraphQLProblem[] }) {
  if (problems.length === 0) return null;
  return (
    <ul className="messages" aria-label="Messages">
      {problems.map((each, index) => (
        <li key={index}>
          {each.extensions?.coordinate && <strong>{each.extensions.coordinate.replace("LabourMarket.", "")}: </strong>}
          {each.message} {each.extensions?.remedy && <span>{each.extensions.remedy}</span>}
        </li>
      ))}
    </ul>
  );
}
