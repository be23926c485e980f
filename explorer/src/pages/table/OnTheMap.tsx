/** Local authorities chosen on the map of tiles: by pointing, or with the arrow keys and the space bar. */
import { type KeyboardEvent, useState } from "react";

import { beside, hexagon, SIZE } from "../../result/map/hexagons";
import { TILES, type Tile } from "../../result/map/tiles";

type Props = { codes: string[]; choose: (codes: string[]) => void };

export default function OnTheMap({ codes, choose }: Props) {
  const [current, setCurrent] = useState<Tile | null>(null);
  const toggle = ({ code }: Tile) =>
    choose(codes.includes(code) ? codes.filter((each) => each !== code) : [...codes, code]);
  const press = (event: KeyboardEvent) => {
    const next = beside(current, event.key);
    if (next) setCurrent(next);
    else if (current && (event.key === " " || event.key === "Enter")) toggle(current);
    else return;
    event.preventDefault();
  };
  const [width, height] = SIZE;
  return (
    <>
      <p className="readout" role="status">
        {current
          ? `${current.name}${codes.includes(current.code) ? ", chosen" : ""}`
          : "Point at a tile, or use the arrow keys and the space bar."}
      </p>
      <svg
        className="map choosing-map"
        viewBox={`0 0 ${width} ${height}`}
        tabIndex={0}
        role="application"
        aria-label="Local authorities on a map: arrow keys move, the space bar chooses"
        onKeyDown={press}
      >
        {TILES.map((tile) => (
          <path
            key={tile.code}
            d={hexagon(tile)}
            data-code={tile.code}
            className={codes.includes(tile.code) ? "is-chosen" : undefined}
            onMouseEnter={() => setCurrent(tile)}
            onClick={() => toggle(tile)}
          >
            <title>{tile.name}</title>
          </path>
        ))}
        {current && <path d={hexagon(current)} className="is-current" pointerEvents="none" />}
      </svg>
    </>
  );
}
