"""The rules: who may read what, and what is done to it first. Knows no HTTP and no SQL."""
