"""lmdt protect, and the node that gives figures with its patterns: a small department's, asked as the Trust asks."""

import hashlib
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.cli import main
from departments.protect.audit import audit
from departments.protect.family import Family, groups
from departments.protect.making import Made, make
from departments.protect.reading import families
from departments.share.config import load
from departments.share.databases import connect
from departments.share.mapping import Protection, Shared
from departments.share.node import tables
from departments.share.pattern import Pattern, parsed
from tests.departments.additive import AUTHORITIES, INSIDE, MEMBERS, MONTHS, REGION, files
from tests.departments.share_desk import Desk, assertion, question

EMPLOYEES = "payrolledEmployees"
ASKED: dict[str, Any] = {
    "areas": [*AUTHORITIES, *INSIDE],
    "periods": {"from": MONTHS[0], "to": MONTHS[-1]},
    "by": ["INDUSTRY"],
    "groups": [[member] for member in MEMBERS],
}


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Mapping[str, Any]]:
    """A mapping file and its document, with the patterns of its release made."""
    path, document = files(tmp_path_factory.mktemp("protect"))
    assert main(["protect", str(path)]) == 0
    return path, document


@pytest.fixture(scope="module")
def made(node: tuple[Path, Mapping[str, Any]]) -> Made:
    return make(next(_families(node[0])))


def _families(path: Path) -> Iterator[Any]:
    config = load(path)
    [held] = tables(config, connect(config)).values()
    return families(held, None, [EMPLOYEES])


def _file(document: Mapping[str, Any], measure: str = EMPLOYEES) -> Path:
    return Path(document["patterns"]) / f"pay.{measure}.2023-06.pattern"


def _grid(values: list[Any]) -> Any:
    return np.array(values, object).reshape(len(ASKED["areas"]), len(MONTHS), len(MEMBERS))


async def test_a_published_answer_hides_what_the_pattern_hides_with_one_marker_for_all(
    node: tuple[Path, Mapping[str, Any]], made: Made
) -> None:
    answer = await Desk(node[1]).answer(assertion(asked=question(**ASKED, evidence=False)), **ASKED, evidence=False)
    values, status = _grid(answer["values"][EMPLOYEES]), _grid(answer["status"][EMPLOYEES])
    pattern = parsed(_file(node[1]).read_bytes())
    assert answer["sdc"] == "applied"
    assert answer["patterns"] == {EMPLOYEES: pattern.name}
    hidden = values == None  # noqa: E711 - over an array
    assert set(status[hidden]) == {"Q"}
    assert set(status[~hidden]) == {"A"}
    secondary = np.logical_and(made.hidden, made.primary.why == 0)
    assert secondary.any()
    assert hidden.sum() == _of_industries(made, made.hidden).sum()


def _of_industries(made: Made, cells: Any) -> Any:
    """Cells by industry, places in the order in which they are asked for."""
    at = [made.family.areas.index(code) for code in ASKED["areas"]]
    groups = [at for at, group in enumerate(made.family.groups) if any(group)]
    return cells[at][:, :, groups]


async def test_figures_with_evidence_are_marked_and_the_mark_is_a_word_that_others_refuse(
    node: tuple[Path, Mapping[str, Any]], made: Made
) -> None:
    answer = await Desk(node[1]).answer(assertion(asked=question(**ASKED)), **ASKED)
    assert answer["sdc"] == "marked"
    assert answer["patterns"] == {EMPLOYEES: parsed(_file(node[1]).read_bytes()).name}
    marks = _grid(answer["hidden"][EMPLOYEES]).astype(bool)
    assert (marks == _of_industries(made, made.hidden)).all()
    assert None not in answer["values"][EMPLOYEES]


def test_zeros_are_hidden_and_those_where_there_can_be_nothing_are_not(made: Made) -> None:
    values, hidden = made.family.values, made.hidden
    nobody = [at for at, group in enumerate(made.family.groups) if "U" in group]
    assert (values[..., nobody] == 0).all()
    assert not hidden[..., nobody].any()
    others = [at for at, group in enumerate(made.family.groups) if "U" not in group]
    assert hidden[..., others][values[..., others] == 0].all()


def test_a_cell_that_is_hidden_in_one_month_is_hidden_in_all(made: Made) -> None:
    assert (made.hidden == made.hidden[:, :1, :]).all()
    assert made.primary.why.max() > 0


