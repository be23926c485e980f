import { Kind, OperationTypeNode, parse } from "graphql";

/** Whether a text holds queries and nothing else. */
export function asksOnly(text: string): boolean {
  try {
    const operations = parse(text).definitions.filter((each) => each.kind === Kind.OPERATION_DEFINITION);
    return operations.length > 0 && operations.every(({ operation }) => operation === OperationTypeNode.QUERY);
  } catch {
    return false;
  }
}
