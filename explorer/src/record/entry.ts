/** What an entry of the log tells, in words. */
export type Line = { index: number; entry: string; opened: string[] };
type Said = Record<string, unknown> & {
  kind: string;
  at?: string;
  operation_id?: string;
  organisation?: string | null;
  purpose?: string | null;
  outcome?: string;
  id?: string;
  version?: number;
  move?: string;
};
type Decided = { coordinate: string; agreements?: string[]; basis?: string; clause?: string };
type Part = {
  part: string;
  who?: string | null;
  owner?: string;
  granted?: Decided[];
  refused?: Decided[];
  uses?: [string, number, number, number][];
  bytes?: number;
  sha256?: string;
};
/** `receipt`: its name under /audit/receipt/. */
export type Told = { index: number; at: string; title: string; receipt: string; lines: string[]; who: string | null };

const MOVES: Record<string, string> = {
  operation: "A question",
  asked: "Departments were asked",
  released: "An answer was sent",
  withheld: "An answer was withheld",
  act: "An agreement was moved",
  expired: "Old entries were let go",
  forgotten: "A person was forgotten",
};

export function told({ index, entry, opened }: Line, title: (name: string) => string): Told {
  const said = JSON.parse(entry) as Said;
  const parts = opened.map((text) => JSON.parse(text) as Part);
  const named = (coordinate: string) => title(coordinate.replace("LabourMarket.", ""));
  return {
    index,
    at: said.at ?? "",
    title: heading(said),
    receipt: said.kind === "operation" && said.operation_id ? said.operation_id : String(index),
    who: parts.find(({ part }) => part === "caller")?.who ?? null,
    lines: parts.flatMap((part) => inWords(part, named)),
  };
}

function heading({ kind, organisation, purpose, outcome, id, version, move }: Said): string {
  if (kind === "operation")
    return `${organisation ?? "The public"} asked${purpose ? ` for ${purpose.replaceAll("-", " ")}` : ""}: ${outcome}`;
  if (kind === "act") return `${id} version ${version}: ${move}`;
  return MOVES[kind] ?? kind;
}

function inWords(part: Part, named: (coordinate: string) => string): string[] {
  switch (part.part) {
    case "decisions":
      return [
        ...(part.granted ?? []).map(({ coordinate, agreements, basis }) => {
          const under = agreements?.length
            ? `under ${agreements.join(", ").replaceAll(" v", " version ")}`
            : basis === "OWN"
              ? "your own organisation's"
              : "open to everyone";
          return `${named(coordinate)} of ${part.owner} was granted: ${under}.`;
        }),
        ...(part.refused ?? []).map(({ coordinate }) => `${named(coordinate)} of ${part.owner} was refused.`),
      ];
    case "uses":
      return (part.uses ?? []).map(
        ([id, version, figures, suppressed]) =>
          `Figures read under ${id} version ${version}: ${figures.toLocaleString("en-GB")}, of which suppressed: ${suppressed.toLocaleString("en-GB")}.`,
      );
    case "answer":
      return [`${(part.bytes ?? 0).toLocaleString("en-GB")} bytes of data were given.`];
    default:
      return [];
  }
}
