/** Demand as the gateway counts it from its record. */
export type Between = { owner: string; consumer: string | null; met: number; unmet: number };
export type Unmet = {
  owner: string;
  consumer: string | null;
  purpose: string | null;
  operations: number;
  sinceMet: number;
  untold: number;
  fields: { coordinate: string; operations: number }[];
  levels: string[];
  breakdowns: string[][];
  first: string | null;
  last: string | null;
  lastAsked: string;
  draft: { title?: string; scope?: { within?: string } } | null;
  wouldAnswer: number | null;
};
export type Missed = {
  kind: string;
  measure: string | null;
  consumer: string | null;
  purpose: string | null;
  level: string | null;
  breakdown: string[];
  year: number | null;
  times: number;
};
export type Arrangement = {
  agreement: { id: string; version: number; title: string; owner: string; consumer: string };
  inForce: boolean;
  operations: number;
  figures: number;
  lastUsed: string | null;
  daysToProposal: number | null;
  daysToSignature: number | null;
  daysToUse: number | null;
};
export type Demand = {
  since: string;
  until: string;
  operations: number;
  untold: number;
  between: Between[];
  months: (Between & { month: string })[];
  unmet: Unmet[];
  missed: Missed[];
  agreements: Arrangement[];
};

export const DEMAND = `query Demand($since: Date, $owner: DepartmentCode, $consumer: String) {
  me { organisation roles }
  departments { code }
  demand(since: $since, owner: $owner, consumer: $consumer) {
    since until operations untold
    between { owner consumer met unmet }
    months { month owner consumer met unmet }
    unmet {
      owner consumer purpose operations sinceMet untold fields { coordinate operations }
      levels breakdowns first last lastAsked draft wouldAnswer
    }
    missed { kind measure consumer purpose level breakdown year times }
    agreements {
      agreement { id version title owner consumer }
      inForce operations figures lastUsed daysToProposal daysToSignature daysToUse
    }
  }
}`;

export const who = (consumer: string | null): string => consumer ?? "the public";

export const counted = (count: number, what: string): string =>
  `${count.toLocaleString("en-GB")} ${what}${count === 1 ? "" : "s"}`;

/** Met and unmet added up under a name, in the order in which the names come. */
export function added<One extends Between>(
  all: One[],
  name: (one: One) => string,
): { label: string; parts: [number, number] }[] {
  const sums = new Map<string, [number, number]>();
  for (const one of all) {
    const [met, unmet] = sums.get(name(one)) ?? [0, 0];
    sums.set(name(one), [met + one.met, unmet + one.unmet]);
  }
  return [...sums].map(([label, parts]) => ({ label, parts }));
}

/** A query of what was refused and is still: for a draft of what would allow it. */
export function asked({ fields, levels, breakdowns, first, last, draft }: Unmet): string {
  const names = fields.map(({ coordinate }) => coordinate.replace("LabourMarket.", ""));
  const within = draft?.scope?.within;
  const periods = `{ from: "${(first ?? last ?? "").slice(0, 7)}", to: "${(last ?? first ?? "").slice(0, 7)}" }`;
  const selections = levels.flatMap((level) =>
    (breakdowns.length > 0 ? breakdowns : [[]]).map((by) => ({ level, by })),
  );
  const lines = selections.map(({ level, by }, at) => {
    const areas = `{ level: ${level}${within ? `, within: "${within}"` : ""} }`;
    const facets = by.length > 0 ? `, by: [${by.join(", ")}]` : "";
    return `  asked${at}: labourMarket(areas: ${areas}, periods: ${periods}${facets}, fill: LATEST, first: 1) { nodes { ${names.map((name) => `${name} { value }`).join(" ")} } }`;
  });
  return `{\n${lines.join("\n")}\n}`;
}
