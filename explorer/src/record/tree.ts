/** The Merkle tree of RFC 6962, with SHA-256: where a leaf stands in it. */
import { sha256 } from "./bytes";

export const leafOf = (entry: Uint8Array): Promise<Uint8Array> => sha256(Uint8Array.of(0), entry);

/** The root over `size` leaves that follows from a leaf, its place and an inclusion proof; null where the proof does not
 * fit the place (RFC 9162, 2.1.3.2). */
export async function rootFrom(
  leaf: Uint8Array,
  index: number,
  size: number,
  proof: Uint8Array[],
): Promise<Uint8Array | null> {
  if (index >= size) return null;
  let [found, at, last] = [leaf, index, size - 1];
  for (const hash of proof) {
    if (last === 0) return null;
    if (at % 2 === 1 || at === last) {
      found = await sha256(Uint8Array.of(1), hash, found);
      while (at % 2 === 0 && at > 0) [at, last] = [at / 2, Math.floor(last / 2)];
    } else found = await sha256(Uint8Array.of(1), found, hash);
    [at, last] = [Math.floor(at / 2), Math.floor(last / 2)];
  }
  return last === 0 ? found : null;
}
