/** Opens what the address asks, and again when one goes back or forward. */
import { useGraphiQL, useGraphiQLActions } from "@graphiql/react";
import { type RefObject, useEffect } from "react";

import type { Address } from "../../address";
import type { Example } from "../../examples";
import { asksOnly } from "../../result/asksOnly";

type Props = { address: Address; examples: Example[]; run: RefObject<string> };

export function AsAddressed({ address, examples, run }: Props) {
  const open = useOpening(examples);
  const query = address.params.get("query") ?? "";
  const variables = address.params.get("variables") ?? "";
  useEffect(() => {
    if (!query || !open || run.current === told(query, parsed(variables))) return;
    run.current = told(query, parsed(variables));
    // A link may show what would be changed; only a person changes it.
    open(query, variables, asksOnly(query));
  }, [query, variables, open, run]);
  return null;
}

/** Puts a query into the editor, in a tab of its own where something else is being written. Null until there is one. */
export function useOpening(examples: Example[]): ((query: string, variables: string, run: boolean) => void) | null {
  const { addTab, run: runNow } = useGraphiQLActions();
  const editor = useGraphiQL((state) => state.queryEditor);
  const variablesEditor = useGraphiQL((state) => state.variableEditor);
  if (!editor) return null;
  return (query, variables, run) => {
    const text = editor.getValue().trim();
    if (text && text !== query.trim() && !examples.some((each) => each.query.trim() === text)) addTab();
    variablesEditor?.setValue(variables);
    editor.setValue(query);
    if (run) runNow();
  };
}

/** A question as one text, to tell whether two are the same. */
export const told = (query: string, variables: unknown): string => JSON.stringify([query, variables ?? {}]);

export function parsed(variables: string | null): unknown {
  try {
    return variables ? JSON.parse(variables) : {};
  } catch {
    return {};
  }
}
