/** The rows of a table, with its head in sight. Long tables draw the rows that can be seen, and a few around them. */
import { useVirtualizer } from "@tanstack/react-virtual";
import { memo, useContext, useRef } from "react";

import type { Column } from "../table/tables";
import type { Sort } from "./arrange";
import { inWords } from "./cells";
import { proposing } from "./proposing";
import type { Words } from "./schemaWords";
import { explained, type StateOf, TITLES } from "./states";
import { Answered } from "./TakeAway";

/** Up to so many rows are all drawn, so that the browser's own search finds each. */
const ALL = 500;
/** Pixels of a row in a long table: one line of text. */
const ROW = 32;
/** Pixels of a window in which names give way, so that figures are in sight: the whole name is told when pointed at. */
const NARROW = 480;

export type Shape = { column: Column; title: string; unit: string | null; numeric: boolean; places: number };
type Said = { words: Words; stateOf: StateOf };
type Props = Said & {
  title: string;
  shapes: Shape[];
  order: Uint32Array;
  sort: Sort | null;
  sortBy: (sort: Sort | null) => void;
};

export function Grid({ title, shapes, order, sort, sortBy, words, stateOf }: Props) {
  const scrolled = useRef<HTMLDivElement>(null);
  const asked = useContext(Answered);
  const propose = asked && proposing(asked.question, null);
  const long = order.length > ALL;
  const virtual = useVirtualizer({
    count: long ? order.length : 0,
    getScrollElement: () => scrolled.current,
    estimateSize: () => ROW,
    overscan: 10,
    scrollPaddingStart: 2 * ROW,
  });
  const drawn = virtual.getVirtualItems();
  const [first, last] = long ? [drawn[0]?.index ?? 0, (drawn.at(-1)?.index ?? -1) + 1] : [0, order.length];
  return (
    <div ref={scrolled} className="rows" tabIndex={0} role="region" aria-label={`Rows: ${title}`}>
      <table aria-label={title} aria-rowcount={order.length + 1} className={long ? "long" : undefined}>
        {long && (
          <colgroup>
            {shapes.map((shape) => (
              <col key={shape.column.name} style={{ width: `${width(shape, words)}ch` }} />
            ))}
          </colgroup>
        )}
        <thead>
          <tr aria-rowindex={1}>
            {shapes.map((shape) => (
              <Head key={shape.column.name} shape={shape} sort={sort} sortBy={sortBy} />
            ))}
          </tr>
        </thead>
        <tbody>
          <Space rows={first} />
          {Array.from(order.subarray(first, last), (row, at) => (
            <Row
              key={row}
              row={row}
              at={first + at}
              shapes={shapes}
              words={words}
              stateOf={stateOf}
              propose={propose}
            />
          ))}
          <Space rows={long ? order.length - last : 0} />
        </tbody>
      </table>
    </div>
  );
}

function Head({ shape, sort, sortBy }: { shape: Shape } & Pick<Props, "sort" | "sortBy">) {
  const { column, title, unit, numeric } = shape;
  const sorted = sort?.by === column.name ? (sort.down ? "descending" : "ascending") : undefined;
  // Figures are looked through from the largest down, words from A to Z; a third time brings back the order they came in.
  const next = () => {
    if (!sorted) return sortBy({ by: column.name, down: numeric });
    sortBy(sort?.down === numeric ? { by: column.name, down: !numeric } : null);
  };
  return (
    <th scope="col" aria-sort={sorted} className={numeric ? "number" : undefined}>
      <button type="button" onClick={next}>
        {title}
        {sorted && <span aria-hidden="true">{sorted === "ascending" ? " ▲" : " ▼"}</span>}
        {unit && <small>{unit}</small>}
      </button>
    </th>
  );
}

/** Room for rows that are not drawn. */
const Space = ({ rows }: { rows: number }) =>
  rows > 0 ? (
    <tr aria-hidden="true" className="space">
      <td style={{ height: rows * ROW }} />
    </tr>
  ) : null;

type RowProps = Said & { row: number; at: number; shapes: Shape[]; propose: string | null };

const Row = memo(function Row({ row, at, shapes, words, stateOf, propose }: RowProps) {
  return (
    <tr aria-rowindex={at + 2}>
      {shapes.map(({ column, numeric, places }) => {
        const [value, marks] = [column.values[row] ?? null, column.marks[row] ?? []];
        const state = stateOf(column, row);
        const said = typeof value === "string" ? words.code(column.field, value) : value;
        return (
          <td
            key={column.name}
            className={numeric ? "number" : undefined}
            data-state={state ?? undefined}
            title={
              state
                ? `${TITLES[state]}. ${explained(state, marks, words)}`
                : typeof said === "string"
                  ? said
                  : undefined
            }
          >
            {state === "refused" && propose ? (
              // By keyboard one comes there from the message above, and not from each of a thousand cells.
              <a className="absent" href={propose} tabIndex={-1}>
                {inWords(said, marks, places)}
              </a>
            ) : state && value === null ? (
              <span className="absent">{inWords(said, marks, places)}</span>
            ) : (
              inWords(said, marks, places)
            )}
          </td>
        );
      })}
    </tr>
  );
});

/** Letters that a column needs, by some of its cells. */
function width({ column, title, unit, numeric, places }: Shape, words: Words): number {
  const step = Math.max(1, Math.floor(column.values.length / 300));
  let most =
    Math.max(...title.split(" ").map((word) => word.length), Math.ceil(title.length / 2), unit?.length ?? 0) + 2;
  for (let row = 0; row < column.values.length; row += step) {
    const value = column.values[row] ?? null;
    const said = typeof value === "string" ? words.code(column.field, value) : value;
    most = Math.max(most, inWords(said, column.marks[row] ?? [], places).length);
  }
  return Math.min(most, numeric ? 34 : window.innerWidth < NARROW ? 14 : 34) + (numeric ? 3 : 2);
}
