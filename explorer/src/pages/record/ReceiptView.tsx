/** A receipt, checked in this browser: what it claims, and whether each claim holds. */
import { type ChangeEvent, useEffect, useState } from "react";

import { check, type Finding, isOf, type Receipt } from "../../record/receipt";
import { receipts, type Trusted, trusted } from "../../record/reading";
import { saved } from "../../result/save";
import type { Session } from "../../session";
import { day } from "../../words";

type Checked = { receipts: Receipt[]; found: Finding[][]; by: Trusted | null; problem: string; busy: boolean };
const CHECKING: Checked = { receipts: [], found: [], by: null, problem: "", busy: true };

export function ReceiptView({ of, session }: { of: string; session: Session }) {
  const [{ receipts: all, found, by, problem, busy }, set] = useState(CHECKING);
  useEffect(() => {
    let left = false;
    const begin = async () => {
      const [one, keys] = await Promise.all([receipts(session, of), trusted()]);
      const findings = await Promise.all(one.map((each) => check(each, keys.log, keys.witnesses)));
      if (!left) set({ receipts: one, found: findings, by: keys, problem: "", busy: false });
    };
    begin().catch((error: unknown) => {
      if (!left) set({ ...CHECKING, busy: false, problem: error instanceof Error ? error.message : String(error) });
    });
    return () => {
      left = true;
    };
  }, [of, session.token]);

  const every = found.flat();
  return (
    <div className="receipt" aria-busy={busy}>
      <p role="status">{busy ? "Checking …" : problem ? "" : verdict(every)}</p>
      {problem && <p className="refused">{problem}</p>}
      {found.map((findings, index) => (
        <ul key={index} aria-label={`Receipt ${index + 1}`}>
          {findings.map((finding, at) => (
            <Found key={at} finding={finding} />
          ))}
        </ul>
      ))}
      {by && <KeptKey by={by} />}
      {all.length > 0 && (
        <>
          <Answer receipts={all} />
          <button
            type="button"
            className="plain"
            onClick={() => saved(`receipt-${of}.json`, new Blob([JSON.stringify({ entries: all })]))}
          >
            Download the receipt
          </button>
        </>
      )}
    </div>
  );
}

const Found = ({ finding: { what, holds, words } }: { finding: Finding }) => (
  <li data-holds={String(holds)}>
    <strong>
      <span aria-hidden="true">{holds === null ? "?" : holds ? "✓" : "✕"}</span> {what}:{" "}
      {holds === null ? "not checked" : holds ? "holds" : "does not hold"}.
    </strong>{" "}
    {words}
  </li>
);

function KeptKey({ by: { log, since, changed } }: { by: Trusted }) {
  return changed ? (
    <p className="refused">
      The key of {log.name} is not the one that this browser saw on {day(since)}. Ask the Trust, by another way than
      this page, whether it has changed its key.
    </p>
  ) : (
    <p className="hint">
      Checked in this browser by the key of {log.name} that it has known since {day(since)}.
    </p>
  );
}

/** Holds an answer that one has kept to what the entry says was given. */
function Answer({ receipts: all }: { receipts: Receipt[] }) {
  const [finding, setFinding] = useState<Finding | null>(null);
  const receipt = all.find(({ opened }) => opened.some((part) => part.includes('"part":"answer"')));
  if (!receipt) return null;
  const hold = async ({ target }: ChangeEvent<HTMLInputElement>) => {
    const text = await target.files?.[0]?.text();
    if (text !== undefined) setFinding(await isOf(text, receipt));
  };
  return (
    <>
      <label className="field">
        An answer that you kept, to see whether it is this one: the file stays in this browser
        <input type="file" onChange={(event) => void hold(event)} />
      </label>
      <ul role="status">{finding && <Found finding={finding} />}</ul>
    </>
  );
}

function verdict(all: Finding[]): string {
  if (all.some(({ holds }) => holds === false)) return "This receipt does not hold.";
  if (all.some(({ holds }) => holds === null)) return "What could be checked holds.";
  return "This receipt holds.";
}