def test_the_same_figures_have_the_same_pattern_and_its_name_is_the_hash_of_its_file(
    node: tuple[Path, Mapping[str, Any]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["protect", str(node[0]), "--measure", EMPLOYEES, "--out", str(tmp_path), "--report"]) == 0
    again = (tmp_path / _file(node[1]).name).read_bytes()
    assert again == _file(node[1]).read_bytes()
    told = capsys.readouterr().out
    assert f"sha256:{hashlib.sha256(again).hexdigest()}" in told
    assert "would tell another cell" in told
    assert "HiGHS" not in told


async def test_a_later_release_without_a_pattern_is_not_given(tmp_path: Path) -> None:
    _, document = files(tmp_path)
    desk = Desk(document)
    problem = await desk.problem(question(**ASKED), assertion(asked=question(**ASKED)))
    assert problem["status"] == 503
    assert "pattern" not in problem["detail"]


@pytest.mark.parametrize("rule", [{"suppress_below": 5}, {"percent": 20}, {"series": False}], ids=str)
async def test_a_pattern_of_another_rule_is_no_pattern(node: tuple[Path, Mapping[str, Any]], rule: Any) -> None:
    dataset = {**node[1]["datasets"][0], "protection": {"pattern": True, **rule}}
    problem = await Desk({**node[1], "datasets": [dataset]}).problem(question(**ASKED))
    assert problem["status"] == 503


async def test_figures_that_the_pattern_does_not_know_are_not_given(tmp_path: Path) -> None:
    path, document = files(tmp_path)
    assert main(["protect", str(path)]) == 0
    with sqlite3.connect(tmp_path / "pay.sqlite") as connection:
        connection.execute("UPDATE pay SET month = '2023-04' WHERE month = '2023-03'")
    connection.close()
    later = {**ASKED, "periods": {"from": "2023-04", "to": "2023-04"}}
    assert (await Desk(document).problem(question(**later)))["status"] == 503
    await Desk(document).answer(assertion(asked=question(**ASKED)), **ASKED)


@pytest.mark.parametrize(
    "change",
    [
        lambda content: content[:-1],
        lambda content: content + b"\0",
        lambda content: content.replace(b'"version":1', b'"version":2'),
        lambda content: content.replace(b'"release"', b'"relaese"'),
        lambda content: content.replace(b'{"areas"', b'{ "areas"'),
        lambda content: b"",
    ],
    ids=["short", "long", "another version", "another key", "not canonical", "empty"],
)
def test_a_file_that_is_no_pattern_is_none(node: tuple[Path, Mapping[str, Any]], change: Any) -> None:
    content = _file(node[1]).read_bytes()
    assert isinstance(parsed(content), Pattern)
    with pytest.raises(ValueError, match=r"."):
        parsed(change(content))


def test_the_audit_finds_each_cell_that_is_taken_out_of_a_pattern(made: Made) -> None:
    assert audit(made, tried=100).passed
    secondary = np.argwhere((made.hidden & (made.primary.why == 0))[:, 0, :])
    assert len(secondary)
    for area, group in secondary:
        shown = made.hidden.copy()
        shown[area, :, group] = False
        assert not audit(replace(made, hidden=shown), tried=0).passed


def test_primary_cells_alone_do_not_pass(made: Made) -> None:
    found = audit(replace(made, hidden=made.primary.hidden), tried=100)
    assert found.unproven
    assert found.told
    assert found.narrow


def test_parts_that_come_to_more_than_their_total_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, _ = files(tmp_path)
    with sqlite3.connect(tmp_path / "pay.sqlite") as connection:
        connection.execute("UPDATE pay SET employees = employees + 7 WHERE industry = 'C' AND month = '2023-02'")
    connection.close()
    assert main(["protect", str(path), "--measure", EMPLOYEES]) == 2
    assert "come to more than it" in capsys.readouterr().err


def test_what_parts_leave_of_a_total_may_be_anything(tmp_path: Path) -> None:
    path, _ = files(tmp_path)
    with sqlite3.connect(tmp_path / "pay.sqlite") as connection:
        connection.execute(
            f"UPDATE pay SET employees = employees + 7 WHERE area = '{REGION}' AND industry IN ('C', 'ALL')"
        )
    connection.close()
    with_rest = make(next(_families(path)))
    assert with_rest.relations.values.shape[1] > with_rest.relations.cells
    assert audit(with_rest).passed


@pytest.mark.parametrize("series", [True, False])
@pytest.mark.parametrize("by_each", [True, False], ids=["with both margins", "with one margin"])
def test_tables_by_two_facets_are_protected_with_their_margins(series: bool, by_each: bool) -> None:
    """No cycle of four cells leaves all margins as they are: that is for linear programmes."""
    draw = np.random.default_rng(5)
    breakdowns = ((), (0,), *([(1,)] if by_each else []), (0, 1))
    every = groups([("F", "M"), ("A", "C", "G", "I")], breakdowns)
    leaves = draw.integers(0, 60, (len(AUTHORITIES), 2, 2, 4)).astype(float)
    leaves = np.concatenate([leaves, leaves.sum(axis=0, keepdims=True)])
    members = {"F": 0, "M": 1, "A": 0, "C": 1, "G": 2, "I": 3}
    columns = [
        leaves[:, :, [members[sex]] if sex else slice(None)][..., [members[code]] if code else slice(None)]
        for sex, code in every
    ]
    values = np.stack([column.sum(axis=(2, 3)) for column in columns], axis=2)
    family = Family(
        EMPLOYEES, (*AUTHORITIES, REGION), MONTHS[:2], every, breakdowns, values, {}, Shared(column="employees"),
        Protection(series=series),
    )  # fmt: skip
    made = make(family)
    assert 0 < np.count_nonzero(made.hidden & (made.primary.why == 0)) < made.hidden.size / 2
    assert audit(made, tried=200).passed
