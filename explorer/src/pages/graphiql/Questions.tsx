/** Questions to start from: choosing one opens it in a tab, as the person who would ask it, and runs it. */
import { useRef } from "react";

import type { Example } from "../../examples";
import { type Persona, purposeInWords } from "../../session";
import { useOpening } from "./AsAddressed";

type Props = { examples: Example[]; personas: Persona[] | null; open: (example: Example) => void };

export function Questions({ examples, personas, open }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const show = useOpening(examples);

  if (examples.length === 0) return null;

  const choose = (example: Example) => {
    dialog.current?.close();
    open(example);
    show?.(example.query, "", true);
  };

  return (
    <>
      <button type="button" className="questions" disabled={!show} onClick={() => dialog.current?.showModal()}>
        Questions to start from
      </button>
      <dialog ref={dialog} className="question-list" aria-labelledby="questions-title">
        <div>
          <h2 id="questions-title">Questions to start from</h2>
          <button type="button" className="plain" onClick={() => dialog.current?.close()}>
            Close
          </button>
        </div>
        <ul>
          {examples.map((example) => (
            <li key={example.title}>
              <button type="button" onClick={() => choose(example)}>
                <strong>{example.title}</strong>
                <span>{example.question}</span>
                <small>
                  {[personas?.find(({ name }) => name === example.persona)?.title ?? example.persona, example.purpose]
                    .filter(Boolean)
                    .map((each) => (each === example.purpose ? purposeInWords(each) : each))
                    .join(" · ")}
                </small>
              </button>
            </li>
          ))}
        </ul>
      </dialog>
    </>
  );
}
