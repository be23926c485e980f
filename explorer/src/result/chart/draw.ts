/** Lines, small multiples and bars, by Observable Plot. */
import * as Plot from "@observablehq/plot";

import { short } from "../../words";
import { figure } from "../cells";
import { LETTERS, TITLES } from "../states";
import { type Colours, dash } from "./colours";
import { type As, inAs, type Point, type Series } from "./series";

export type Drawing = { all: Series[]; as: As; places: number; width: number; colours: Colours };
type Mark = Point & { name: string; at: number };

const FONT = { fontFamily: "inherit", fontSize: "13px" };
const brief = new Intl.NumberFormat("en-GB", { notation: "compact", maximumFractionDigits: 2 });

const points = (all: Series[]): Mark[] =>
  all.flatMap(({ name, points }, at) => points.map((point) => ({ ...point, name, at })));

/** A point in words: what it is, how much, and what is to be said of it. */
function said({ name, period, shown, value, state }: Mark, as: As, places: number): string {
  const where = [name, period].filter(Boolean).join(", ");
  const note = state ? ` (${TITLES[state].toLowerCase()})` : "";
  if (value === null || shown === null) return `${where}: ${state ? TITLES[state].toLowerCase() : "no figure"}`;
  const amount = as === "figures" ? figure(value, places) : `${inAs(shown, as, places)} (${figure(value, places)})`;
  return `${where}: ${amount}${note}`;
}

const tick = (as: As) => (value: number) => `${brief.format(value)}${as === "percent" ? "%" : ""}`;

export function lines({ all, as, places, width, colours }: Drawing): SVGSVGElement {
  const marks = points(all);
  const periods = [...new Set(marks.map(({ period }) => period))];
  const dots = periods.length <= 40;
  return Plot.plot({
    width,
    height: Math.min(Math.max(width * 0.5, 240), 460),
    marginLeft: 56,
    marginRight: 36,
    marginBottom: 34,
    style: { ...FONT, color: colours.quiet, background: "transparent", overflow: "visible" },
    x: {
      type: "point",
      domain: periods,
      label: null,
      ticks: spread(periods, width / 90),
      tickFormat: short,
      tickSize: 0,
    },
    y: { label: null, grid: true, nice: true, zero: as === "figures", tickFormat: tick(as), ticks: 5, tickSize: 0 },
    color: { domain: all.map((_, at) => at), range: all.map((_, at) => colours.series[at % 6] ?? colours.ink) },
    marks: [
      Plot.ruleY([as === "index" ? 100 : 0], { stroke: colours.quiet }),
      ...all.map((_, at) =>
        Plot.line(
          marks.filter((mark) => mark.at === at),
          {
            x: "period",
            y: "shown",
            stroke: colours.series[at % 6] ?? colours.ink,
            strokeWidth: 2.5,
            strokeDasharray: dash(at),
          },
        ),
      ),
      Plot.dot(
        marks.filter(({ shown, state }) => shown !== null && (dots || state !== null)),
        {
          x: "period",
          y: "shown",
          r: 3.5,
          stroke: "at",
          strokeWidth: 1.5,
          // What may still change is hollow.
          fill: (mark: Mark) =>
            mark.state === "provisional" ? colours.paper : (colours.series[mark.at % 6] ?? colours.ink),
        },
      ),
      ...all.map((_, at) =>
        Plot.text(
          marks.filter((mark) => mark.at === at && mark.shown === null && mark.state !== null),
          {
            x: "period",
            frameAnchor: "bottom",
            dy: -6,
            dx: at * 7 - (all.length - 1) * 3.5,
            fill: colours.series[at % 6] ?? colours.ink,
            fontWeight: 700,
            text: (mark: Mark) => (mark.state ? LETTERS[mark.state] : ""),
            title: (mark: Mark) => said(mark, as, places),
          },
        ),
      ),
      Plot.tip(
        marks.filter(({ shown }) => shown !== null),
        Plot.pointer({
          x: "period",
          y: "shown",
          title: (mark: Mark) => said(mark, as, places),
          fill: colours.paper,
          stroke: colours.quiet,
        }),
      ),
    ],
  }) as SVGSVGElement;
}

