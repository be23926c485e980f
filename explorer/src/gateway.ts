/** The one way from this page to the gateway. */
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
    body: JSON.stringify(body),
  });
  const text = await response.text();
  try {
    return JSON.parse(text) as Answer;
  } catch {
    return { errors: [{ message: `The gateway answered ${response.status} without JSON: ${text.slice(0, 200)}` }] };
  }
}
