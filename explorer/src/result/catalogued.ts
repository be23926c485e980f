/** What the catalogue says of measures that stand in a table: whose they are, and how far they go. */
import { useMemo } from "react";

import { useAnswer } from "../asked";
import { PUBLIC } from "../session";

const QUERY = "{ measures { name title producer dataset licence owner { name } latest { code label } } }";

type Said = {
  name: string;
  title: string;
  producer: string;
  dataset: string;
  licence: string;
  owner: { name: string };
  latest: { code: string; label: string } | null;
};
/** By the name of a measure's field. */
export type Catalogued = ReadonlyMap<string, Said>;

export function useCatalogued(): Catalogued {
  const { data } = useAnswer<{ measures: Said[] | null }>(PUBLIC, QUERY);
  return useMemo(() => new Map((data?.measures ?? []).map((measure) => [measure.name, measure])), [data]);
}
