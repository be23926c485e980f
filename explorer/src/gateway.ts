/** The one way from this page to the gateway. */
import { Kind, parse } from "graphql";

import { headers, type Session } from "./session";

export type GraphQLProblem = {
  message: string;
  path?: (string | number)[];
  extensions?: { code?: string; owner?: string; coordinate?: string; remedy?: string };
};

export type Answer = { data?: unknown; errors?: GraphQLProblem[] };

export async function ask(
  session: Session,
  body: { query: string; variables?: unknown; operationName?: string | null },
): Promise<Answer> {
  const response = await fetch("/graphql", {
    method: "POST",
    headers: {
      "Content-Type": "application/json",
      Accept: "application/graphql-response+json, application/json;q=0.9",
      ...headers(session),
    },
    body: JSON.stringify({ ...body, operationName: several(body.query) ? body.operationName : undefined }),
  });
  const text = await response.text();
  try {
    return JSON.parse(text) as Answer;
  } catch {
    return { errors: [{ message: `The gateway answered ${response.status} without JSON: ${text.slice(0, 200)}` }] };
  }
}

/** A name is needed only to choose: the editor's idea of it lags behind a query that has just been opened. */
function several(query: string): boolean {
  try {
    return parse(query).definitions.filter(({ kind }) => kind === Kind.OPERATION_DEFINITION).length > 1;
  } catch {
    return false; // the gateway says what is wrong with it
  }
}
