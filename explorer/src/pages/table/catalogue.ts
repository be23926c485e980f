/** What there is to choose from. */
import { useAnswer } from "../../asked";
import type { Session } from "../../session";

const CATALOGUE = `query Choices {
  measures { name title description every breakdowns offered owner { code } first { code } latest { code } }
  wider: areas(where: { level: COUNTRY }) { nodes { code name level } }
  regions: areas(where: { level: REGION }) { nodes { code name level } }
  authorities: areas(where: { level: COMBINED_AUTHORITY }) { nodes { code name level } }
  improvement: areas(where: { level: LSIP }) { nodes { code name level } }
}`;

export type Measured = {
  name: string;
  title: string;
  description: string;
  every: string;
  breakdowns: string[][];
  offered: boolean;
  owner: { code: string };
  first: { code: string } | null;
  latest: { code: string } | null;
};
export type Named = { code: string; name: string; level: string };
type Nodes = { nodes: Named[] } | null;
type Answered = { measures: Measured[] | null; wider: Nodes; regions: Nodes; authorities: Nodes; improvement: Nodes };

/** `wider`: places that others lie in. */
export function useCatalogue(session: Session) {
  const { data, problems, busy } = useAnswer<Answered>(session, CATALOGUE);
  const wider = [data?.wider, data?.regions, data?.authorities, data?.improvement].flatMap((each) => each?.nodes ?? []);
  return { measures: data?.measures ?? [], wider: unique(wider), problems, busy };
}

/** Wales is a country and counts as a region of its own. */
const unique = (places: Named[]): Named[] => [...new Map(places.map((place) => [place.code, place])).values()];
