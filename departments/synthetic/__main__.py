"""Builds every figure of the sample departments: `python -m departments.synthetic FOLDER`."""

import sys
import time
from pathlib import Path

from departments.synthetic.cube import builders, load
from departments.synthetic.databases import BUILDERS, database

if __name__ == "__main__":
    started = time.perf_counter()
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else ".data/departments")
    for name in builders():
        load(name, folder)
    for name in BUILDERS:
        database(name, folder)
    print(f"built in {time.perf_counter() - started:.1f} s in {folder}")
