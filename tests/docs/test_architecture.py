"""The picture of the architecture in the README shows the imports that there are."""

import re
from collections.abc import Iterable
from pathlib import Path

import grimp

from tests.docs.test_packaging import OURS

ARROW = re.compile(r'^\s*(\w+)(?:\["[^"]*"\])? --> (\w+)', re.MULTILINE)
Edge = tuple[str, str]


def drawn() -> set[Edge]:
    picture = Path("README.md").read_text(encoding="utf-8").partition("```mermaid")[2].partition("```")[0]
    return set(ARROW.findall(picture))


def imported() -> set[Edge]:
    graph = grimp.build_graph(*OURS, cache_dir=None)
    pairs = (
        (importer.partition(".")[0], imported.partition(".")[0])
        for importer in graph.modules
        for imported in graph.find_modules_directly_imported_by(importer)
    )
    return {(one, other) for one, other in pairs if one != other}


def reached(start: str, edges: Iterable[Edge]) -> set[str]:
    known, left = set[str](), [start]
    while left:
        here = left.pop()
        new = {other for one, other in edges if one == here} - known
        known |= new
        left += new
    return known


def test_every_arrow_is_an_import_and_every_import_is_along_arrows() -> None:
    arrows, imports = drawn(), imported()
    assert arrows <= imports
    assert all(other in reached(one, arrows) for one, other in imports)


def test_no_arrow_is_said_by_others() -> None:
    arrows = drawn()
    assert arrows
    assert all(other not in reached(one, arrows - {(one, other)}) for one, other in arrows)
