/** A receipt of the transparency log, checked here and by nobody else: docs/audit.md tells its form. */
import { hex, same, sha256, unbase64, utf8 } from "./bytes";
import { canCheck, checkpoint, type Key, signedBy } from "./note";
import { leafOf, rootFrom } from "./tree";

export type Receipt = { entry: string; opened: string[]; proof: string };
/** `holds`: null where it could not be checked here. */
export type Finding = { what: string; holds: boolean | null; words: string };

/** All that a receipt claims, each with whether it holds. `log`: the key that is trusted for the log; `others`: those of
 * its witnesses. */
export async function check(receipt: Receipt, log: Key, others: Key[]): Promise<Finding[]> {
  try {
    return await checked(receipt, log, others);
  } catch (error) {
    return [
      {
        what: "The receipt",
        holds: false,
        words: `It cannot be read: ${error instanceof Error ? error.message : String(error)}.`,
      },
    ];
  }
}

async function checked({ entry, opened, proof }: Receipt, log: Key, others: Key[]): Promise<Finding[]> {
  const end = proof.indexOf("\n\n");
  const [first, place = "", ...hashes] = proof.slice(0, end).split("\n");
  const index = /^index (0|[1-9]\d{0,15})$/.exec(place)?.[1];
  if (first !== "c2sp.org/tlog-proof@v1" || index === undefined) throw new Error("it is no proof of C2SP's form");
  const note = checkpoint(proof.slice(end + 2));
  const root = await rootFrom(await leafOf(utf8(entry)), Number(index), note.size, hashes.map(unbase64));
  const included = root !== null && same(root, note.root);
  return [
    {
      what: "In the log",
      holds: included,
      words: included
        ? `It is entry ${index} of the first ${note.size.toLocaleString("en-GB")} of ${note.origin}.`
        : "The proof does not lead to the root of the checkpoint: this is not what the log holds.",
    },
    await parts(entry, opened),
    await signature(note, log),
    ...(await cosignatures(note, others)),
  ];
}

/** Whether what is shown of an entry is what the entry commits to. */
async function parts(entry: string, opened: string[]): Promise<Finding> {
  const said = JSON.parse(entry) as { caller?: string; answer?: string; parts?: string[] };
  const committed = new Set([said.caller, said.answer, ...(said.parts ?? [])]);
  const hashes = await Promise.all(opened.map(async (part) => hex(await sha256(utf8(part)))));
  const strange = hashes.filter((hash) => !committed.has(hash)).length;
  const holds = strange === 0;
  const words = holds
    ? `Each of the ${opened.length} parts that are shown is the one that the entry commits to.`
    : `${strange} of ${opened.length} parts that are shown are not what the entry commits to.`;
  return { what: "What it tells", holds, words };
}

async function signature(note: ReturnType<typeof checkpoint>, log: Key): Promise<Finding> {
  const what = "Signed by the log";
  if (note.origin !== log.name) return { what, holds: false, words: `It is of another log, ${note.origin}.` };
  if (!(await canCheck())) return { what, holds: null, words: UNABLE };
  const holds = (await signedBy(note, log)) === true;
  return {
    what,
    holds,
    words: holds ? `The checkpoint is signed by ${log.name}.` : "The log's key has not signed this checkpoint.",
  };
}

async function cosignatures(note: ReturnType<typeof checkpoint>, others: Key[]): Promise<Finding[]> {
  const what = "Seen by witnesses";
  if (others.length === 0) return [];
  if (!(await canCheck())) return [{ what, holds: null, words: UNABLE }];
  const found = await Promise.all(others.map(async (key) => ({ name: key.name, holds: await signedBy(note, key) })));
  const [good, bad] = [true, false].map((wanted) =>
    found.filter(({ holds }) => holds === wanted).map(({ name }) => name),
  );
  if (bad?.length) return [{ what, holds: false, words: `Not signed as it says by ${bad.join(", ")}.` }];
  return good?.length
    ? [{ what, holds: true, words: `Cosigned by ${good.length} of ${others.length}: ${good.join(", ")}.` }]
    : [{ what, holds: null, words: "No witness has cosigned it yet." }];
}

const UNABLE =
  "It could not be checked: this browser has no Ed25519, or the page was not opened over a secure connection.";

/** Whether an answer, as it was kept, is the one that a receipt is of. */
export async function isOf(answer: string, { opened }: Receipt): Promise<Finding> {
  const what = "The answer";
  const given = opened
    .map((part) => JSON.parse(part) as { part: string; sha256?: string })
    .find(({ part }) => part === "answer");
  if (!given) return { what, holds: null, words: "This entry does not say what was given." };
  const file = hex(await sha256(utf8(answer)));
  const holds = file === given.sha256 || hex(await sha256(utf8(compact(answer)))) === given.sha256;
  return {
    what,
    holds,
    words: holds ? "It is what was given: its SHA-256 is in the entry." : "It is not what was given for this entry.",
  };
}

/** The data of an answer as compact JSON, which is what is hashed. */
function compact(answer: string): string {
  try {
    return JSON.stringify((JSON.parse(answer) as { data?: unknown }).data) ?? "";
  } catch {
    return "";
  }
}
