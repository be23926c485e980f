/** A file of an answer, as the gateway makes it: the question is asked again, in the form that is chosen. */
import type { Answer, Question } from "../gateway";
import { headers, type Session } from "../session";

/** Who asked what, as it was written. */
export type AskedAs = { session: Session; question: Question };

/** Forms by the names that the gateway has for them. */
export const FORMS: ReadonlyMap<string, string> = new Map([
  ["csv", "CSV"],
  ["xlsx", "Excel"],
  ["parquet", "Parquet"],
  ["arrow", "Arrow"],
  ["sdmx-csv", "SDMX-CSV"],
]);

/** A file and its name. Throws an Error that says why there is none. */
export async function take({ session, question }: AskedAs, form: string, list: string): Promise<[string, Blob]> {
  // A workbook holds every list.
  const parameters = new URLSearchParams({ format: form, ...(form === "xlsx" ? {} : { list }) });
  const response = await fetch(`/graphql?${parameters.toString()}`, {
    method: "POST",
    headers: { "Content-Type": "application/json", ...headers(session) },
    body: JSON.stringify(question),
  });
  if (!response.ok) {
    const { errors } = (await response.json()) as Answer;
    throw new Error(errors?.[0]?.message ?? `The gateway answered ${response.status}.`);
  }
  const name = /filename="([^"]+)"/.exec(response.headers.get("Content-Disposition") ?? "")?.[1];
  return [name ?? `${list}.${form}`, await response.blob()];
}
