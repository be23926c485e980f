"""Transparency logs in C2SP's formats: notes, checkpoints, trees, tiles, proofs, policies, and a witness's rules. It
knows nothing of what is logged: the Trust keeps such a log, departments witness it, anybody checks it."""
