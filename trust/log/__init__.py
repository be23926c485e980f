"""The transparency log that the Trust keeps: what was recorded, as the leaves of a Merkle tree."""
