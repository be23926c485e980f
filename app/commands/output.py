"""What a command prints for other programs."""

import sys


def write_out(content: bytes) -> None:
    """Writes all of it to standard output. Raises BrokenPipeError where nobody reads any further."""
    # An unbuffered output (PYTHONUNBUFFERED) takes a part at a time.
    rest = memoryview(content)
    while rest:
        rest = rest[sys.stdout.buffer.write(rest) :]
    sys.stdout.buffer.flush()
