/** The tiles themselves, pointed at or moved over with the arrow keys. */
import type { KeyboardEvent, RefObject } from "react";

import type { Colours } from "../chart/colours";
import type { State } from "../states";
import { beside, Hatching, hexagon, SIZE } from "./hexagons";
import { TILES, type Tile } from "./tiles";

/** `asked`: whether anything was asked about the place. */
type Filled = { fill: string; asked: boolean; state: State | null };
type Props = {
  drawing: RefObject<SVGSVGElement | null>;
  title: string;
  colours: Colours;
  current: Tile | null;
  move: (to: Tile) => void;
  said: (tile: Tile) => string;
  fill: (tile: Tile) => Filled;
};

export function TileMap({ drawing, title, colours, current, move, said, fill }: Props) {
  const press = (event: KeyboardEvent) => {
    const next = beside(current, event.key);
    if (!next) return;
    event.preventDefault();
    move(next);
  };
  const [width, height] = SIZE;
  return (
    <svg
      ref={drawing}
      className="map"
      width={width}
      height={height}
      viewBox={`0 0 ${width} ${height}`}
      tabIndex={0}
      role="application"
      aria-label={`${title}: a map, moved over with the arrow keys`}
      onKeyDown={press}
    >
      <Hatching colours={colours} />
      {TILES.map((tile) => {
        const { fill: filled, asked, state } = fill(tile);
        return (
          <path
            key={tile.code}
            d={hexagon(tile)}
            fill={filled}
            opacity={asked ? 1 : 0.45}
            stroke={colours.paper}
            strokeWidth={1.5}
            onMouseEnter={() => move(tile)}
            data-code={tile.code}
            data-state={state ?? undefined}
          >
            <title>{said(tile)}</title>
          </path>
        );
      })}
      {current && <path d={hexagon(current)} fill="none" stroke={colours.ink} strokeWidth={3} pointerEvents="none" />}
    </svg>
  );
}
