/** What a query selects, as a tree of response keys: app/tabular/selection.py does the same. */
import { type DocumentNode, type FieldNode, type FragmentDefinitionNode, Kind, type SelectionSetNode } from "graphql";

/** One field of an answer: its key there, its name in the schema, and what is selected of it. `fill`: as in the query. */
export type Selected = { key: string; name: string; fill: boolean; fields: Selected[] };

export function selected(document: DocumentNode, operation?: string | null): Selected[] {
  const operations = document.definitions.filter((node) => node.kind === Kind.OPERATION_DEFINITION);
  const chosen = operations.find((node) => !operation || node.name?.value === operation) ?? operations[0];
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const node of document.definitions)
    if (node.kind === Kind.FRAGMENT_DEFINITION) fragments.set(node.name.value, node);
  return chosen ? fieldsOf([chosen.selectionSet], fragments) : [];
}

/** Fields with one response key are one field, as in an answer. */
function fieldsOf(sets: SelectionSetNode[], fragments: Map<string, FragmentDefinitionNode>): Selected[] {
  const nodes = new Map<string, FieldNode[]>();
  const seen = new Set<string>();
  const collect = (set: SelectionSetNode) => {
    for (const node of set.selections) {
      if (node.kind === Kind.FIELD) {
        const key = (node.alias ?? node.name).value;
        nodes.set(key, [...(nodes.get(key) ?? []), node]);
      } else if (node.kind === Kind.INLINE_FRAGMENT) collect(node.selectionSet);
      else {
        const fragment = fragments.get(node.name.value);
        if (!fragment || seen.has(node.name.value)) continue;
        seen.add(node.name.value);
        collect(fragment.selectionSet);
      }
    }
  };
  sets.forEach(collect);
  return [...nodes].map(([key, same]) => ({
    key,
    name: same[0]?.name.value ?? key,
    fill: same.some(({ arguments: given }) => given?.some(({ name }) => name.value === "fill")),
    fields: fieldsOf(
      same.flatMap(({ selectionSet }) => (selectionSet ? [selectionSet] : [])),
      fragments,
    ),
  }));
}
