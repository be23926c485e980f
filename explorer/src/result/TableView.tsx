/** One table of figures, to look through here and to take away. */
import { useMemo, useState } from "react";

import type { Warning } from "../gateway";
import { csv, isNumeric } from "../table/csv";
import type { Table } from "../table/tables";
import { short } from "../words";
import { arranged } from "./arrange";
import type { Catalogued } from "./catalogued";
import { decimals } from "./cells";
import { Columns } from "./Columns";
import { Grid, type Shape } from "./Grid";
import { headings, tableTitle } from "./headings";
import { Legend } from "./Legend";
import { note } from "./notes";
import { pivoted } from "./pivot";
import { saved } from "./save";
import type { Words } from "./schemaWords";
import { drawable, isOverTime } from "./shape";
import { useShown } from "./shown";
import { states } from "./states";

type Props = { table: Table; warnings: Warning[]; words: Words; catalogue: Catalogued };

export function TableView({ table, warnings, words, catalogue }: Props) {
  const [status, setStatus] = useState("");
  const [{ only, sort, hidden, across }, show] = useShown();
  const title = tableTitle(table);
  const heads = useMemo(() => headings(table), [table]);
  const figures = useMemo(() => (isOverTime(table) ? drawable(table) : []), [table]);
  const spread = figures.find(({ name }) => name === across);
  const shown = useMemo(() => (spread ? pivoted(table, spread) : table), [table, spread]);
  const shapes = useMemo(() => shaped(shown, spread !== undefined), [shown, spread]);
  const seen = shapes.filter(({ column }) => !hidden.includes(column.name));
  const order = useMemo(
    () => arranged(shown, only, sort, (column, value) => words.code(column.field, String(value))),
    [shown, only, sort?.by, sort?.down, words],
  );
  const stateOf = useMemo(() => states(shown, catalogue), [shown, catalogue]);
  const notes = useMemo(
    () => heads.flatMap(({ column, heading }) => ({ column, heading, said: note(column, warnings) })),
    [heads, warnings],
  ).filter(({ said }) => said !== null);

  const copy = async () => {
    try {
      await navigator.clipboard.writeText(csv(table));
      setStatus("Copied");
    } catch {
      setStatus("The browser does not let this page copy: download the CSV instead.");
    }
    setTimeout(() => setStatus(""), 4000);
  };

  return (
    <div className="table">
      <div className="actions">
        <h2>{title}</h2>
        <span>{counted(order.length, shown.rows)}</span>
        <label>
          Rows with
          <input
            type="search"
            value={only}
            maxLength={120}
            onChange={({ target }) => show({ only: target.value })}
          />
        </label>
        {figures.length > 0 && (
          <label>
            Periods
            <select value={spread?.name ?? ""} onChange={({ target }) => show({ across: target.value, sort: null })}>
              <option value="">down</option>
              {heads
                .filter(({ column }) => figures.includes(column))
                .map(({ column, heading }) => (
                  <option key={column.name} value={column.name}>
                    across: {heading.title}
                  </option>
                ))}
            </select>
          </label>
        )}
        <Columns shapes={shapes} hidden={hidden} hide={(names) => show({ hidden: names })} />
        <button type="button" onClick={() => void copy()}>
          Copy as CSV
        </button>
        <button type="button" onClick={() => saved(`${table.name}.csv`, new Blob([csv(table)], { type: "text/csv" }))}>
          Download CSV
        </button>
        <span role="status">{status}</span>
      </div>
      {notes.length > 0 && (
        <ul className="notes" aria-label={`Notes: ${title}`}>
          {notes.map(({ column, heading, said }) => (
            <li key={column.name}>
              <strong>{heading.title}: </strong>
              {said}
            </li>
          ))}
        </ul>
      )}
      <Grid
        title={title}
        shapes={seen}
        order={order}
        sort={sort}
        sortBy={(next) => show({ sort: next })}
        words={words}
        stateOf={stateOf}
      />
      <Legend table={shown} stateOf={stateOf} words={words} />
    </div>
  );
}

function shaped(table: Table, spread: boolean): Shape[] {
  const heads = spread
    ? table.columns.map((column) => ({
        column,
        heading: column.figure
          ? { title: short(column.path.at(-1) ?? ""), unit: null }
          : (headings({ ...table, columns: [column] })[0]?.heading ?? { title: column.name, unit: null }),
      }))
    : headings(table);
  return heads.map(({ column, heading }) => ({
    column,
    ...heading,
    numeric: isNumeric(column),
    places: decimals(column),
  }));
}

const counted = (shown: number, all: number): string => {
  const rows = `${all.toLocaleString("en-GB")} ${all === 1 ? "row" : "rows"}`;
  return shown === all ? rows : `${shown.toLocaleString("en-GB")} of ${rows}`;
};
