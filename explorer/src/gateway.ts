/** The one way from this page to the gateway. */
import { Kind, parse } from "graphql";

import { headers, type Session } from "./session";
import type { Json } from "./table/columns";
import { columnAsWritten, marked, without } from "./table/markers";
import type { Step } from "./table/reasons";

export type Problem = {
  message: string;
  path?: Step[];
  locations?: { line: number; column: number }[];
  extensions?: { code?: string; owner?: string; coordinate?: string; remedy?: string; appliesTo?: Step[] };
};
/** What is no mistake but may surprise. */
export type Warning = { message: string; path?: Step[]; remedy?: string };
export type Answer = { data?: Json; errors?: Problem[]; extensions?: { warnings?: Warning[] } };
export type Question = { query: string; variables?: unknown; operationName?: string | null | undefined };

/** An answer with what was asked, `query` as it was sent. `hidden`: the alias under which markers were added to it. */
export type Exchange = { query: string; operation: string | null | undefined; answer: Answer; hidden: string };

/** Codes of a request that was refused for its text, before any department was asked. */
const REFUSED = new Set(["GRAPHQL_PARSE_FAILED", "GRAPHQL_VALIDATION_FAILED", "QUERY_TOO_COSTLY"]);

export async function ask(session: Session, body: Question): Promise<Answer> {
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

/** `asWritten`: the answer to the query as it was written, without the markers that were added. */
export type Answered = { exchange: Exchange; asWritten: Answer };

/** Asks with the markers of every figure, so that an absent value says why. */
export async function askWithMarkers(session: Session, body: Question): Promise<Answered> {
  const sent = marked(body.query);
  const operation = several(body.query) ? body.operationName : null;
  const answer = await ask(session, { ...body, query: sent.text });
  if (sent.insertions.length === 0)
    return { exchange: { query: body.query, operation, answer, hidden: "" }, asWritten: answer };
  if (answer.errors?.some(({ extensions }) => REFUSED.has(extensions?.code ?? ""))) {
    const plain = await ask(session, body);
    return { exchange: { query: body.query, operation, answer: plain, hidden: "" }, asWritten: plain };
  }
  const errors = answer.errors?.map((error) => ({
    ...error,
    ...(error.locations && {
      locations: error.locations.map(({ line, column }) => ({ line, column: columnAsWritten(sent, line, column) })),
    }),
  }));
  const located: Answer = { ...answer, ...(errors && { errors }) };
  const asWritten: Answer = {
    ...located,
    ...(answer.data !== undefined && { data: without(answer.data, sent.alias) ?? null }),
  };
  return { exchange: { query: sent.text, operation, answer: located, hidden: sent.alias }, asWritten };
}

/** A name is needed only to choose: the editor's idea of it lags behind a query that has just been opened. */
function several(query: string): boolean {
  try {
    return parse(query).definitions.filter(({ kind }) => kind === Kind.OPERATION_DEFINITION).length > 1;
  } catch {
    return false; // the gateway says what is wrong with it
  }
}
