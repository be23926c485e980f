/** Agreements as the pages about them read them. */

export type Value = string | number | boolean | null | Value[] | { [key: string]: Value };
export type Content = { [key: string]: Value };
export type Question = { key: string; text: string; allowed: string[]; answered: boolean; problem: string | null };
export type Listed = {
  id: string;
  version: number;
  title: string;
  owner: string;
  consumer: string;
  status: string;
  notAfter: string | null;
  attention: string[];
};
export type Version = { version: number; status: string; contentHash: string; content: Content };
export type Event = {
  version: number;
  move: string;
  to: string;
  at: string;
  by: string | null;
  organisation: string | null;
  party: string;
  comment: string;
  contentHash: string;
  simulationHash: string | null;
  signed: boolean;
};
export type Agreement = Listed & {
  contentHash: string;
  content: Content;
  obligations: string[];
  gateways: string[];
  moves: { move: string }[];
  questions: Question[];
  versions: Version[];
  history: Event[];
};

export const LISTED = "id version title owner consumer status notAfter attention";

const STATES: Record<string, string> = {
  DRAFT: "Draft",
  SUBMITTED: "Proposed",
  IN_REVIEW: "Partly signed",
  RETURNED: "Sent back",
  REJECTED: "Turned down",
  APPROVED: "Signed by all",
  SCHEDULED: "In force from a later day",
  ACTIVE: "In force",
  SUSPENDED: "On hold",
  EXPIRED: "Its term is over",
  TERMINATED: "Ended early",
  SUPERSEDED: "Replaced",
  CANCELLED: "Withdrawn",
};

export const stateInWords = (status: string): string => STATES[status] ?? status;

/** Its last version, which is the one that may be amended. */
export const newest = (versions: Version[]): number => Math.max(...versions.map(({ version }) => version));
