"""Where a command writes what other programs read: standard output, a file, or a folder."""

import sys
from pathlib import Path

from app.commands.exits import Misused


def write_out(content: bytes) -> None:
    """Writes all of it to standard output. Raises BrokenPipeError where nobody reads any further."""
    # An unbuffered output (PYTHONUNBUFFERED) takes a part at a time.
    rest = memoryview(content)
    while rest:
        rest = rest[sys.stdout.buffer.write(rest) :]
    sys.stdout.buffer.flush()


def write(content: bytes, output: str | None, option: str = "--output") -> None:
    """Writes all of it to a file, or to standard output for None. Raises Misused where the file cannot be written."""
    if output is None:
        write_out(content)
        return
    try:
        Path(output).write_bytes(content)
    except OSError as error:
        raise Misused(f"{option} {output}: {error.strerror}.") from error


def is_folder(output: str) -> bool:
    """Whether the text of --output means a folder: it is one, or it ends in a slash.
    Raises Misused where it can be neither file nor folder."""
    path = Path(output)
    try:
        exists, is_directory = path.exists(), path.is_dir()
        is_place = path.absolute().parent.is_dir()
    except OSError as error:
        raise Misused(f"--output {output}: {error.strerror}.") from error
    if output.endswith("/") and exists and not is_directory:
        raise Misused(f"--output {output} is a file, not a folder.")
    if not exists and not is_place:
        raise Misused(f"--output {output}: there is no folder {path.parent}. Make it first.")
    return is_directory or output.endswith("/")


def make_folder(output: str) -> None:
    """Makes the folder unless it is there. Raises Misused."""
    try:
        Path(output).mkdir(exist_ok=True)
    except OSError as error:
        raise Misused(f"--output {output}: {error.strerror}.") from error
