// Reads JSON lines {query, operation, answer, hidden} and writes, for each, its tables as the explorer makes them.
import { createInterface } from "node:readline";

const { csv, marked, columnAsWritten, tables, without } = await import(process.argv[2]);

for await (const line of createInterface({ input: process.stdin })) {
  const { query, operation, answer, hidden, written } = JSON.parse(line);
  const result = written
    ? { sent: marked(written), columns: Array.from({ length: 120 }, (_, at) => columnAsWritten(marked(written), 1, at + 1)) }
    : {
        tables: tables(query, operation, answer, hidden).map((table) => ({
          name: table.name,
          repeated: table.repeated,
          csv: csv(table),
        })),
        without: without(answer.data, hidden),
      };
  process.stdout.write(`${JSON.stringify(result)}\n`);
}
