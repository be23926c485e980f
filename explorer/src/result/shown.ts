/** How a person wants to look at a result, as the address says it. */
import { amend, useAddress } from "../address";
import type { Sort } from "./arrange";

/**
 * `only`: words that the rows must have. `hidden`: names of columns. `across`: the figure whose periods stand across.
 * The rest is of pictures: the figure that is drawn, as what, against which period, in which kind of chart, of which
 * lines, of which period and group.
 */
export type Shown = {
  only: string;
  sort: Sort | null;
  hidden: string[];
  across: string;
  figure: string;
  as: string;
  base: string;
  kind: string;
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
    hidden: list("hide"),
    across: said("across"),
    figure: said("figure"),
    as: said("changed"),
    base: said("base"),
    kind: said("kind"),
    lines: list("lines"),
    period: said("period"),
    group: said("group"),
  };
  return [shown, (change) => amend(spelt({ ...shown, ...change }))];
}

const spelt = ({ sort, hidden, lines, as, ...rest }: Shown): Record<string, string | null> => ({
  ...Object.fromEntries(Object.entries(rest).map(([name, value]) => [name, value || null])),
  sort: sort ? `${sort.down ? "-" : ""}${sort.by}` : null,
  hide: hidden.join("|") || null,
  lines: lines.join("|") || null,
  changed: as || null,
});
