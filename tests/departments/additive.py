"""A small department whose figures add up: a region, its authorities and combined authorities, by industry."""

import hashlib
from collections.abc import Iterator, Mapping
from itertools import product
from pathlib import Path
from typing import Any

import tomli_w

from reference.area import gazetteer
from tests.departments.share_desk import Row, database, mapping

REGION = "E12000001"
AUTHORITIES = tuple(area.code for area in gazetteer().at(gazetteer()["E06000001"].level, REGION))
INSIDE = {REGION: AUTHORITIES}
for _authority in AUTHORITIES:
    if _combined := [code for code in gazetteer()[_authority].parents.values() if code.startswith("E47")]:
        INSIDE[_combined[0]] = (*INSIDE.get(_combined[0], ()), _authority)
MONTHS = ("2023-01", "2023-02", "2023-03")
# Nobody works in U: a structural zero.
MEMBERS = ("A", "C", "G", "I", "Q", "U")
NUMBERS = {"A": 14, "C": 900, "G": 1500, "I": 400, "Q": 2000, "U": 0}
DATASET: dict[str, Any] = {
    "breakdowns": [["INDUSTRY"]],
    "facets": {"INDUSTRY": "industry"},
    "protection": {"pattern": True},
}


def chance(*names: str) -> float:
    """From 0 to 1, by names."""
    return int.from_bytes(hashlib.sha256("\t".join(names).encode()).digest()[:4], "big") / 2**32


def own(area: str, month: str, member: str) -> tuple[int, int, int, int]:
    """Employees, employers, and the employees of the largest two, of an authority."""
    employees = int(NUMBERS[member] * 2 * chance(area, member) * (1 + chance(area, member, month) / 10))
    if not employees:
        return 0, 0, 0, 0
    # In every tenth cell one employer has nearly all.
    dominated = chance(area, member, "dominated") < 0.1
    employers = min(employees, 4 + int(employees * chance(area, member, "employers") / 3))
    largest = max(employees * 95 // 100, 1) if dominated else max(employees // employers, 1)
    return employees, employers, largest, min(employees - largest, largest)


def rows(release: str = "2023-06") -> Iterator[Row]:
    """Of every place, month and member, with totals of places and of members."""
    for area, month in product((*AUTHORITIES, *INSIDE), MONTHS):
        inside = INSIDE.get(area, (area,))
        for member in ("ALL", *MEMBERS):
            parts = [own(one, month, of) for one in inside for of in (MEMBERS if member == "ALL" else (member,))]
            largest = sorted((size for part in parts for size in part[2:]), reverse=True)
            counts = sum(part[0] for part in parts), sum(part[1] for part in parts)
            pay = 2000.0 if counts[0] else None
            yield release, area, month, "ALL", member, counts[0], pay, counts[1], *largest[:2]


def files(folder: Path, **dataset: Any) -> tuple[Path, Mapping[str, Any]]:
    """A mapping file over a new database, and what it says."""
    folder.mkdir(parents=True, exist_ok=True)
    document = mapping(database(folder / "pay.sqlite", rows()), **{**DATASET, **dataset})
    document["patterns"] = str(folder / "patterns")
    path = folder / "node.toml"
    path.write_text(tomli_w.dumps(document))
    return path, document
