/** How a person wants to look at a result, as the address says it. */
import { amend, useAddress } from "../address";
import type { Sort } from "./arrange";

/**
 * `only`: words that the rows must have. `hidden`: names of columns; null until somebody chooses. `across`: the figure
 * whose periods stand across, or all for how the newest of all figures differ from the first. The rest is of pictures:
 * the figure that is drawn, as what, against which period, in which kind of chart and order, of which lines, of which
 * period and group.
 */
export type Shown = {
  only: string;
  sort: Sort | null;
  hidden: string[] | null;
  across: string;
  figure: string;
  as: string;
  base: string;
  kind: string;
  order: string;
  lines: string[];
  period: string;
  group: string;
};

export function useShown(): [Shown, (change: Partial<Shown>) => void] {
  const { params } = useAddress();
  const said = (name: string) => params.get(name) ?? "";
  const list = (name: string) => said(name).split("|").filter(Boolean);
  const sort = said("sort");
  const shown: Shown = {
    only: said("only"),
    sort: sort ? { by: sort.replace(/^-/, ""), down: sort.startsWith("-") } : null,
    hidden: params.has("hide") ? list("hide") : null,
    across: said("across"),
    figure: said("figure"),
    as: said("changed"),
    base: said("base"),
    kind: said("kind"),
    order: said("order"),
    lines: list("lines"),
    period: said("period"),
    group: said("group"),
  };
  return [shown, (change) => amend(spelt({ ...shown, ...change }))];
}

const spelt = ({ sort, hidden, lines, as, ...rest }: Shown): Record<string, string | null> => ({
  ...Object.fromEntries(Object.entries(rest).map(([name, value]) => [name, value || null])),
  sort: sort ? `${sort.down ? "-" : ""}${sort.by}` : null,
  // An empty list is a choice too.
  hide: hidden && (hidden.join("|") || "|"),
  lines: lines.join("|") || null,
  changed: as || null,
});
