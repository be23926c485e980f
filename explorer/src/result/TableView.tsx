/** One table of figures, to read here and to take away. */
import { useState } from "react";

import { csv, shown } from "./format";
import { SHORTHAND } from "./shorthand";
import type { Table } from "./tabulate";

/** Rows drawn on the page: what is taken away always has all. */
const DRAWN = 500;

export function TableView({ table }: { table: Table }) {
  const [told, tell] = useState("");
  const drawn = table.rows.slice(0, DRAWN);
  const markers = new Set(table.rows.flatMap((row) => [...row.values()].flatMap((cell) => cell.markers)));

  const copy = async () => {
    try {
      await navigator.clipboard.writeText(csv(table));
      tell("Copied");
    } catch {
      tell("The browser does not let this page copy: download the CSV instead.");
    }
    setTimeout(() => tell(""), 4000);
  };

  const download = () => {
    const address = URL.createObjectURL(new Blob([csv(table)], { type: "text/csv" }));
    const link = document.createElement("a");
    link.href = address;
    link.download = `${table.name.toLowerCase().replaceAll(" ", "-")}.csv`;
    link.click();
    URL.revokeObjectURL(address);
  };

  return (
    <div className="table">
      <div className="actions">
        <h2>{table.name}</h2>
        <span>{table.rows.length.toLocaleString("en-GB")} {table.rows.length === 1 ? "row" : "rows"}</span>
        <button type="button" onClick={() => void copy()}>
          Copy as CSV
        </button>
        <button type="button" onClick={download}>
          Download CSV
        </button>
        <span role="status">{told}</span>
      </div>
      <table aria-label={table.name}>
        <thead>
          <tr>
            {table.columns.map(({ key, title, unit, decimals }) => (
              <th key={key} scope="col" className={decimals === null ? undefined : "number"}>
                {title}
                {unit && <small>{unit}</small>}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {drawn.map((row, index) => (
            <tr key={index}>
              {table.columns.map((column) => (
                <td key={column.key} className={column.decimals === null ? undefined : "number"}>
                  {column.absent ? <span className="absent">{column.absent}</span> : shown(row, column)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {drawn.length < table.rows.length && (
        <p>The first {DRAWN} rows are shown. The CSV has all {table.rows.length.toLocaleString("en-GB")}.</p>
      )}
      {markers.size > 0 && (
        <dl className="shorthand">
          {[...markers].sort().map((each) => (
            <div key={each}>
              <dt>[{each}]</dt>
              <dd>{SHORTHAND[each] ?? "see the schema's Marker"}</dd>
            </div>
          ))}
        </dl>
      )}
    </div>
  );
}
