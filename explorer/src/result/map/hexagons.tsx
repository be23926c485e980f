/** Hexagons with a corner at the top, and how those without a figure are filled. */
import type { Colours } from "../chart/colours";
import type { State } from "../states";
import { TILES, type Tile } from "./tiles";

/** Pixels from the centre of a tile to its corners. */
const RADIUS = 11;
const ACROSS = Math.sqrt(3) * RADIUS;
const DOWN = 1.5 * RADIUS;

export const centre = ({ column, row }: Tile): [number, number] => [
  (column + (row % 2 ? 0.5 : 0) + 0.6) * ACROSS,
  row * DOWN + RADIUS + 2,
];

export const SIZE: [number, number] = [
  Math.ceil(Math.max(...TILES.map((tile) => centre(tile)[0])) + ACROSS * 0.6),
  Math.ceil(Math.max(...TILES.map((tile) => centre(tile)[1])) + RADIUS + 2),
];

export function hexagon(tile: Tile): string {
  const [x, y] = centre(tile);
  const corners = Array.from({ length: 6 }, (_, at) => {
    const angle = (Math.PI / 3) * at + Math.PI / 6;
    return `${(x + RADIUS * Math.cos(angle)).toFixed(1)} ${(y + RADIUS * Math.sin(angle)).toFixed(1)}`;
  });
  return `M${corners.join("L")}Z`;
}

const KEYS: Record<string, [number, number]> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/** The nearest tile in the direction of an arrow key; the first for any of them; null for other keys. */
export function beside(from: Tile | null, key: string): Tile | null {
  const way = KEYS[key];
  if (!way) return null;
  if (!from) return TILES[0] ?? null;
  const [x, y] = centre(from);
  let [best, least] = [from, Number.POSITIVE_INFINITY];
  for (const tile of TILES) {
    const [dx, dy] = [centre(tile)[0] - x, centre(tile)[1] - y];
    const [along, aside] = [dx * way[0] + dy * way[1], Math.abs(dx * way[1]) + Math.abs(dy * way[0])];
    // Ahead, and rather ahead than aside.
    if (along > 1 && along + 2 * aside < least) [best, least] = [tile, along + 2 * aside];
  }
  return best;
}

export const patternOf = (state: State | null, { grid }: Colours): string => (state ? `url(#is-${state})` : grid);

/** Each reason for which there is no figure looks different, also without colours. */
export const Hatching = ({ colours: { ink, quiet, grid, paper, warn } }: { colours: Colours }) => (
  <defs>
    <pattern id="is-suppressed" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
      <rect width="5" height="5" fill={paper} />
      <rect width="2" height="5" fill={quiet} />
    </pattern>
    <pattern id="is-refused" width="7" height="7" patternUnits="userSpaceOnUse">
      <rect width="7" height="7" fill={paper} />
      <path d="M0 0L7 7M7 0L0 7" stroke={warn} strokeWidth="1.4" />
    </pattern>
    <pattern id="is-failed" width="6" height="6" patternUnits="userSpaceOnUse">
      <rect width="6" height="6" fill={warn} />
      <circle cx="3" cy="3" r="1.3" fill={paper} />
    </pattern>
    <pattern id="is-unpublished" width="6" height="6" patternUnits="userSpaceOnUse">
      <rect width="6" height="6" fill={paper} />
      <circle cx="3" cy="3" r="1.2" fill={ink} />
    </pattern>
    <pattern id="is-absent" width="6" height="6" patternUnits="userSpaceOnUse">
      <rect width="6" height="6" fill={grid} />
      <rect width="6" height="1" fill={quiet} />
    </pattern>
  </defs>
);
