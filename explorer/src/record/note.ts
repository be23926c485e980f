/** C2SP's signed notes: keys as text, checkpoints, and who has signed one. */
import { hex, joined, same, sha256, unbase64, utf8 } from "./bytes";

/** What a key signs: a note as it is, or a checkpoint with the time at which a witness saw it. */
const NOTE = 1;
const COSIGNATURE = 4;
export type Key = { name: string; algorithm: number; public: Uint8Array<ArrayBuffer>; id: Uint8Array };
/** `body`: what is signed. */
export type Checkpoint = { body: string; origin: string; size: number; root: Uint8Array; signatures: Signature[] };
type Signature = { name: string; id: Uint8Array; made: Uint8Array<ArrayBuffer> };

/** Keys, one a line, as NAME+ID+BASE64. Throws an Error. */
export const keys = (text: string): Promise<Key[]> => Promise.all(text.split("\n").filter(Boolean).map(key));

async function key(line: string): Promise<Key> {
  const [, name = "", id = "", encoded = ""] = /^([^+\s]+)\+([0-9a-f]{8})\+(\S+)$/.exec(line) ?? [];
  const raw = unbase64(encoded);
  const [algorithm = 0] = raw;
  const made = (await sha256(utf8(`${name}\n`), raw)).slice(0, 4);
  if (raw.length !== 33 || ![NOTE, COSIGNATURE].includes(algorithm) || hex(made) !== id)
    throw new Error(`no key: ${line}`);
  return { name, algorithm, public: raw.slice(1), id: made };
}

/** A checkpoint as text: origin, size and root, an empty line, signatures. Throws an Error. */
export function checkpoint(note: string): Checkpoint {
  const end = note.lastIndexOf("\n\n");
  const body = note.slice(0, end + 1);
  const [origin = "", size = "", root = ""] = body.split("\n");
  if (end < 0 || !/^(0|[1-9]\d{0,15})$/.test(size)) throw new Error("no checkpoint");
  const lines = note
    .slice(end + 2)
    .split("\n")
    .filter(Boolean);
  const signatures = lines.map((line) => {
    const [, name = "", encoded = ""] = /^— (\S+) (\S+)$/.exec(line) ?? [];
    const raw = unbase64(encoded);
    return { name, id: raw.slice(0, 4), made: raw.slice(4) };
  });
  return { body, origin, size: Number(size), root: unbase64(root), signatures };
}

/** Whether this browser can check Ed25519 at all. */
export async function canCheck(): Promise<boolean> {
  try {
    await crypto.subtle.importKey("raw", new Uint8Array(32), "Ed25519", false, ["verify"]);
    return true;
  } catch {
    return false;
  }
}

/** Whether a key has signed a checkpoint: null where it has made no signature. */
export async function signedBy(note: Checkpoint, by: Key): Promise<boolean | null> {
  const found = note.signatures.find(({ name, id }) => name === by.name && same(id, by.id));
  if (!found) return null;
  const imported = await crypto.subtle.importKey("raw", by.public, "Ed25519", false, ["verify"]);
  if (by.algorithm === NOTE) return crypto.subtle.verify("Ed25519", imported, found.made, utf8(note.body));
  const seconds = new DataView(found.made.buffer, found.made.byteOffset, 8).getBigUint64(0);
  const message = joined(utf8(`cosignature/v1\ntime ${seconds}\n`), utf8(note.body));
  return crypto.subtle.verify("Ed25519", imported, found.made.slice(8), message);
}
