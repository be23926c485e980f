/** The query as it would be sent: it follows the choices, and they follow it. */
import { useState } from "react";

import { to } from "../../address";
import { ROOMY } from "./roomy";

type Props = { query: string; change: (query: string) => void; open: boolean };

export function Query({ query, change, open }: Props) {
  const [opened] = useState(open || ROOMY.matches);
  return (
    <details className="query" open={opened}>
      <summary>
        <strong>The query</strong> <span>in GraphQL</span>
      </summary>
      <label htmlFor="query-text" className="hint">
        What you write here is read back into the choices.
      </label>
      <textarea
        id="query-text"
        value={query}
        spellCheck={false}
        rows={Math.min(query.split("\n").length, 20)}
        onChange={({ target }) => change(target.value)}
      />
      <p>
        <a href={to(["graphiql"], { query })}>Open in GraphiQL</a>
      </p>
    </details>
  );
}
