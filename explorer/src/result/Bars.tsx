/** One bar for each row, the largest first. */
import { figure } from "./cells";
import type { Point } from "./series";

export function Bars({ drawn, places, title }: { drawn: Point[]; places: number; title: string }) {
  const high = Math.max(...drawn.map(({ value }) => value ?? 0), 0) || 1;
  return (
    <div className="bars" role="img" aria-label={title}>
      {drawn.map(({ label, value }, index) => (
        <div key={index}>
          <span>{label}</span>
          <svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
            <rect className="series-0" width={(Math.max(value ?? 0, 0) / high) * 100} height="10" />
          </svg>
          <span>{figure(value ?? 0, places)}</span>
        </div>
      ))}
    </div>
  );
}
