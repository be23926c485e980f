"""The patterns that come with the sample departments."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.cli import main
from departments.protect.reading import digest, families
from departments.samples import PATTERNS, mapping
from departments.share.databases import connect
from departments.share.held import Held
from departments.share.node import tables
from departments.share.pattern import Patterns
from tests.conftest import FOLDER


def held() -> Iterator[Held]:
    for name in ("hmrc", "beis"):
        config = mapping(name, FOLDER)
        yield from tables(config, connect(config)).values()


def test_every_measure_of_the_sample_share_nodes_has_the_pattern_of_its_figures() -> None:
    kept, count = Patterns(PATTERNS), 0
    for dataset in held():
        release = dataset.releases()[0]
        for family in families(dataset, release, list(dataset.mapped.measures)):
            pattern = kept.of(dataset.mapped, family.measure, release)
            assert pattern.figures == digest(family), f"lmdt protect makes {family.measure} anew"
            count += 1
    assert count == len(list(PATTERNS.iterdir()))


def test_a_pattern_is_what_the_command_makes_of_the_figures_today(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mapping("beis", FOLDER)
    command = ["protect", "departments/beis.toml", "--measure", "businesses", "--out", str(tmp_path)]
    assert main(command) == 0, capsys.readouterr()
    [made] = tmp_path.iterdir()
    assert made.read_bytes() == (PATTERNS / made.name).read_bytes()