/** A small chart for each line, all on one scale. */
export function panels({ all, as, places, width, colours }: Drawing): SVGSVGElement {
  const across = Math.max(1, Math.min(Math.floor(width / 190), 4, all.length));
  const down = Math.ceil(all.length / across);
  const marks = points(all).map((mark) => ({ ...mark, fx: mark.at % across, fy: Math.floor(mark.at / across) }));
  const periods = [...new Set(marks.map(({ period }) => period))];
  const names = all.map(({ name }, at) => ({ name, fx: at % across, fy: Math.floor(at / across) }));
  return Plot.plot({
    width,
    height: down * 170 + 50,
    marginLeft: 50,
    marginTop: 44,
    marginBottom: 28,
    style: { ...FONT, color: colours.quiet, background: "transparent", overflow: "visible" },
    fx: { axis: null, padding: 0.1 },
    fy: { axis: null, padding: 0.42 },
    x: { type: "point", domain: periods, label: null, axis: null },
    y: { label: null, grid: true, nice: true, zero: as === "figures", tickFormat: tick(as), ticks: 3, tickSize: 0 },
    marks: [
      Plot.ruleY([as === "index" ? 100 : 0], { stroke: colours.quiet }),
      ...(["start", "end"] as const).map((end) =>
        Plot.text(names, {
          fx: "fx",
          fy: "fy",
          text: () => short(periods.at(end === "start" ? 0 : -1) ?? ""),
          frameAnchor: end === "start" ? "bottom-left" : "bottom-right",
          textAnchor: end,
          dy: 16,
        }),
      ),
      Plot.line(marks, {
        fx: "fx",
        fy: "fy",
        x: "period",
        y: "shown",
        stroke: colours.series[0] ?? colours.ink,
        strokeWidth: 2,
      }),
      Plot.text(
        marks.filter(({ shown, state }) => shown === null && state !== null),
        {
          fx: "fx",
          fy: "fy",
          x: "period",
          frameAnchor: "bottom",
          dy: -5,
          fill: colours.ink,
          text: (mark: Mark) => (mark.state ? LETTERS[mark.state] : ""),
        },
      ),
      Plot.text(names, {
        fx: "fx",
        fy: "fy",
        text: "name",
        frameAnchor: "top-left",
        lineAnchor: "bottom",
        dy: -8,
        fill: colours.ink,
        fontWeight: 600,
        // Long names take several lines: nothing is cut off.
        lineWidth: (width / across - 40) / 15,
      }),
      Plot.tip(
        marks.filter(({ shown }) => shown !== null),
        Plot.pointer({
          fx: "fx",
          fy: "fy",
          x: "period",
          y: "shown",
          title: (mark: Mark) => said(mark, as, places),
          fill: colours.paper,
          stroke: colours.quiet,
        }),
      ),
    ],
  }) as SVGSVGElement;
}

/** A bar for each line at one period, with its name above it; those without a figure say why. */
export function bars({ all, as, places, width, colours }: Drawing, period: string): SVGSVGElement {
  const marks = points(all)
    .filter((mark) => mark.period === period)
    .map((mark, row) => ({ ...mark, row }));
  const values = marks.map(({ shown }) => shown ?? 0);
  const [low, high] = [Math.min(0, ...values), Math.max(0, ...values)];
  return Plot.plot({
    width,
    height: marks.length * 36 + 16,
    marginLeft: low < 0 ? 70 : 4,
    marginRight: 90,
    marginTop: 8,
    marginBottom: 8,
    style: { ...FONT, color: colours.quiet, background: "transparent", overflow: "visible" },
    x: { axis: null, domain: [low, high || 1] },
    y: { type: "band", domain: marks.map(({ row }) => row), axis: null, padding: 0 },
    marks: [
      Plot.barX(marks, { y: "row", x: "shown", fill: colours.series[0] ?? colours.ink, insetTop: 20, insetBottom: 3 }),
      Plot.ruleX([0], { stroke: colours.quiet }),
      Plot.text(marks, {
        y: "row",
        frameAnchor: "left",
        dy: -8,
        dx: low < 0 ? -66 : 0,
        text: "name",
        fill: colours.ink,
        textAnchor: "start",
      }),
      Plot.text(marks, {
        y: "row",
        x: (mark: Mark) => mark.shown ?? 0,
        dy: 9,
        dx: 5,
        textAnchor: "start",
        filter: (mark: Mark) => (mark.shown ?? 0) >= 0,
        text: (mark: Mark) => amount(mark, as, places),
        fill: colours.ink,
      }),
      Plot.text(marks, {
        y: "row",
        x: (mark: Mark) => mark.shown ?? 0,
        dy: 9,
        dx: -5,
        textAnchor: "end",
        filter: (mark: Mark) => (mark.shown ?? 0) < 0,
        text: (mark: Mark) => amount(mark, as, places),
        fill: colours.ink,
      }),
    ],
  }) as SVGSVGElement;
}

const amount = ({ shown, state }: Mark, as: As, places: number): string =>
  shown === null
    ? `${state ? TITLES[state].toLowerCase() : "no figure"}`
    : `${inAs(shown, as, places)}${state === "provisional" ? " (provisional)" : ""}`;

/** At most so many, evenly, counted from the newest. */
function spread(periods: string[], most: number): string[] {
  const step = Math.ceil(periods.length / Math.max(1, Math.floor(most)));
  return periods.filter((_, at) => (periods.length - 1 - at) % step === 0);
}
