"""Starts a process that alone sees a small disk of its own: `python -m bench.trials.small_disk MB FOLDER MODULE ...`.
The disk is gone when the process is."""

import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

OWN_MOUNTS = ("unshare", "--map-root-user", "--mount")
MOUNTED = 'mount -t tmpfs -o size="$1"m none "$2" && shift 2 && exec "$@"'


def works() -> bool:
    """Whether this machine allows it."""
    tried = [*OWN_MOUNTS, "mount", "-t", "tmpfs", "-o", "size=1m", "none", "/tmp"]
    return subprocess.run(tried, capture_output=True).returncode == 0


def fill(ballast: Path) -> None:
    """Writes a file until its disk is full."""
    with suppress(OSError), ballast.open("wb", buffering=0) as file:
        while file.write(bytes(4096)):
            pass


if __name__ == "__main__":
    size, folder, *module = sys.argv[1:]
    os.execvp("unshare", [*OWN_MOUNTS, "sh", "-c", MOUNTED, "sh", size, folder, sys.executable, "-m", *module])
