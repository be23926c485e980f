/** Five classes of figures, as many places in each as far as equal figures let them be, with their colours. */
import type { Colours } from "../chart/colours";
import type { Key } from "../chart/picture";

const CLASSES = 5;

export type Scale = { tone: (value: number) => string; keys: Key[] };

export function scaled(values: number[], colours: Colours, said: (value: number) => string): Scale {
  const sorted = [...values].sort((one, other) => one - other);
  const [least, most] = [sorted[0], sorted.at(-1)];
  if (least === undefined || most === undefined) return { tone: () => colours.grid, keys: [] };
  const wanted = Array.from(
    { length: CLASSES - 1 },
    (_, at) => sorted[Math.ceil(((at + 1) * sorted.length) / CLASSES)] ?? most,
  );
  const limits = [...new Set(wanted)].filter((limit) => limit > least);
  // Fewer classes are spread over all colours; one alone has the middle one.
  const colour = (at: number) =>
    colours.scale[limits.length === 0 ? 2 : Math.round((at * (CLASSES - 1)) / limits.length)] ?? colours.ink;
  const keys = [least, ...limits].map((low, at) => {
    const high = limits[at];
    return {
      name: `${said(low)} to ${high === undefined ? said(most) : `below ${said(high)}`}`,
      colour: colour(at),
      area: true,
    };
  });
  return { tone: (value) => colour(limits.filter((limit) => value >= limit).length), keys };
}
