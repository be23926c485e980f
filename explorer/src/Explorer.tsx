/** The page: who you are, what you ask, and what came back. */
import { GraphiQL } from "graphiql";
import { useCallback, useRef, useState } from "react";

import { Answers } from "./answers";
import { EditorColours } from "./EditorColours";
import type { Example } from "./examples";
import { askWithMarkers, type Question } from "./gateway";
import { Identity } from "./Identity";
import { Questions } from "./Questions";
import { Result } from "./result/Result";
import { type Persona, PUBLIC, type Session } from "./session";

const EMPTY = "# Ask a question in GraphQL. Ctrl-Space offers what can be asked; Ctrl-Enter runs it.\n";

export function Explorer({ personas, examples }: { personas: Persona[] | null; examples: Example[] }) {
  const [session, setSession] = useState<Session>(PUBLIC);
  // The fetcher must stay the same function, or GraphiQL would read the schema again at every change of persona.
  const current = useRef(session);
  const become = useCallback((next: Session) => {
    current.current = next;
    setSession(next);
  }, []);
  const [answers] = useState(() => new Answers());
  const fetcher = useCallback(
    async (question: Question): Promise<object> => {
      const { exchange, asWritten } = await askWithMarkers(current.current, question);
      answers.keep(asWritten, exchange);
      return asWritten;
    },
    [answers],
  );

  const open = useCallback(
    (example: Example) => {
      const persona = personas?.find((each) => each.name === example.persona);
      if (persona) become({ token: persona.token, purpose: example.purpose || null });
    },
    [become, personas],
  );

  return (
    <>
      <a className="skip" href="#ask">
        Skip to the query
      </a>
      <header className="masthead">
        <div className="name">
          <h1>Labour Market Data Trust</h1>
          {personas && <strong className="tag">Synthetic figures only</strong>}
        </div>
        <Identity personas={personas} session={session} become={become} />
      </header>
      <main id="ask" tabIndex={-1}>
        <GraphiQL
          fetcher={fetcher}
          defaultQuery={examples[0]?.query ?? EMPTY}
          forcedTheme="light"
          isHeadersEditorEnabled={false}
          showPersistHeadersSettings={false}
          defaultEditorToolsVisibility={false}
        >
          <GraphiQL.Logo>
            <Questions examples={examples} personas={personas} open={open} />
            <EditorColours />
          </GraphiQL.Logo>
          <GraphiQL.Footer>
            <Result answers={answers} />
          </GraphiQL.Footer>
        </GraphiQL>
      </main>
    </>
  );
}
