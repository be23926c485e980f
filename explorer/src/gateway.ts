/** The one way from this page to the gateway. */
import { headers, type Session } from "./session";
import type { Json } from "./table/columns";
import type { Step } from "./table/reasons";

export type Problem = {
  message: string;
  path?: Step[];
  locations?: { line: number; column: number }[];
  extensions?: { code?: string; owner?: string; coordinate?: string; remedy?: string; terms?: object; appliesTo?: Step[] };
};
/** What is no mistake but may surprise. */
export type Warning = { message: string; path?: Step[]; remedy?: string };
export type Answer = { data?: Json; errors?: Problem[]; extensions?: { warnings?: Warning[]; workbench?: string; receipt?: { path: string } } };
export type Question = { query: string; variables?: unknown; operationName?: string | null | undefined };

/**
 * An answer with what was asked, `query` as it was sent, and when it came. `hidden`: the alias under which markers were
 * added to it. `asked`: by whom, and as it was written.
 */
export type Exchange = {
  query: string;
  operation: string | null | undefined;
  answer: Answer;
  hidden: string;
  at: Date;
  asked: { session: Session; question: Question };
};

export async function ask(session: Session, body: Question, signal?: AbortSignal): Promise<Answer> {
  const response = await fetch("/graphql", {
    method: "POST",
    signal: signal ?? null,
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
