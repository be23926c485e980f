/** One figure of a table as a map of tiles: a hexagon of one size for each local authority, about where it lies. */
import { useMemo, useRef, useState } from "react";

import { to } from "../../address";
import { useDark } from "../../dark";
import type { Table } from "../../table/tables";
import type { Catalogued } from "../catalogued";
import { decimals, figure } from "../cells";
import { Choice } from "../chart/Choice";
import { AgainstChoices, chosenOf, FigureChoice, fileOf, PeriodChoice, titleOf, useFigures } from "../chart/choices";
import { colours as coloursNow } from "../chart/colours";
import { Picture } from "../chart/Picture";
import { against, AS_WORDS, inAs, periodsOf, type Point } from "../chart/series";
import { source } from "../chart/source";
import { tableTitle } from "../headings";
import type { Words } from "../schemaWords";
import { areaOf, isOverTime } from "../shape";
import { useShown } from "../shown";
import { explained, STATES, states, TITLES } from "../states";
import { groupsOf, placed } from "./placed";
import { patternOf } from "./hexagons";
import { scaled } from "./scale";
import { TileMap } from "./TileMap";
import { type Tile, WIDER_NAMES } from "./tiles";

type Props = { table: Table; words: Words; catalogue: Catalogued; at: Date | null };

export default function MapView({ table, words, catalogue, at }: Props) {
  const [shown, show] = useShown();
  const dark = useDark();
  const colours = useMemo(coloursNow, [dark]);
  const drawing = useRef<SVGSVGElement>(null);
  const [current, setCurrent] = useState<Tile | null>(null);
  const [heads, head] = useFigures(table, catalogue, shown);
  const stateOf = useMemo(() => states(table, catalogue), [table, catalogue]);
  const groups = useMemo(() => (head ? groupsOf(table, head.column, words) : []), [table, head, words]);
  const group = groups.includes(shown.group) ? shown.group : (groups[0] ?? "");
  const found = useMemo(
    () => (head ? placed(table, head.column, words, stateOf, group) : new Map<string, Point[]>()),
    [table, head, words, stateOf, group],
  );
  if (!areaOf(table))
    return (
      <p className="hint">
        {tableTitle(table)}: a map needs the code of each place. Ask for area {"{ code }"} too.
      </p>
    );
  if (!head) return <p className="hint">{tableTitle(table)}: there are no figures to draw.</p>;

  const [overTime, periods] = [isOverTime(table), periodsOf(table)];
  const all = [...found.values()];
  const withFigures = periods.filter((_, index) => all.some((points) => points[index]?.value !== null));
  const { as, base, period } = chosenOf(shown, overTime, periods, withFigures);
  const places = decimals(head.column);
  const drawn = new Map(
    against(
      [...found].map(([name, points]) => ({ name, points })),
      as,
      base,
    ).map(({ name, points }) => [name, points.find((point) => point.period === period)]),
  );
  const pointOf = (tile: Tile) => tile.lies.map((code) => drawn.get(code)).find((point) => point !== undefined);
  const values = [...drawn.values()].flatMap((point) => point?.shown ?? []);
  const { tone, keys } = scaled(values, colours, (value) => inAs(value, as, places));
  const said = (tile: Tile) => {
    const [point, code] = [pointOf(tile), tile.lies.find((each) => drawn.has(each))];
    const name = !code || code === tile.code ? tile.name : `${WIDER_NAMES.get(code) ?? code} (${tile.name})`;
    if (!point) return `${name}: not asked for`;
    if (point.shown === null) return `${name}: ${point.state ? TITLES[point.state].toLowerCase() : "no figure"}`;
    const amount = as === "figures" ? "" : ` (${figure(point.value ?? 0, places)})`;
    return `${name}: ${inAs(point.shown, as, places)}${amount}${point.state ? `, ${TITLES[point.state].toLowerCase()}` : ""}`;
  };
  const title = [
    titleOf(head, as),
    group,
    as !== "figures" && `${AS_WORDS[as].toLowerCase()} ${base}`,
    overTime || period ? period : "",
  ]
    .filter(Boolean)
    .join(", ");
  const met = STATES.filter((state) => [...drawn.values()].some((point) => point?.state === state));
  const missing = met.filter((state) =>
    [...drawn.values()].some((point) => point?.state === state && point.shown === null),
  );
  const caption = {
    title,
    keys: [
      ...keys,
      ...missing.map((state) => ({ name: TITLES[state], colour: patternOf(state, colours), area: true })),
    ],
    notes: [
      ...met.map(
        (state) =>
          `${TITLES[state]}: ${explained(state, [...new Set([...drawn.values()].flatMap((point) => (point?.state === state ? point.marks : [])))], words)}`,
      ),
      "A tile of one size for each of the 361 local authorities of April 2023, near its neighbours; wider places colour all of theirs. Positions are approximate, worked out from where postcodes lie (ONS Postcode Directory).",
      source(head.column, catalogue, at),
    ],
  };
  const code = current?.lies.find((each) => drawn.has(each));

  return (
    <section className="chart" aria-label={`Map: ${tableTitle(table)}`}>
      <h2>{tableTitle(table)}</h2>
      <div className="fields">
        <FigureChoice heads={heads} head={head} show={show} />
        {groups.length > 1 && (
          <Choice
            label="Group"
            value={group}
            options={groups.map((each) => [each, each])}
            choose={(next) => show({ group: next })}
          />
        )}
        {overTime && <PeriodChoice period={period} periods={periods} show={show} />}
        <AgainstChoices overTime={overTime} as={as} base={base} withFigures={withFigures} show={show} />
      </div>
      <Picture name={`${fileOf(head)}-map`} caption={caption} colours={colours} drawn={() => drawing.current}>
        <p className="readout" role="status">
          {current ? said(current) : "Point at a tile, or move over the map with the arrow keys."}{" "}
          {code && <a href={to(["place", code])}>Open this place</a>}
        </p>
        <TileMap
          drawing={drawing}
          title={title}
          colours={colours}
          current={current}
          move={setCurrent}
          said={said}
          fill={(tile) => {
            const point = pointOf(tile);
            const fill = point?.shown != null ? tone(point.shown) : patternOf(point?.state ?? null, colours);
            return { fill, asked: point !== undefined, state: point?.state ?? null };
          }}
        />
      </Picture>
    </section>
  );
}
