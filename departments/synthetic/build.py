"""Every figure of the sample departments in one folder."""

from pathlib import Path

from departments.synthetic import cubes, databases
from departments.synthetic.kept import version


def build(folder: Path) -> list[str]:
    """Builds what the folder does not hold in this version, and names it: nothing where the folder is current."""
    missing = [name for name in cubes.BUILDERS if not (folder / f"{name}-{version()}").exists()]
    for name in missing:
        cubes.load(name, folder)
    absent = [name for name in databases.BUILDERS if not (folder / f"{name}-{version()}.sqlite").exists()]
    for name in absent:
        databases.database(name, folder)
    return missing + absent
