/** A query as a choice, where it asks for nothing that a choice cannot say. */
import {
  type ArgumentNode,
  type FieldNode,
  Kind,
  type ObjectValueNode,
  parse,
  print,
  type SelectionSetNode,
  type ValueNode,
} from "graphql";

import { type Choice, EVERY, GROUP, LEVELS } from "./choice";
import { written } from "./write";

/** Null where it is not GraphQL, or says more, or other things, than a choice would write. */
export function choiceOf(query: string): Choice | null {
  try {
    const choice = guessed(query);
    // What the guess has overlooked is not in the query that it would write.
    return choice && canonical(written(choice)) === canonical(query) ? choice : null;
  } catch {
    return null;
  }
}

const canonical = (query: string): string => print(parse(query, { noLocation: true }));

function guessed(query: string): Choice | null {
  const [operation] = parse(query, { noLocation: true }).definitions;
  if (operation?.kind !== Kind.OPERATION_DEFINITION) return null;
  const market = field(operation.selectionSet, "labourMarket");
  const rows = field(market?.selectionSet, "nodes")?.selectionSet;
  const [areas, periods] = [object(market, "areas"), object(market, "periods")];
  if (!market || !rows || !areas || !periods) return null;
  const by = list(given(market, "by"));
  const measures = fields(rows).filter((name) => !["area", "period", "group"].includes(name));
  const last = inside(periods, "last");
  const choice: Choice = {
    measures,
    places: inside(areas, "codes")
      ? { codes: list(inside(areas, "codes")) }
      : { level: word(inside(areas, "level")), within: word(inside(areas, "within")) || null },
    periods: last
      ? { last: Number(word(last)) }
      : { from: word(inside(periods, "from")), to: word(inside(periods, "to")) },
    every: word(inside(periods, "every")) || "MONTH",
    by,
    latest: word(given(market, "fill")) === "LATEST",
  };
  const known =
    (EVERY as readonly string[]).includes(choice.every) &&
    by.every((facet) => facet in GROUP) &&
    ("codes" in choice.places || (LEVELS as readonly string[]).includes(choice.places.level));
  return known ? choice : null;
}

const fields = ({ selections }: SelectionSetNode): string[] =>
  selections.map((node) => (node.kind === Kind.FIELD && !node.alias ? node.name.value : "?"));

const field = (set: SelectionSetNode | undefined, name: string): FieldNode | undefined =>
  set?.selections.find((node): node is FieldNode => node.kind === Kind.FIELD && node.name.value === name);

const given = (node: FieldNode | undefined, name: string): ValueNode | undefined =>
  node?.arguments?.find((argument: ArgumentNode) => argument.name.value === name)?.value;

function object(node: FieldNode | undefined, name: string): ObjectValueNode | undefined {
  const value = given(node, name);
  return value?.kind === Kind.OBJECT ? value : undefined;
}

const inside = ({ fields }: ObjectValueNode, name: string): ValueNode | undefined =>
  fields.find((each) => each.name.value === name)?.value;

const word = (value: ValueNode | undefined): string => (value && "value" in value ? String(value.value) : "");

const list = (value: ValueNode | undefined): string[] => (value?.kind === Kind.LIST ? value.values.map(word) : []);
