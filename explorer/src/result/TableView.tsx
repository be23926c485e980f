/** One table of figures, to read here and to take away. */
import { useState } from "react";

import type { Warning } from "../gateway";
import { csv, isNumeric } from "../table/csv";
import type { Table } from "../table/tables";
import { decimals, inWords } from "./cells";
import { note } from "./notes";
import type { Words } from "./schemaWords";
import { headings, tableTitle } from "./words";

/** Rows drawn on the page: what is taken away always has all. */
const DRAWN = 500;

type Props = { table: Table; warnings: Warning[]; words: Words };

export function TableView({ table, warnings, words }: Props) {
  const [status, setStatus] = useState("");
  const drawn = Math.min(table.rows, DRAWN);
  const title = tableTitle(table);
  const columns = headings(table).map(({ column, heading }) => ({
    ...heading,
    column,
    places: decimals(column),
    kind: isNumeric(column) ? "number" : undefined,
    note: note(column, warnings),
  }));
  const notes = columns.filter(({ note }) => note !== null);
  const markers = new Set(table.columns.flatMap(({ cells }) => cells.flatMap(({ marks }) => marks)));
  const explained = [...markers].filter((marker) => words.marker(marker)).sort();

  const copy = async () => {
    try {
      await navigator.clipboard.writeText(csv(table));
      setStatus("Copied");
    } catch {
      setStatus("The browser does not let this page copy: download the CSV instead.");
    }
    setTimeout(() => setStatus(""), 4000);
  };

  const download = () => {
    const address = URL.createObjectURL(new Blob([csv(table)], { type: "text/csv" }));
    const link = document.createElement("a");
    link.href = address;
    link.download = `${table.name}.csv`;
    link.click();
    URL.revokeObjectURL(address);
  };

  return (
    <div className="table">
      <div className="actions">
        <h2>{title}</h2>
        <span>
          {table.rows.toLocaleString("en-GB")} {table.rows === 1 ? "row" : "rows"}
        </span>
        <button type="button" onClick={() => void copy()}>
          Copy as CSV
        </button>
        <button type="button" onClick={download}>
          Download CSV
        </button>
        <span role="status">{status}</span>
      </div>
      {notes.length > 0 && (
        <ul className="notes" aria-label={`Notes: ${title}`}>
          {notes.map(({ column, title, note }) => (
            <li key={column.name}>
              <strong>{title}: </strong>
              {note}
            </li>
          ))}
        </ul>
      )}
      <table aria-label={title}>
        <thead>
          <tr>
            {columns.map(({ column, title, unit, kind }) => (
              <th key={column.name} scope="col" className={kind}>
                {title}
                {unit && <small>{unit}</small>}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {Array.from({ length: drawn }, (_, row) => (
            <tr key={row}>
              {columns.map(({ column, kind, places }) => {
                const cell = column.cells[row] ?? { value: null, marks: [] };
                return (
                  <td key={column.name} className={kind}>
                    {cell.value === null && cell.marks.length > 0 ? (
                      <span className="absent">{inWords(cell, places)}</span>
                    ) : (
                      inWords(cell, places)
                    )}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
      {drawn < table.rows && (
        <p>
          The first {DRAWN} rows are shown. The CSV has all {table.rows.toLocaleString("en-GB")}.
        </p>
      )}
      {explained.length > 0 && (
        <dl className="shorthand">
          {explained.map((marker) => (
            <div key={marker}>
              <dt>[{marker}]</dt>
              <dd>{words.marker(marker)}</dd>
            </div>
          ))}
        </dl>
      )}
    </div>
  );
}
