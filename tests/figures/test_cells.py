"""Figures drawn at random, for every kind of caller, against the departments' own databases."""

import random
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np

from reference.area import gazetteer
from reference.facets import Facet
from reference.period import between, parse
from schema.measures import MEASURES
from tests.conftest import Trust
from tests.figures import databases
from tests.figures.access import OWNER, Terms, terms
from tests.figures.databases import Cell, Shown

# Of each kind of caller so many cells are compared, of at most so many draws.
CELLS, DRAWS = 300, 5_000
CALLERS: tuple[tuple[str, str | None, str | None], ...] = (
    ("public", None, None),
    ("dfe-analyst", "DfE", "skills-planning"),
    ("dwp-analyst", "DWP", "economic-recovery"),
    ("dwp-analyst", "DWP", "levelling-up"),
    ("beis-analyst", "BEIS", "innovation-strategy"),
    ("hmrc-analyst", "HMRC", "labour-market-statistics"),
    ("ons-analyst", "ONS", "labour-market-statistics"),
    ("partner", "GMCA", "service-improvement"),
)
FIELDS = {
    Facet.INDUSTRY: ("industry", "industry { code }"),
    Facet.OCCUPATION: ("occupation", "occupation { code }"),
    Facet.SUBJECT_AREA: ("subjectArea", "subjectArea { code }"),
    Facet.SEX: ("sex", "sex"),
    Facet.AGE_BAND: ("ageBand", "ageBand"),
    Facet.QUALIFICATION_LEVEL: ("qualificationLevel", "qualificationLevel"),
    Facet.ETHNICITY: ("ethnicity", "ethnicity"),
    Facet.DISABILITY: ("disability", "disability"),
    Facet.FAMILY_TYPE: ("familyType", "familyType"),
    Facet.SIZE_BAND: ("sizeBand", "sizeBand"),
}
MISSING = frozenset({"c", "low", "u", "w", "x", "z"})


class Draw(NamedTuple):
    """One measure at one place in one period, by some facets, for one caller."""

    persona: str
    organisation: str | None
    purpose: str | None
    measure: str
    area: str
    period: str
    by: tuple[Facet, ...]

    @property
    def query(self) -> str:
        by = f", by: [{', '.join(self.by)}]" if self.by else ""
        group = " ".join(FIELDS[facet][1] for facet in self.by) or "sex"
        every = MEASURES[self.measure].every
        return (
            f'{{ labourMarket(areas: {{codes: ["{self.area}"]}}{by}, '
            f'periods: {{from: "{self.period}", to: "{self.period}", every: {every}}}) '
            f"{{ nodes {{ group {{ {group} }} {self.measure} {{ value markers }} }} }} }}"
        )


def drawn(trust: Trust, count: int, seed: int) -> Iterable[Draw]:
    """Draws whose figures a department may hold: places it covers, its facets, and periods around its own."""
    catalogue = trust.app.state.gateway.catalogue
    choose = random.Random(seed)
    for _ in range(count):
        measure = MEASURES[choose.choice(sorted(OWNER))]
        dataset = catalogue.holding(measure.name).dataset
        places = [area.code for area in gazetteer() if dataset.coverage.holds(area.code, gazetteer())]
        breakdowns = [
            (),
            *(tuple(sorted(breakdown)) for breakdown in dataset.breakdowns if breakdown <= set(measure.facets)),
        ]
        periods = between(parse("2018-08").first, parse("2024-12").last, measure.every)
        caller = choose.choice(CALLERS)
        period = choose.choice(periods).code
        yield Draw(*caller, measure.name, choose.choice(places), period, choose.choice(breakdowns))


def published(draw: Draw, group: Mapping[Facet, str]) -> Shown:
    """What a department that publishes by itself shows for one group."""
    source = {"ONS": databases.nomis, "DfE": databases.ees, "DWP": databases.statxplore}[OWNER[draw.measure]]
    source = databases.nomis if draw.measure == "claimantCount" else source
    return source(draw.measure, draw.area, draw.period, group)


def protected(cell: Cell | None, allowed: Terms, measure: str, *, hidden: bool) -> Shown:
    """A share node's figure on these terms: its pattern, low counts, dominance, then rounding."""
    if cell is None or cell.value is None:
        return None, "x"
    if hidden:
        return None, "c"
    if cell.value == 0 and cell.described == 0:
        return 0.0, None
    total = cell.described if measure == "medianMonthlyPay" else cell.value
    dominated = allowed.percent is not None and (
        cell.contributors < 3 or total - cell.largest - cell.second < allowed.percent / 100 * cell.largest
    )
    if dominated or cell.described < allowed.threshold:
        return None, "c"
    return rounded(cell.value, allowed)


def rounded(value: float, allowed: Terms) -> Shown:
    return (float(np.floor(value / allowed.base + 0.5) * allowed.base) if allowed.base else value), None


def expected(draw: Draw, group: Mapping[Facet, str], allowed: Terms) -> Shown:
    """What the caller must see for one group."""
    if OWNER[draw.measure] in ("HMRC", "BEIS"):
        cell = databases.share(draw.measure, draw.area, draw.period, group)
        # To its owner's analysts alone every figure is shown.
        hidden = allowed != Terms() and databases.hidden(draw.measure, draw.area, draw.period, group)
        return protected(cell, allowed, draw.measure, hidden=hidden)
    value, marker = published(draw, group)
    if value is None or allowed == Terms():
        return value, marker
    # Under an agreement, what the publisher has published is protected once more.
    if draw.measure == "careLeaversInWorkOrEducation":
        return value, marker
    return (None, "c") if value < allowed.threshold else rounded(value, allowed)


def as_shown(figure: Mapping[str, Any]) -> Shown:
    markers = set(figure["markers"]) & MISSING
    assert figure["value"] is None or not markers - {"low"}, figure
    return figure["value"], None if figure["value"] is not None else next(iter(markers), None)


async def test_three_hundred_cells_for_each_kind_of_caller_are_those_of_the_departments_databases(trust: Trust) -> None:
    compared, refused = Counter[tuple[str, str | None]](), 0
    for draw in drawn(trust, DRAWS, seed=20260101):
        caller = draw.persona, draw.purpose
        if compared[caller] >= CELLS:
            continue
        answer = await trust.ask(draw.query, draw.persona, draw.purpose)
        rows = answer["data"]["labourMarket"]["nodes"]
        allowed = terms(draw.organisation, draw.purpose, draw.measure, draw.area, frozenset(draw.by))
        if allowed is None and "errors" in answer:
            assert all(row[draw.measure] is None for row in rows), draw
            assert [error["extensions"]["code"] for error in answer["errors"]] == ["UNAUTHORIZED_FIELD_OR_TYPE"], draw
            refused += 1
            continue
        assert "errors" not in answer, (draw, answer["errors"])
        for row in rows:
            codes = [row["group"][FIELDS[facet][0]] for facet in draw.by]
            group = {
                facet: code["code"] if isinstance(code, dict) else code
                for facet, code in zip(draw.by, codes, strict=True)
            }
            if allowed is None:
                assert as_shown(row[draw.measure]) in ((None, "z"), (None, "x")), draw
                continue
            assert as_shown(row[draw.measure]) == expected(draw, group, allowed), (draw, group)
            compared[caller] += 1
    # A test that compared little would show little.
    assert {(persona, purpose) for persona, _, purpose in CALLERS} == {who for who, n in compared.items() if n >= CELLS}
    assert refused > 50
