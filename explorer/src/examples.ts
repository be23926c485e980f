/** Questions to start from, as the gateway lists them. */

/** `picture`: a field of a query's root that the public may ask, to be drawn, with its caption. */
export type Example = {
  title: string;
  question: string;
  query: string;
  persona: string;
  purpose: string;
  caption: string | null;
  picture: string | null;
};

export async function loadExamples(): Promise<Example[]> {
  const response = await fetch("/examples.json");
  return response.ok ? ((await response.json()) as Example[]) : [];
}
