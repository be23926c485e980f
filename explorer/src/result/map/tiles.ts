/** Where the tile of each local authority stands, and which wider places it lies in: the reference data of the gateway. */
import areas from "../../../../reference/areas.csv?raw";
import tiles from "../../../../reference/area_tiles.csv?raw";
import wider from "../../../../reference/wider_areas.csv?raw";

/** `column` and `row`: of hexagons, each second row half a tile to the right. `lies`: codes of itself and wider places. */
export type Tile = { code: string; name: string; column: number; row: number; lies: string[] };

/** No cell of these files has a comma in it but between quotation marks. */
const cells = (line: string): string[] =>
  [...line.matchAll(/("(?:[^"]|"")*"|[^,]*)(?:,|$)/g)].map(([, cell = ""]) =>
    cell.replace(/^"|"$/g, "").replaceAll('""', '"'),
  );
const lines = (text: string): string[][] => text.trim().split(/\r?\n/).slice(1).map(cells);

const places = new Map(lines(areas).map((cells) => [cells[0] ?? "", cells]));

export const TILES: Tile[] = lines(tiles).map(([code = "", column, row]) => {
  const [, name = "", ...rest] = places.get(code) ?? [];
  const lies = [code, ...rest.slice(0, 4).filter(Boolean), "K02000001"];
  return { code, name, column: Number(column), row: Number(row), lies };
});

export const WIDER_NAMES: ReadonlyMap<string, string> = new Map(
  lines(wider).map(([code = "", name = ""]) => [code, name]),
);
