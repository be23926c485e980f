/** A table without writing GraphQL: what is chosen is written as a query beside it, and what is written is read back. */
import { useEffect, useMemo, useRef, useState } from "react";

import "../../result/result.css";
import "./table.css";

import { type Address, amend, go, read, to } from "../../address";
import { Explained, inBrief } from "../../explain/Explained";
import { useExplanation } from "../../explain/explain";
import { asksOnly } from "../../result/asksOnly";
import { Messages } from "../../result/Messages";
import { Forms, ResultView, useView, VIEWS } from "../../result/ResultView";
import { useResult } from "../../result/result";
import { useWords } from "../../result/schemaWords";
import type { Session } from "../../session";
import { useTitle } from "../../shell/title";
import { candidates, prospects } from "./candidates";
import { useCatalogue } from "./catalogue";
import { type Choice, FIRST, GROUP } from "./choice";
import { Form } from "./Form";
import { Query } from "./Query";
import { choiceOf } from "./read";
import { written } from "./write";

const PATH = ["table"];

export default function TablePage({ address, session }: { address: Address; session: Session }) {
  useTitle("Build a table");
  const query = address.params.get("query") ?? written(FIRST);
  const choice = useMemo(() => choiceOf(query), [query]);
  const complete = choice ? isComplete(choice) : asksOnly(query);
  const { asked, turn, change, run } = useAsking(query, complete);
  const catalogue = useCatalogue(session);
  const words = useWords();
  const [view, setView] = useView();

  const facets = useMemo(() => facetsOf(choice, catalogue.measures), [choice, catalogue.measures]);
  const next = choice && catalogue.measures.length > 0 ? candidates(choice, catalogue.measures, facets) : null;
  const ahead = useExplanation(session, next);
  const explained = useExplanation(session, complete ? query : null);
  const result = useResult(session, asked, {}, turn);
  const choose = (chosen: Partial<Choice>) => choice && change(written({ ...choice, ...chosen }));

  return (
    <div className="building">
      <h1>Build a table</h1>
      <Messages problems={catalogue.problems} warnings={[]} />
      <div className="choosing">
        {choice ? (
          <Form
            choice={choice}
            choose={choose}
            facets={facets}
            catalogue={catalogue}
            prospects={prospects(ahead.told)}
            told={ahead.told}
            session={session}
          />
        ) : (
          <p className="refused">
            This query asks for more than these choices can show, or is not finished. Edit it here,{" "}
            <a href={to(["graphiql"], { query })}>open it in GraphiQL</a>, or{" "}
            <button type="button" className="plain" onClick={() => change(written(FIRST))}>
              begin again
            </button>
          </p>
        )}
      </div>
      <div className="beside">
        <div className="running">
          <button type="button" className="action" disabled={!complete} onClick={run}>
            Show the figures
          </button>
          <p role="status" className="hint">
            {whatNow(choice, complete, asked === null ? null : asked === query, result.busy)}
          </p>
        </div>
        <Query query={query} change={change} open={!choice} />
        {complete && (
          <details className="explain">
            <summary>
              <strong>What this will do</strong> <span>{inBrief(explained.told)}</span>
            </summary>
            <Explained {...explained} question={{ query }} />
          </details>
        )}
        {asked !== null && (
          <section className="figures" aria-label="Result" aria-busy={result.busy}>
            <Forms forms={VIEWS} form={view} choose={setView} />
            {result.busy && <p className="hint">Asking the departments …</p>}
            <ResultView {...result} tables={result.tables ?? []} words={words} view={view} />
          </section>
        )}
      </div>
    </div>
  );
}

/** Which question is answered below: the one that was last run, or that one came to by the address. */
function useAsking(query: string, complete: boolean) {
  const [asked, ask] = useState<string | null>(complete ? query : null);
  const [turn, setTurn] = useState(0);
  // What this page wrote into the address itself, so that what comes from elsewhere can be told from it.
  const own = useRef(query);
  useEffect(() => {
    if (own.current === query) return;
    own.current = query;
    ask(complete ? query : null);
  }, [query, complete]);
  const change = (next: string) => {
    own.current = next;
    // A question that was answered can be gone back to.
    if (asked === query) go(PATH, { ...Object.fromEntries(read().params), query: next });
    else amend({ query: next });
  };
  const run = () => {
    ask(query);
    setTurn((before) => before + 1);
  };
  return { asked, turn, change, run };
}

const isComplete = ({ measures, places }: Choice): boolean =>
  measures.length > 0 && (!("codes" in places) || places.codes.length > 0);

/** The facets that any chosen measure is published by, in the order of the model. */
function facetsOf(choice: Choice | null, catalogue: { name: string; breakdowns: string[][] }[]): string[] {
  const chosen = catalogue.filter(({ name }) => choice?.measures.includes(name));
  const published = new Set([...(choice?.by ?? []), ...chosen.flatMap(({ breakdowns }) => breakdowns.flat())]);
  return Object.keys(GROUP).filter((facet) => published.has(facet));
}

function whatNow(choice: Choice | null, complete: boolean, current: boolean | null, busy: boolean): string {
  if (busy) return "Asking the departments …";
  if (choice && choice.measures.length === 0) return "Choose at least one measure.";
  if (!complete) return choice ? "Choose at least one place." : "It is not a query that can be asked.";
  return current === false ? "The figures below answer the question as it was before." : "";
}
