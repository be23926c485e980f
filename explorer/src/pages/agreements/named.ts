/** What measures and places that an agreement names are called. */
import { useMemo } from "react";

import { useAnswer } from "../../asked";
import { useCatalogued } from "../../result/catalogued";
import { PUBLIC } from "../../session";
import type { Content } from "./agreement";
import { held } from "./answers";
import type { Named } from "./terms";

const PLACES = `query Places($codes: [AreaCode!]!) { areas(where: { codes: $codes }) { nodes { code name } } }`;
type Answered = { areas: { nodes: { code: string; name: string }[] } | null };

export function useNamed(...contents: Content[]): Named {
  const catalogue = useCatalogued();
  const all = contents.map((content) => held(content, "scope.within"));
  const codes = [...new Set(all.filter((code) => typeof code === "string"))];
  const { data } = useAnswer<Answered>(PUBLIC, codes.length > 0 ? PLACES : null, { codes });
  return useMemo(() => {
    const places = new Map(data?.areas?.nodes.map(({ code, name }) => [code, `${name} (${code})`]));
    return {
      measure: (name) => catalogue.get(name)?.title ?? name,
      place: (code) => places.get(code) ?? code,
    };
  }, [catalogue, data]);
}
