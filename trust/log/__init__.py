"""The transparency log: what was recorded, as a Merkle tree whose checkpoints others sign too. C2SP's formats."""
