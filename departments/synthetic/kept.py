"""What is built once and kept in a folder, under a name that changes whenever the figures would."""

import hashlib
import os
import tempfile
from collections.abc import Callable
from functools import cache
from importlib.resources import files
from pathlib import Path


@cache
def version() -> str:
    """Eight hexadecimal digits of the generator and of the codes and published figures it works from."""
    digest = hashlib.sha256()
    for package, kinds in (("departments.synthetic", (".py", ".csv")), ("reference", (".csv",))):
        for file in sorted(files(package).iterdir(), key=lambda path: path.name):
            if file.name.endswith(kinds):
                digest.update(file.name.encode() + file.read_bytes())
    return digest.hexdigest()[:8]


def kept(home: Path, write: Callable[[Path], None]) -> Path:
    """`home`, a file or a folder, written first where it is missing.

    It is written beside its place and then renamed, so that departments that start together never read half of it.
    """
    if home.exists():
        return home
    home.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=home.parent, prefix=f".{home.name}-") as aside:
        written = Path(aside) / home.name
        write(written)
        try:
            os.rename(written, home)
        except OSError:
            # Another department was quicker, and what it built is the same.
            if not home.exists():
                raise
    return home
