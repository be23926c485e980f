/** One column of a table as lines over time, or as bars. The table holds the same figures as text. */
import { useState } from "react";

import type { Table } from "../table/tables";
import { Bars } from "./Bars";
import { decimals } from "./cells";
import { LINES, Lines } from "./Lines";
import { BARS, bars, drawable, isOverTime, lines } from "./series";
import { headings, tableTitle } from "./words";

export function Chart({ table }: { table: Table }) {
  const figures = drawable(table);
  const columns = headings(table).filter(({ column }) => figures.includes(column));
  const [chosen, choose] = useState<string | null>(null);
  const shown = columns.find(({ column }) => column.name === chosen) ?? columns[0];
  if (!shown) return <p className="hint">{tableTitle(table)}: there are no figures to draw.</p>;
  const { column, heading } = shown;
  const title = heading.unit ? `${heading.title} (${heading.unit})` : heading.title;
  const places = decimals(column);
  const overTime = isOverTime(table) ? lines(table, column) : null;
  const all = overTime ? [] : bars(table, column);

  return (
    <figure className="chart">
      <h2>{tableTitle(table)}</h2>
      <label>
        Figure
        <select value={column.name} onChange={(event) => choose(event.target.value)}>
          {columns.map(({ column, heading }) => (
            <option key={column.name} value={column.name}>
              {heading.title}
            </option>
          ))}
        </select>
      </label>
      <figcaption>
        {overTime ? caption(title, LINES, overTime.length, "lines") : caption(title, BARS, all.length, "rows")}
      </figcaption>
      {overTime ? (
        <Lines all={overTime} places={places} title={title} />
      ) : (
        <Bars drawn={all.slice(0, BARS)} places={places} title={title} />
      )}
    </figure>
  );
}

const caption = (title: string, drawn: number, all: number, what: string): string =>
  drawn < all ? `${title}: the highest ${drawn} of ${all.toLocaleString("en-GB")} ${what}` : title;
