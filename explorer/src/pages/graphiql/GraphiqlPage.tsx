/** The page for who writes GraphQL: the editor, and what came back. It is loaded when it is opened. */
import { GraphiQL } from "graphiql";
import { useCallback, useLayoutEffect, useRef, useState } from "react";

// In parts: the whole (graphiql/style.css) embeds half a megabyte of fonts as data: addresses.
import "@graphiql/react/style.css";
import "@graphiql/plugin-doc-explorer/style.css";
import "@graphiql/plugin-history/style.css";
import "graphiql/graphiql.css";
import "./graphiql.css";
import "../../result/result.css";
import "./workers";

import { type Address, go, read } from "../../address";
import type { Example } from "../../examples";
import type { Question } from "../../gateway";
import { askWithMarkers } from "../../result/askWithMarkers";
import { resultOf } from "../../result/result";
import type { Persona, Session } from "../../session";
import { useTitle } from "../../shell/title";
import { Answers } from "./answers";
import { AsAddressed, told } from "./AsAddressed";
import { useDark } from "../../dark";
import { EditorColours } from "./EditorColours";
import { Questions } from "./Questions";
import { Result } from "./Result";
import { shortened } from "./shortened";

const EMPTY = "# Ask a question in GraphQL. Ctrl-Space offers what can be asked; Ctrl-Enter runs it.\n";

type Props = {
  address: Address;
  personas: Persona[] | null;
  examples: Example[];
  session: Session;
  become: (next: Session) => void;
};

export default function GraphiqlPage({ address, personas, examples, session, become }: Props) {
  useTitle("GraphiQL");
  const dark = useDark();
  // The fetcher must stay the same function, or GraphiQL would read the schema again at every change of persona.
  const current = useRef(session);
  useLayoutEffect(() => {
    current.current = session; // before the address's query is run, which is an effect
  }, [session]);
  const becomeNow = useCallback(
    (next: Session) => {
      current.current = next;
      become(next);
    },
    [become],
  );
  const [answers] = useState(() => new Answers());
  // What was run last, as the address tells it.
  const run = useRef("");
  const fetcher = useCallback(
    async (question: Question): Promise<object> => {
      if (question.operationName !== "IntrospectionQuery") {
        run.current = told(question.query, question.variables);
        const { params } = read();
        const variables = written(question.variables);
        // Where the address says it already, there is no step to go back.
        if (params.get("query") !== question.query || (params.get("variables") ?? null) !== variables)
          go(["graphiql"], { query: question.query, variables, view: params.get("view") ?? null });
      }
      const { exchange, asWritten } = await askWithMarkers(current.current, question);
      const toShow = shortened(asWritten);
      if (question.operationName !== "IntrospectionQuery") answers.keep(toShow, resultOf(exchange));
      return toShow;
    },
    [answers],
  );

  const open = useCallback(
    (example: Example) => {
      const persona = personas?.find((each) => each.name === example.persona);
      if (persona) becomeNow({ token: persona.token, purpose: example.purpose || null });
    },
    [becomeNow, personas],
  );

  return (
    <>
      <h1 className="unseen">GraphiQL</h1>
      <GraphiQL
        fetcher={fetcher}
        defaultQuery={examples[0]?.query ?? EMPTY}
        forcedTheme={dark ? "dark" : "light"}
        isHeadersEditorEnabled={false}
        showPersistHeadersSettings={false}
        defaultEditorToolsVisibility={false}
      >
        <GraphiQL.Logo>
          <Questions examples={examples} personas={personas} open={open} />
          <AsAddressed address={address} examples={examples} run={run} />
          <EditorColours />
        </GraphiQL.Logo>
        <GraphiQL.Footer>
          <Result answers={answers} session={session} />
        </GraphiQL.Footer>
      </GraphiQL>
    </>
  );
}

const written = (variables: unknown): string | null => {
  const text = JSON.stringify(variables ?? {});
  return text === "{}" ? null : text;
};
