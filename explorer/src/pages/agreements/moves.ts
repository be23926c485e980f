/** The moves of an agreement: what each is called, what it brings about, and how it is sent. */
import type { Agreement } from "./agreement";
import { newest } from "./agreement";

/** `reason`: what is asked for besides, where something is. `signs`: whether it puts a signature over the content. */
type Move = { name: string; effect: string; reason?: string; signs?: true; grave?: true };

export const MOVES: Record<string, Move> = {
  submit: {
    name: "Submit it",
    effect: "It goes to its owner and to the Trust, who read it and sign it or send it back.",
  },
  approve: {
    name: "Sign it",
    effect:
      "You sign this content. With the last signature that is needed it comes into force, at once or from its first day.",
    signs: true,
  },
  return: {
    name: "Send it back",
    effect: "It goes back to its consumer. Signatures lapse.",
    reason: "What should be other",
  },
  reject: {
    name: "Turn it down",
    effect: "It is turned down for good. A new version may follow.",
    reason: "Why",
    grave: true,
  },
  cancel: { name: "Withdraw it", effect: "It is withdrawn before it is in force.", grave: true },
  suspend: {
    name: "Put it on hold",
    effect: "What it covers is refused from now on, everywhere within a second, until it is put in force again.",
    reason: "Why",
    grave: true,
  },
  resume: { name: "Put it in force again", effect: "What it covers is granted again.", reason: "Why" },
  terminate: { name: "End it", effect: "It ends for good, at once.", reason: "Why", grave: true },
};

export type Sent = { mutation: string; variables: object };

/** The mutation that makes a move of a version. */
export function sent(move: string, one: Agreement, reason: string, simulation: string | null): Sent {
  const { id, version, contentHash } = one;
  switch (move) {
    case "approve":
      return written(
        "approveAgreement",
        { version: "Int!", contentHash: "String!", simulationHash: "String" },
        { id, version, contentHash, simulationHash: simulation },
      );
    case "submit":
    case "cancel":
      return written(`${move}Agreement`, { version: "Int!" }, { id, version });
    case "return":
      return written("returnAgreement", { version: "Int!", comment: "String!" }, { id, version, comment: reason });
    case "reject":
      return written("rejectAgreement", { version: "Int!", reason: "String!" }, { id, version, reason });
    default:
      return written(`${move}Agreement`, { reason: "String!" }, { id, reason });
  }
}

/** The mutation that writes the next version with other terms: as a draft, or in force where it only narrows. */
export const rewritten = (move: "amend" | "narrow", one: Agreement, terms: object): Sent =>
  written(
    `${move}Agreement`,
    { expectedVersion: "Int!", terms: "AgreementTerms!" },
    { id: one.id, expectedVersion: newest(one.versions), terms },
  );

function written(field: string, types: Record<string, string>, variables: object): Sent {
  const all = { id: "ID!", ...types };
  const declared = Object.entries(all).map(([name, type]) => `$${name}: ${type}`);
  const given = Object.keys(all).map((name) => `${name}: $${name}`);
  const mutation = `mutation Move(${declared.join(", ")}) {
  change: ${field}(${given.join(", ")}) { to agreement { id version } missing { key text } }
}`;
  return { mutation, variables };
}
