/** Asks what stands in the editor, so that every absent figure says why. */
import { Kind, parse } from "graphql";

import { type Answer, ask, type Exchange, type Question } from "../gateway";
import type { Session } from "../session";
import { columnAsWritten, marked, without } from "../table/markers";

/** Codes of a request that was refused for its text, before any department was asked. */
const REFUSED = new Set(["GRAPHQL_PARSE_FAILED", "GRAPHQL_VALIDATION_FAILED", "QUERY_TOO_COSTLY"]);

/** `asWritten`: the answer to the query as it was written, without the markers that were added. */
export type Answered = { exchange: Exchange; asWritten: Answer };

/** Asks with the markers of every figure, so that an absent value says why. */
export async function askWithMarkers(session: Session, body: Question): Promise<Answered> {
  const sent = marked(body.query);
  const operation = several(body.query) ? body.operationName : undefined;
  const asked = { session, question: { ...body, operationName: operation } };
  const answer = await ask(session, { ...body, operationName: operation, query: sent.text });
  if (sent.insertions.length === 0)
    return { exchange: { query: body.query, operation, answer, hidden: "", at: new Date(), asked }, asWritten: answer };
  if (answer.errors?.some(({ extensions }) => REFUSED.has(extensions?.code ?? ""))) {
    const plain = await ask(session, { ...body, operationName: operation });
    return { exchange: { query: body.query, operation, answer: plain, hidden: "", at: new Date(), asked }, asWritten: plain };
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
  return { exchange: { query: sent.text, operation, answer: located, hidden: sent.alias, at: new Date(), asked }, asWritten };
}

/** A name is needed only to choose: the editor's idea of it lags behind a query that has just been opened. */
function several(query: string): boolean {
  try {
    return parse(query).definitions.filter(({ kind }) => kind === Kind.OPERATION_DEFINITION).length > 1;
  } catch {
    return false; // the gateway says what is wrong with it
  }
}
