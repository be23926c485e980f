/** One column of a table as lines over time, or as bars. The table holds the same figures as text. */
import { useState } from "react";

import type { Table } from "../table/tables";
import { decimals, figure } from "./cells";
import { BARS, bars, drawable, isOverTime, LINES, lines, type Point, type Series } from "./series";
import { headings, tableTitle } from "./words";

const COLOURS = ["#1a65a6", "#b04a00", "#00703c", "#4c2c92", "#a8204e", "#505a5f"];
const brief = new Intl.NumberFormat("en-GB", { notation: "compact", maximumFractionDigits: 1 });

export function Chart({ table }: { table: Table }) {
  const figures = drawable(table);
  const columns = headings(table).filter(({ column }) => figures.includes(column));
  const [chosen, choose] = useState<string | null>(null);
  const drawn = columns.find(({ column }) => column.name === chosen) ?? columns[0];
  if (!drawn) return <p className="hint">{tableTitle(table)}: there are no figures to draw.</p>;
  const { column, heading } = drawn;
  const title = heading.unit ? `${heading.title} (${heading.unit})` : heading.title;
  const places = decimals(column);

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
      {isOverTime(table) ? (
        <Lines all={lines(table, column)} places={places} title={title} />
      ) : (
        <Bars all={bars(table, column)} places={places} title={title} />
      )}
    </figure>
  );
}

const WIDTH = 720;
const HEIGHT = 320;
const LEFT = 56;
const BOTTOM = 28;

function Lines({ all, places, title }: { all: Series[]; places: number; title: string }) {
  const drawn = all.slice(0, LINES);
  const labels = drawn[0]?.points.map(({ label }) => label) ?? [];
  const steps = ticks(drawn.flatMap(({ points }) => points.map(({ value }) => value ?? 0)));
  const [low, high] = [steps[0] ?? 0, steps.at(-1) ?? 1];
  const x = (index: number) => LEFT + (index * (WIDTH - LEFT - 12)) / Math.max(labels.length - 1, 1);
  const y = (value: number) => HEIGHT - BOTTOM - ((value - low) / (high - low || 1)) * (HEIGHT - BOTTOM - 12);
  const every = Math.ceil(labels.length / 8);

  return (
    <>
      <figcaption>{caption(title, drawn.length, all.length, "lines")}</figcaption>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={`${title} over time`}>
        {steps.map((step) => (
          <g key={step}>
            <line className="grid" x1={LEFT} x2={WIDTH} y1={y(step)} y2={y(step)} />
            <text x={LEFT - 8} y={y(step) + 4} textAnchor="end">
              {brief.format(step)}
            </text>
          </g>
        ))}
        {labels.map(
          (label, index) =>
            index % every === 0 && (
              <text key={label} x={x(index)} y={HEIGHT - 8} textAnchor={index === 0 ? "start" : index === labels.length - 1 ? "end" : "middle"}>
                {label}
              </text>
            ),
        )}
        {drawn.map(({ name, points }, index) => (
          <path key={name} className="line" d={path(points, x, y)} stroke={COLOURS[index]} />
        ))}
        {drawn.flatMap(({ name, points }, index) =>
          points.map(
            ({ label, value }, at) =>
              value !== null && (
                <circle
                  key={`${name} ${label}`}
                  cx={x(at)}
                  cy={y(value)}
                  r={points.length > 24 ? 2 : 3}
                  fill={COLOURS[index]}
                >
                  <title>{`${name ? `${name}, ` : ""}${label}: ${figure(value, places)}`}</title>
                </circle>
              ),
          ),
        )}
      </svg>
      {all.length > 1 && (
        <ul className="legend">
          {drawn.map(({ name }, index) => (
            <li key={name}>
              <svg viewBox="0 0 16 4" aria-hidden="true">
                <line x1="0" x2="16" y1="2" y2="2" stroke={COLOURS[index]} strokeWidth="4" />
              </svg>
              {name}
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

/** A gap in the figures is a gap in the line. */
function path(points: Point[], x: (index: number) => number, y: (value: number) => number): string {
  let pen = "M";
  return points
    .map(({ value }, index) => {
      if (value === null) {
        pen = "M";
        return "";
      }
      const step = `${pen}${x(index).toFixed(1)} ${y(value).toFixed(1)}`;
      pen = "L";
      return step;
    })
    .join("");
}

function Bars({ all, places, title }: { all: Point[]; places: number; title: string }) {
  const drawn = all.slice(0, BARS);
  const high = Math.max(...drawn.map(({ value }) => value ?? 0), 0) || 1;
  return (
    <>
      <figcaption>{caption(title, drawn.length, all.length, "rows")}</figcaption>
      <div className="bars" role="img" aria-label={title}>
        {drawn.map(({ label, value }, index) => (
          <div key={index}>
            <span>{label}</span>
            <svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
              <rect width={(Math.max(value ?? 0, 0) / high) * 100} height="10" fill={COLOURS[0]} />
            </svg>
            <span>{figure(value ?? 0, places)}</span>
          </div>
        ))}
      </div>
    </>
  );
}

const caption = (title: string, drawn: number, all: number, what: string): string =>
  drawn < all ? `${title}: the highest ${drawn} of ${all.toLocaleString("en-GB")} ${what}` : title;

/** Round steps from zero that hold every value. */
function ticks(values: number[]): number[] {
  const [low, high] = [Math.min(0, ...values), Math.max(0, ...values)];
  const rough = (high - low || 1) / 4;
  const unit = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((each) => each * unit).find((each) => each >= rough) ?? rough;
  const first = Math.floor(low / step);
  const count = Math.ceil(high / step) - first;
  return Array.from({ length: count + 1 }, (_, index) => (first + index) * step);
}
