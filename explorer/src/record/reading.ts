/** Reads the transparency log as the one who asks may read it. */
import { headers, type Session } from "../session";
import type { Line } from "./entry";
import { checkpoint, type Key, keys } from "./note";
import type { Receipt } from "./receipt";

/** Entries that are looked through at once: as many as the gateway allows. */
export const WINDOW = 1000;

/** How many entries the log has, as it was last signed; 0 before that. */
export async function size(): Promise<number> {
  const response = await fetch("/checkpoint", { cache: "no-cache" });
  return response.ok ? checkpoint(await response.text()).size : 0;
}

/** Of the entries before a place those that may be read, the newest first. Throws an Error that says why not. */
export async function before(session: Session, end: number): Promise<Line[]> {
  const first = Math.max(0, end - WINDOW);
  if (end === first) return [];
  const text = await got(`/audit/entries?first=${first}&count=${end - first}`, session);
  return text
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Line)
    .reverse();
}

/** All that the log says of an operation, or its entry at a place. Throws an Error that says why not. */
export async function receipts(session: Session, of: string): Promise<Receipt[]> {
  for (let looks = 0; looks < 5; looks++) {
    const response = await fetch(`/audit/receipt/${encodeURIComponent(of)}`, { headers: headers(session) });
    if (response.status === 200) return ((await response.json()) as { entries: Receipt[] }).entries;
    if (response.status !== 202) throw new Error(why(response.status));
    await new Promise((done) => setTimeout(done, 1000));
  }
  throw new Error("Its entry has no place in the log yet. Try again in a moment.");
}

/** `since`: the day on which this browser first saw the log's key. `changed`: whether it was another then. */
export type Trusted = { log: Key; witnesses: Key[]; since: string; changed: boolean };

/** The keys of the log and its witnesses. This browser keeps the log's from the first time on, so that another is seen. */
export async function trusted(): Promise<Trusted> {
  const text = await got("/audit/keys", null);
  const [log, ...witnesses] = await keys(text);
  if (!log) throw new Error("The gateway names no key of its log.");
  const [now, place] = [text.split("\n")[0] ?? "", `log key ${log.name}`];
  const [known, since] = (localStorage.getItem(place) ?? "").split(" ");
  if (known && since) return { log, witnesses, since, changed: known !== now };
  const today = new Date().toISOString().slice(0, 10);
  localStorage.setItem(place, `${now} ${today}`);
  return { log, witnesses, since: today, changed: false };
}

async function got(path: string, session: Session | null): Promise<string> {
  const response = await fetch(path, session ? { headers: headers(session) } : {});
  if (!response.ok) throw new Error(why(response.status));
  return response.text();
}

function why(status: number): string {
  if (status === 404) return "There is no such entry, or none that you may read.";
  if (status === 401) return "The gateway does not accept your token.";
  if (status === 429) return "Your quota is used up. Try again in a minute.";
  return `The log cannot be read now: the gateway answered ${status}.`;
}
