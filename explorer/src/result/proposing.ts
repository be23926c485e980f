/** The way from something that is refused to the draft of an agreement that would allow it. */
import { to } from "../address";
import type { Question } from "../gateway";

export const proposing = ({ query, variables }: Question, owner: string | null): string =>
  to(["propose"], { query, variables: spelt(variables), owner });

const spelt = (variables: unknown): string | null => {
  const text = typeof variables === "object" && variables !== null ? JSON.stringify(variables) : "{}";
  return text === "{}" ? null : text;
};
