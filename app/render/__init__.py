"""An answer as a file: one module a format, each a function from the answer's columns to chunks of bytes."""
