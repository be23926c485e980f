/** One figure of a table as lines, small multiples or bars: what is chosen here stands in the address. */
import { useEffect, useMemo, useRef, useState } from "react";

import { useDark } from "../../dark";
import type { Table } from "../../table/tables";
import type { Catalogued } from "../catalogued";
import { decimals } from "../cells";
import { tableTitle } from "../headings";
import type { Words } from "../schemaWords";
import { isOverTime } from "../shape";
import { useShown } from "../shown";
import { explained, LETTERS, type State, STATES, states, TITLES } from "../states";
import { Choice } from "./Choice";
import { AgainstChoices, chosenOf, FigureChoice, fileOf, PeriodChoice, titleOf, useFigures } from "./choices";
import { type Colours, colours as coloursNow, dash } from "./colours";
import { bars, lines, panels } from "./draw";
import { Lines } from "./Lines";
import { Picture } from "./Picture";
import { against, AS_WORDS, bySize, periodsOf, type Series, seriesOf } from "./series";
import { source } from "./source";

/** Lines that can be told apart, panels that can be looked over, bars that can be read. */
const MOST = { lines: 6, panels: 24, bars: 400 };
type Kind = keyof typeof MOST;
const KINDS: Record<Kind, string> = { lines: "Lines", panels: "Small multiples", bars: "Bars" };

type Props = { table: Table; words: Words; catalogue: Catalogued; at: Date | null };

export default function Charts({ table, words, catalogue, at }: Props) {
  const [shown, show] = useShown();
  const dark = useDark();
  const colours = useMemo(coloursNow, [dark]);
  const [heads, head] = useFigures(table, catalogue, shown);
  const stateOf = useMemo(() => states(table, catalogue), [table, catalogue]);
  const asked = useMemo(
    () => (head ? seriesOf(table, head.column, words, stateOf) : []),
    [table, head, words, stateOf],
  );
  const periods = useMemo(() => periodsOf(table), [table]);
  if (!head) return <p className="hint">{tableTitle(table)}: there are no figures to draw.</p>;

  const overTime = isOverTime(table);
  const kind: Kind = overTime ? ((shown.kind in KINDS ? shown.kind : "lines") as Kind) : "bars";
  const withFigures = periods.filter((_, index) => asked.some(({ points }) => points[index]?.value !== null));
  const { as, base, period } = chosenOf(shown, overTime, periods, withFigures);
  const smallest = shown.order === "smallest";
  const all = bySize(against(asked, as, base), period, smallest);
  const chosen = all.filter(({ name }) => shown.lines.includes(name));
  const drawn = (chosen.length > 0 ? chosen : all).slice(0, chosen.length > 0 ? MOST.bars : MOST[kind]);
  const title = [
    titleOf(head, as),
    as !== "figures" && `${AS_WORDS[as].toLowerCase()} ${base}`,
    kind === "bars" && overTime && period,
  ]
    .filter(Boolean)
    .join(", ");
  const caption = {
    title:
      drawn.length < all.length && chosen.length === 0
        ? `${title}: the ${smallest ? "lowest" : "highest"} ${drawn.length} of ${all.length.toLocaleString("en-GB")} ${kind === "bars" ? "rows" : "lines"}`
        : title,
    keys:
      kind === "lines" && all.length > 1
        ? drawn.map(({ name }, index) => ({
            name,
            colour: colours.series[index % 6] ?? colours.ink,
            dash: dash(index),
          }))
        : [],
    notes: [...stateNotes(drawn, words), source(head.column, catalogue, at)],
  };

  return (
    <section className="chart" aria-label={`Chart: ${tableTitle(table)}`}>
      <h2>{tableTitle(table)}</h2>
      <div className="fields">
        <FigureChoice heads={heads} head={head} show={show} />
        {overTime && (
          <Choice label="Chart" value={kind} options={Object.entries(KINDS)} choose={(next) => show({ kind: next })} />
        )}
        <AgainstChoices overTime={overTime} as={as} base={base} withFigures={withFigures} show={show} />
        {overTime && kind === "bars" && <PeriodChoice period={period} periods={periods} show={show} />}
        {all.length > 1 && (
          <Choice
            label="First"
            value={smallest ? "smallest" : ""}
            options={[
              ["", "the highest"],
              ["smallest", "the lowest"],
            ]}
            choose={(order) => show({ order })}
          />
        )}
      </div>
      {all.length > 1 && <Lines all={all} drawn={drawn} choose={(names) => show({ lines: names })} />}
      <Drawn
        name={fileOf(head)}
        title={kind === "bars" ? title : `${title} over time`}
        caption={caption}
        colours={colours}
        draw={(width) =>
          ({ lines, panels, bars: (drawing: Parameters<typeof lines>[0]) => bars(drawing, period) })[kind]({
            all: drawn,
            as,
            places: decimals(head.column),
            width,
            colours,
          })
        }
      />
    </section>
  );
}

type DrawnProps = {
  name: string;
  title: string;
  caption: Parameters<typeof Picture>[0]["caption"];
  colours: Colours;
  draw: (width: number) => SVGSVGElement;
};

/** Drawn anew whenever the room for it changes. */
function Drawn({ name, title, caption, colours, draw }: DrawnProps) {
  const [place, setPlace] = useState<HTMLDivElement | null>(null);
  const [width, setWidth] = useState(0);
  const drawn = useRef<SVGSVGElement | null>(null);
  useEffect(() => {
    if (!place) return;
    const watched = new ResizeObserver(([entry]) => setWidth(Math.floor(entry?.contentRect.width ?? 0)));
    watched.observe(place);
    return () => watched.disconnect();
  }, [place]);
  useEffect(() => {
    if (!place || width === 0) return;
    drawn.current = draw(Math.min(width, 960));
    place.replaceChildren(drawn.current);
  });
  return (
    <Picture name={name} caption={caption} colours={colours} drawn={() => drawn.current}>
      <div ref={setPlace} role="img" aria-label={title} className="drawing" />
    </Picture>
  );
}

/** What is missing from what is drawn, or may still change, and why. */
function stateNotes(drawn: Series[], words: Words): string[] {
  const met = new Map<State, Set<string>>();
  for (const { points } of drawn)
    for (const { state, marks } of points) {
      if (!state) continue;
      const known = met.get(state) ?? new Set<string>();
      for (const mark of marks) known.add(mark);
      met.set(state, known);
    }
  return STATES.filter((state) => met.has(state)).map((state) =>
    `${LETTERS[state]} ${TITLES[state]}: ${explained(state, [...(met.get(state) ?? [])], words)}`.trim(),
  );
}
