/** A receipt that a gateway of the demonstration made, checked; and whatever is changed in it is seen. */
import { describe, expect, test } from "vitest";

import made from "./made.json";
import { keys } from "./note";
import { check, type Finding, isOf, type Receipt } from "./receipt";
import { leafOf, rootFrom } from "./tree";

const { receipt } = made;
const findings = async (changed: Partial<Receipt>, text = made.keys): Promise<Finding[]> => {
  const [log, ...others] = await keys(text);
  if (!log) throw new Error("no key");
  return check({ ...receipt, ...changed }, log, others);
};
const holding = async (changed: Partial<Receipt>, text?: string) =>
  (await findings(changed, text)).map(({ holds }) => holds);

describe("a receipt", () => {
  test("holds in all that it claims", async () => {
    const found = await findings({});
    expect(found.map(({ what, holds }) => [what, holds])).toEqual([
      ["In the log", true],
      ["What it tells", true],
      ["Signed by the log", true],
      ["Seen by witnesses", true],
    ]);
    expect(found.at(-1)?.words).toContain("dwp.example/witness");
  });

  test("does not hold with another entry, place, hash or size", async () => {
    const { entry, proof } = receipt;
    expect((await holding({ entry: entry.replace("DfE", "DWP") }))[0]).toBe(false);
    expect((await holding({ proof: proof.replace(/index \d+/, "index 1") }))[0]).toBe(false);
    expect((await holding({ proof: proof.replace(/\n[^\n]{43}=\n/, `\n${"A".repeat(43)}=\n`) }))[0]).toBe(false);
    const [included, , signed, witnessed] = await holding({
      proof: proof.replace(/log\n(\d+)\n/, (_, size: string) => `log\n${size}0\n`),
    });
    expect([included, signed, witnessed]).toEqual([false, false, false]);
  });

  test("does not hold with a part that the entry does not commit to", async () => {
    const opened = receipt.opened.map((part) => part.replace("DSA-004", "DSA-005"));
    expect(opened).not.toEqual(receipt.opened);
    expect(await holding({ opened })).toEqual([true, false, true, true]);
  });

  test("does not hold by another key of the log", async () => {
    const other = await crypto.subtle.generateKey("Ed25519", true, ["sign", "verify"]);
    const raw = new Uint8Array(await crypto.subtle.exportKey("raw", (other as CryptoKeyPair).publicKey));
    const [log] = await keys(made.keys);
    const found = log ? await check(receipt, { ...log, public: raw }, []) : [];
    expect(found.find(({ what }) => what === "Signed by the log")?.holds).toBe(false);
  });

  test("that cannot be read says so and holds in nothing", async () => {
    for (const proof of ["", "c2sp.org/tlog-proof@v1\nindex x\n\n", receipt.proof.replace("index", "place")])
      expect(await holding({ proof })).toEqual([false]);
  });

  test("is of the answer that was given, and of no other", async () => {
    expect((await isOf(made.answer, receipt)).holds).toBe(true);
    expect((await isOf(JSON.stringify(JSON.parse(made.answer), null, 2), receipt)).holds).toBe(true);
    expect((await isOf(made.answer.replace("Manchester", "Salford"), receipt)).holds).toBe(false);
    expect((await isOf("", receipt)).holds).toBe(false);
  });
});

test("a key whose id is of another is no key", async () => {
  await expect(keys(made.keys.replace(/\+[0-9a-f]{8}\+/, "+00000000+"))).rejects.toThrow("no key");
});

test("of a tree of one leaf the root is the leaf, and a proof that is too long proves nothing", async () => {
  const leaf = await leafOf(new Uint8Array([1]));
  expect(await rootFrom(leaf, 0, 1, [])).toEqual(leaf);
  expect(await rootFrom(leaf, 0, 1, [leaf])).toBeNull();
  expect(await rootFrom(leaf, 0, 2, [])).toBeNull();
  expect(await rootFrom(leaf, 2, 2, [leaf])).toBeNull();
});
