// Reads JSON lines and writes a line for each: {choice} -> {query, choice as it is read back}, {query} -> {choice},
// {first, latest, every} -> {periods}.
import { createInterface } from "node:readline";

const { choiceOf, periodsBetween, written } = await import(process.argv[2]);

for await (const line of createInterface({ input: process.stdin })) {
  const { choice, query, first, latest, every } = JSON.parse(line);
  let result;
  if (choice) result = { query: written(choice), choice: choiceOf(written(choice)) };
  else if (query) result = { choice: choiceOf(query) };
  else result = { periods: periodsBetween([{ first: { code: first }, latest: { code: latest } }], every) };
  process.stdout.write(`${JSON.stringify(result)}\n`);
}
