/** What came back, in the form that was chosen: as it was sent, as a table, or as a chart. */
import { useGraphiQL } from "@graphiql/react";
import { useMemo, useState } from "react";

import { Explained } from "../../explain/Explained";
import { useExplanation } from "../../explain/explain";
import type { Answer } from "../../gateway";
import { Forms, ResultView, useView, VIEWS } from "../../result/ResultView";
import { NOTHING, type Result as ResultOf } from "../../result/result";
import { useWords } from "../../result/schemaWords";
import type { Session } from "../../session";
import { parsed } from "./AsAddressed";
import type { Answers } from "./answers";

const OTHERS = ["JSON", "Explain"] as const;
const FORMS = ["JSON", ...VIEWS, "Explain"] as const;
type Form = (typeof FORMS)[number];
const isOther = (form: Form): form is (typeof OTHERS)[number] => form === "JSON" || form === "Explain";

export function Result({ answers, session }: { answers: Answers; session: Session }) {
  const [view, setView] = useView();
  const [other, setOther] = useState<(typeof OTHERS)[number] | null>(null);
  const form: Form = other ?? view;
  const response = useGraphiQL((state) => state.tabs[state.activeTabIndex]?.response ?? null);
  const busy = useGraphiQL((state) => state.isFetching);
  const words = useWords();
  const kept = useMemo(() => answers.of(response), [answers, response]);
  const { tables, problems, warnings, at, asked } = useMemo(() => kept ?? failure(response), [kept, response]);
  const choose = (next: Form) => {
    setOther(isOther(next) ? next : null);
    if (!isOther(next)) setView(next);
  };

  return (
    <section className="result" data-form={form} aria-label="Result" aria-busy={busy}>
      <Forms forms={FORMS} form={form} choose={choose} />
      {form === "Explain" && <Explaining session={session} />}
      {!isOther(form) && (
        <div className="result-view" tabIndex={0} role="region" aria-label={`Result as a ${form.toLowerCase()}`}>
          <ResultView
            tables={tables ?? []}
            problems={problems}
            warnings={warnings}
            words={words}
            view={form}
            at={at}
            asked={asked}
          />
          {!tables?.length && <p className="hint">{busy ? "Asking the departments …" : hint(response)}</p>}
        </div>
      )}
    </section>
  );
}

/** What stands in the editor, explained as it is written. */
function Explaining({ session }: { session: Session }) {
  const query = useGraphiQL((state) => state.tabs[state.activeTabIndex]?.query ?? null);
  const variables = useGraphiQL((state) => state.tabs[state.activeTabIndex]?.variables ?? null);
  return (
    <div className="result-view" tabIndex={0} role="region" aria-label="What the query would do">
      <Explained
        {...useExplanation(session, query, parsed(variables))}
        question={{ query: query ?? "", variables: parsed(variables) }}
      />
    </div>
  );
}

/** An answer that the editor shows and this page did not ask for: a failure of its own. */
function failure(response: string | null): ResultOf {
  return { ...NOTHING, problems: response ? (read(response).errors ?? []) : [] };
}

function read(response: string): Answer {
  try {
    return JSON.parse(response) as Answer;
  } catch {
    return { errors: [{ message: response }] };
  }
}

const hint = (response: string | null): string =>
  response
    ? "There are no rows to show."
    : "Run the query to see its rows here: the button in the middle, or Ctrl-Enter. In the editor Tab writes; after Ctrl-M it leaves.";
