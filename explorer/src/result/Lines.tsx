/** Lines over time. */
import { figure } from "./cells";
import type { Point, Series } from "./series";

const brief = new Intl.NumberFormat("en-GB", { notation: "compact", maximumFractionDigits: 1 });
const BOTTOM = 28;
/** At most so many lines can be told apart. */
export const LINES = 6;

/** `size`: width and height in units of the text's own, so that a small picture keeps its letters legible. */
type Props = { all: Series[]; places: number; title: string; size?: [number, number] };

export function Lines({ all, places, title, size = [720, 320] }: Props) {
  const [width, height] = size;
  const small = width < 500;
  const left = small ? 44 : 56;
  const drawn = all.slice(0, LINES);
  const labels = drawn[0]?.points.map(({ label }) => label) ?? [];
  const steps = ticks(
    drawn.flatMap(({ points }) => points.map(({ value }) => value ?? 0)),
    small ? 2 : 4,
  );
  const [low, high] = [steps[0] ?? 0, steps.at(-1) ?? 1];
  const x = (index: number) => left + (index * (width - left - 12)) / Math.max(labels.length - 1, 1);
  const y = (value: number) => height - BOTTOM - ((value - low) / (high - low || 1)) * (height - BOTTOM - 12);
  const every = small ? Math.max(labels.length - 1, 1) : Math.ceil(labels.length / 8);

  return (
    <>
      <svg viewBox={`0 0 ${width} ${height}`} role="img" aria-label={`${title} over time`}>
        {steps.map((step) => (
          <g key={step}>
            <line className="grid" x1={left} x2={width} y1={y(step)} y2={y(step)} />
            <text x={left - 8} y={y(step) + 4} textAnchor="end">
              {brief.format(step)}
            </text>
          </g>
        ))}
        {labels.map(
          (label, index) =>
            index % every === 0 && (
              <text key={label} x={x(index)} y={height - 8} textAnchor={anchor(index, labels.length)}>
                {label}
              </text>
            ),
        )}
        {drawn.map(({ name, points }, index) => (
          <path key={name} className={`line series-${index}`} d={path(points, x, y)} />
        ))}
        {drawn.flatMap(({ name, points }, index) =>
          points.map(
            ({ label, value }, at) =>
              value !== null && (
                <circle
                  key={`${name} ${label}`}
                  className={`series-${index}`}
                  cx={x(at)}
                  cy={y(value)}
                  r={points.length > 24 || small ? 2 : 3}
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
                <line className={`line series-${index}`} x1="0" x2="16" y1="2" y2="2" />
              </svg>
              {name}
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

const anchor = (index: number, count: number): "start" | "middle" | "end" =>
  index === 0 ? "start" : index === count - 1 ? "end" : "middle";

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

/** Round steps from zero that hold every value. */
function ticks(values: number[], most: number): number[] {
  const [low, high] = [Math.min(0, ...values), Math.max(0, ...values)];
  const rough = (high - low || 1) / most;
  const unit = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((each) => each * unit).find((each) => each >= rough) ?? rough;
  const first = Math.floor(low / step);
  const count = Math.ceil(high / step) - first;
  return Array.from({ length: count + 1 }, (_, index) => (first + index) * step);
}
