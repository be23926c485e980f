/** One table of figures, to look through here and to take away. */
import { useMemo, useState } from "react";

import type { Warning } from "../gateway";
import { csv, isNumeric } from "../table/csv";
import type { Column, Table } from "../table/tables";
import { short } from "../words";
import { arranged } from "./arrange";
import type { Catalogued } from "./catalogued";
import { decimals } from "./cells";
import { Columns } from "./Columns";
import { Grid, type Shape } from "./Grid";
import { headings, tableTitle } from "./headings";
import { Legend } from "./Legend";
import { note } from "./notes";
import { compared, pivoted } from "./pivot";
import type { Words } from "./schemaWords";
import { drawable, isOverTime } from "./shape";
import { useShown } from "./shown";
import { states } from "./states";
import { TakeAway } from "./TakeAway";

type Props = { table: Table; warnings: Warning[]; words: Words; catalogue: Catalogued };

export function TableView({ table, warnings, words, catalogue }: Props) {
  const [status, setStatus] = useState("");
  const [{ only, sort, hidden, across }, show] = useShown();
  const title = tableTitle(table);
  const heads = useMemo(() => headings(table, catalogue), [table, catalogue]);
  const figures = useMemo(() => (isOverTime(table) ? drawable(table) : []), [table]);
  const arrangement = useMemo(() => arrange(table, heads, figures, across), [table, heads, figures, across]);
  const { shown, shapes } = arrangement;
  const unseen = hidden ?? codes(shown);
  const seen = shapes.filter(({ column }) => !unseen.includes(column.name));
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
          <input type="search" value={only} maxLength={120} onChange={({ target }) => show({ only: target.value })} />
        </label>
        {figures.length > 0 && (
          <label>
            Periods
            <select value={arrangement.across} onChange={({ target }) => show({ across: target.value, sort: null })}>
              <option value="">down</option>
              <option value={ALL}>newest, and change since the first</option>
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
        <Columns shapes={shapes} hidden={unseen} hide={(names) => show({ hidden: names })} />
        <button type="button" onClick={() => void copy()}>
          Copy as CSV
        </button>
        <TakeAway list={table.name} title={title} say={setStatus} />
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

/** In the address, in place of the name of a figure: all of them. */
const ALL = "all";

type Head = ReturnType<typeof headings>[number];

/** The table as it is to be seen: as it is, or with the periods of one figure across, or all first and newest figures. */
function arrange(table: Table, heads: Head[], figures: Column[], across: string) {
  const drawn = heads.filter(({ column }) => figures.includes(column));
  if (across === ALL && drawn.length > 0) {
    const { table: shown, titles } = compared(
      table,
      drawn.map(({ column, heading }) => ({ column, title: heading.title })),
    );
    return { shown, across, shapes: shaped(shown, heads, ({ name }) => titles.get(name)) };
  }
  const spread = figures.find(({ name }) => name === across);
  const shown = spread ? pivoted(table, spread) : table;
  const own = ({ figure, path }: Column) => (spread && figure ? short(path.at(-1) ?? "") : undefined);
  return { shown, across: spread?.name ?? "", shapes: shaped(shown, heads, own) };
}

/** `own`: the title of a column that is not in the table as it came. */
function shaped({ columns }: Table, heads: Head[], own: (column: Column) => string | undefined): Shape[] {
  return columns.flatMap((column) => {
    const title = own(column);
    const heading = heads.find((each) => each.column.name === column.name)?.heading;
    if (!title && !heading) return [];
    const numeric = isNumeric(column);
    return [
      {
        column,
        title: title ?? heading?.title ?? "",
        unit: title ? null : (heading?.unit ?? null),
        numeric,
        places: decimals(column),
      },
    ];
  });
}

/** Codes whose names stand beside them say nothing more to a reader. */
function codes({ columns }: Table): string[] {
  const names = new Set(columns.map(({ name }) => name));
  return columns
    .map(({ name }) => name)
    .filter((name) => /(^|\.)code$/.test(name) && NAMED.some((last) => names.has(name.replace(/code$/, last))));
}

const NAMED = ["name", "label"];

const counted = (shown: number, all: number): string => {
  const rows = `${all.toLocaleString("en-GB")} ${all === 1 ? "row" : "rows"}`;
  return shown === all ? rows : `${shown.toLocaleString("en-GB")} of ${rows}`;
};
