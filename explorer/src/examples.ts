/** Questions to start from, as the gateway lists them. */

export type Example = { title: string; question: string; query: string; persona: string; purpose: string };

export async function loadExamples(): Promise<Example[]> {
  const response = await fetch("/examples.json");
  return response.ok ? ((await response.json()) as Example[]) : [];
}
