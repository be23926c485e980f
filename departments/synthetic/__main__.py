"""Builds every figure of the sample departments: `python -m departments.synthetic FOLDER`."""

import sys
import time
from pathlib import Path

from departments.synthetic.build import build
from departments.synthetic.kept import version

if __name__ == "__main__":
    started = time.perf_counter()
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else ".data/departments")
    built = build(folder)
    print(f"version {version()}: built {len(built)} in {time.perf_counter() - started:.1f} s in {folder}")
