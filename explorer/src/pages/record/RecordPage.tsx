/** What the transparency log says of one's own use, with receipts that are checked in this browser. */
import { type FormEvent, useEffect, useState } from "react";

import "../agreements/agreements.css";
import "./record.css";

import { ask } from "../../gateway";
import { type Line, type Told, told } from "../../record/entry";
import { before, receipts, size, WINDOW } from "../../record/reading";
import { useCatalogued } from "../../result/catalogued";
import type { Session } from "../../session";
import { useTitle } from "../../shell/title";
import { ReceiptView } from "./ReceiptView";

type Read = { lines: Line[]; end: number; me: string | null; problem: string; busy: boolean };
const NOTHING: Read = { lines: [], end: 0, me: null, problem: "", busy: true };

export default function RecordPage({ session }: { session: Session }) {
  useTitle("Record");
  return (
    <div className="record">
      <h1>Record</h1>
      <p className="lead">
        Whatever the Trust answers or refuses is an entry of its transparency log, which nobody can change unseen.
      </p>
      {session.token ? (
        <Entries key={session.token} session={session} />
      ) : (
        <p>
          You ask as a member of the public: entries about the public name nobody, so that no list of yours can be made.
          Whoever knows the id of an answer, from its header <code>Receipt</code>, may look up its receipt below.
        </p>
      )}
      <LookUp session={session} />
    </div>
  );
}

function Entries({ session }: { session: Session }) {
  const [{ lines, end, me, problem, busy }, set] = useState(NOTHING);
  const [all, setAll] = useState(false);
  const catalogue = useCatalogued();
  useEffect(() => {
    let left = false;
    const begin = async () => {
      const who = await myself(session);
      const last = await size();
      const read = await before(session, last);
      if (!left) set({ lines: read, end: Math.max(0, last - WINDOW), me: who, problem: "", busy: false });
    };
    begin().catch((error: unknown) => {
      if (!left) set({ ...NOTHING, busy: false, problem: words(error) });
    });
    return () => {
      left = true;
    };
  }, [session.token]);
  const earlier = async () => {
    set((now) => ({ ...now, busy: true }));
    try {
      const more = await before(session, end);
      set((now) => ({ ...now, lines: [...now.lines, ...more], end: Math.max(0, end - WINDOW), busy: false }));
    } catch (error) {
      set((now) => ({ ...now, busy: false, problem: words(error) }));
    }
  };
  const entries = lines.map((line) => told(line, (name) => catalogue.get(name)?.title ?? name));
  const others = entries.some(({ who }) => who !== me);
  const shown = entries.filter(({ who }) => all || who === me);

  return (
    <section aria-busy={busy} aria-label="Entries">
      <h2>What you have asked</h2>
      {others && (
        <p>
          <label className="inline">
            <input type="checkbox" checked={all} onChange={({ target }) => setAll(target.checked)} />
            Entries about others, which your office lets you read, too
          </label>
        </p>
      )}
      {problem && <p className="refused">{problem}</p>}
      <p role="status">{busy ? "Reading the log …" : `${shown.length} ${shown.length === 1 ? "entry" : "entries"}`}</p>
      <ol className="results" aria-label="Entries of the log">
        {shown.map((one) => (
          <Entry key={one.index} one={one} session={session} />
        ))}
      </ol>
      {end > 0 && (
        <button type="button" className="plain" disabled={busy} onClick={() => void earlier()}>
          Look through {Math.min(end, WINDOW).toLocaleString("en-GB")} earlier entries
        </button>
      )}
    </section>
  );
}

function Entry({ one, session }: { one: Told; session: Session }) {
  const [open, setOpen] = useState(false);
  return (
    <li>
      <h3>{one.title}</h3>
      <small>
        <time dateTime={one.at}>{moment(one.at)}</time> · entry {one.index.toLocaleString("en-GB")}
      </small>
      {one.lines.map((line, index) => (
        <p key={index}>{line}</p>
      ))}
      <button type="button" className="plain" aria-expanded={open} onClick={() => setOpen(!open)}>
        {open ? "Close the receipt" : "Check the receipt"}
      </button>
      {open && <ReceiptView of={one.receipt} session={session} />}
    </li>
  );
}

function LookUp({ session }: { session: Session }) {
  const [of, setOf] = useState("");
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const written = new FormData(event.currentTarget).get("receipt")?.toString().trim() ?? "";
    setOf(written.split("/").at(-1) ?? "");
  };
  return (
    <section aria-label="Look up a receipt">
      <h2>Look up a receipt</h2>
      <form className="search" onSubmit={submit}>
        <label htmlFor="receipt">The id of an answer, or a place in the log</label>
        <div>
          <input id="receipt" name="receipt" maxLength={60} spellCheck={false} autoComplete="off" />
          <button type="submit">Check it</button>
        </div>
        <small>Each answer says it as extensions.receipt.path, and in its header Receipt</small>
      </form>
      {of && <ReceiptView key={of} of={of} session={session} />}
    </section>
  );
}

/** What stands for the caller in the log: told by the receipt of a question of their own. */
async function myself(session: Session): Promise<string | null> {
  const answer = await ask(session, { query: "{ me { organisation } }" });
  const path = answer.extensions?.receipt?.path;
  if (!path) return null;
  const found = await receipts(session, path.split("/").at(-1) ?? "");
  const parts = found.flatMap(({ opened }) =>
    opened.map((part) => JSON.parse(part) as { part: string; who?: string | null }),
  );
  return parts.find(({ part }) => part === "caller")?.who ?? null;
}

const words = (error: unknown): string => (error instanceof Error ? error.message : String(error));
const moment = (text: string): string =>
  text
    ? new Date(text).toLocaleString("en-GB", { dateStyle: "long", timeStyle: "medium", timeZone: "Europe/London" })
    : "";
