/** What may be chosen, a part each, with what is chosen already in the head of each part. */
import { type ReactNode, useState } from "react";

import type { Explanation } from "../../explain/explain";
import type { Session } from "../../session";
import { inSmallLetters, levelInWords } from "../../words";
import { Breakdowns } from "./Breakdowns";
import type { Prospect } from "./candidates";
import type { Measured, Named } from "./catalogue";
import { type Choice, withMeasures } from "./choice";
import { Measures } from "./Measures";
import { PeriodsChosen } from "./PeriodsChosen";
import { PlacesChosen } from "./PlacesChosen";
import { ROOMY } from "./roomy";

type Props = {
  choice: Choice;
  choose: (change: Partial<Choice>) => void;
  facets: string[];
  catalogue: { measures: Measured[]; wider: Named[]; busy: boolean };
  prospects: ReadonlyMap<string, Prospect>;
  told: Explanation | null;
  session: Session;
};

export function Form({
  choice,
  choose,
  facets,
  catalogue: { measures, wider, busy },
  prospects,
  told,
  session,
}: Props) {
  const { places, periods, every, by } = choice;
  return (
    <div className="parts" aria-busy={busy}>
      <Part title="Measures" said={titles(choice.measures, measures)} open={choice.measures.length === 0}>
        <Measures
          catalogue={measures}
          chosen={choice.measures}
          choose={(names) => choose(withMeasures(choice, names, measures))}
          prospects={prospects}
          told={told}
          session={session}
        />
      </Part>
      <Part title="Places" said={placesInWords(places, wider)}>
        <PlacesChosen
          places={places}
          choose={(next) => choose({ places: next })}
          wider={wider}
          prospects={prospects}
          session={session}
        />
      </Part>
      <Part title="Periods" said={periodsInWords(periods, every)}>
        <PeriodsChosen choice={choice} choose={choose} catalogue={measures} />
      </Part>
      <Part title="Breakdowns" said={by.map(inSmallLetters).join(", ") || "none"}>
        <Breakdowns facets={facets} by={by} choose={(next) => choose({ by: next })} prospects={prospects} />
      </Part>
    </div>
  );
}

function Part({ title, said, open, children }: { title: string; said: string; open?: boolean; children: ReactNode }) {
  // What a person opens or closes stays so.
  const [opened] = useState(open || ROOMY.matches);
  return (
    <details className="part" open={opened}>
      <summary>
        <strong>{title}</strong> <span>{said}</span>
      </summary>
      <div>{children}</div>
    </details>
  );
}

const titles = (names: string[], measures: Measured[]): string =>
  names.map((name) => measures.find((each) => each.name === name)?.title ?? name).join(", ") || "none yet";

function placesInWords(places: Choice["places"], wider: Named[]): string {
  if ("codes" in places)
    return `${places.codes.length || "no"} ${places.codes.length === 1 ? "place" : "places"} by name`;
  const level = levelInWords(places.level).toLowerCase().replace("united kingdom", "the United Kingdom");
  const within = wider.find(({ code }) => code === places.within)?.name ?? places.within;
  return `${places.level === "UK" ? level : `each ${level}`}${within ? ` within ${within}` : ""}`;
}

const periodsInWords = (periods: Choice["periods"], every: string): string =>
  "last" in periods
    ? `last ${periods.last}, ${inSmallLetters(every)} by ${inSmallLetters(every)}`
    : `${periods.from} to ${periods.to}`;
