"""The questions that are measured, and the requests that ask them, each for other places or periods."""

import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import count
from typing import Any

import orjson

from bench import check, flagship
from bench.load import Sent, request
from reference.area import AreaLevel, gazetteer
from reference.period import PeriodKind, between, parse

MONTHS = tuple(period.code for period in between(parse("2019-01").first, parse("2024-06").last, PeriodKind.MONTH))
AUTHORITIES = tuple(area.code for area in gazetteer().at(AreaLevel.LA))
ENGLISH = tuple(code for code in AUTHORITIES if code.startswith("E"))
# Kinds of questions that are all asked before what is held is measured: of one place, and of many.
KINDS_OF_ONE, KINDS_OF_MANY = 40, 4
AREA = "query Q($code: AreaCode!, $from: String!, $to: String!) { area(code: $code) { code name %s } }"
TABLE = "query Q($codes: [AreaCode!]!, $from: String!, $to: String!) { %s }"
ROWS = "labourMarket(%speriods: {from: $from, to: $to}%s)"
PERIODS, CODES = "period { code } ", "area { code name } period { code } "
BY_ONE_AGE = ", by: [SEX, AGE_BAND]"


def rows(*names: str, arguments: str = "", alias: str = "") -> str:
    """A selection of some measures of one place."""
    return f"{alias}{ROWS % ('', arguments)} {{ {PERIODS}{_fields(names)} }}"


def table(*names: str, arguments: str = "", alias: str = "") -> str:
    """A selection of some measures of many places."""
    return f"{alias}{ROWS % ('areas: {codes: $codes}, ', arguments)} {{ nodes {{ {CODES}{_fields(names)} }} }}"


def _fields(names: tuple[str, ...]) -> str:
    return " ".join(f"{name} {{ value status }}" for name in names)


@dataclass(frozen=True)
class BenchQuery:
    """One question: its text, of how many of which places and periods, who asks it and why, over how many
    connections, and what its answer has to be."""

    name: str
    text: str
    places: int
    connections: int
    check: Callable[[Mapping[str, Any], bytes], int]
    length: int = 12
    persona: str = "dwp-analyst"
    purpose: str = "economic-recovery"
    among: tuple[str, ...] = AUTHORITIES
    periods: tuple[str, ...] = MONTHS

    def variables(self, kind: int) -> dict[str, Any]:
        """The places and periods of one kind of it."""
        if not self.places:
            return {}
        starts = len(self.periods) - self.length + 1
        start = kind % starts
        values: dict[str, Any] = {"from": self.periods[start], "to": self.periods[start + self.length - 1]}
        if "$code:" in self.text:
            return values | {"code": self.among[kind // starts % len(self.among)]}
        first = kind * 7 % (len(self.among) - self.places + 1)
        return values | {"codes": self.among[first : first + self.places]}

    @property
    def kinds(self) -> int:
        """Kinds that are few enough to have all been asked before."""
        if self.places in (0, len(self.among)):
            return 1
        return KINDS_OF_ONE if self.places == 1 else KINDS_OF_MANY

    def sent(self, port: int, kind: int, headers: Mapping[str, str]) -> Sent:
        variables = self.variables(kind)
        body = orjson.dumps({"query": self.text, "variables": variables})
        return Sent(request(port, "/graphql", body, {**headers, "Purpose": self.purpose}), variables)

    def few(self, port: int, headers: Iterator[Mapping[str, str]]) -> Iterator[Sent]:
        """Requests of few kinds, in turn."""
        return (self.sent(port, at % self.kinds, next(headers)) for at in count())

    def many(self, port: int, headers: Iterator[Mapping[str, str]]) -> Iterator[Sent]:
        """Requests of as many kinds as there are, at random but in every run the same."""
        draw = random.Random(1)
        return (self.sent(port, draw.randrange(10**6), next(headers)) for _ in count())


MANY = ("claimantCount", "searchingForWork", "payrolledEmployees", "onlineJobAdverts")
TWO = ("claimantCount", "payrolledEmployees")
AGREED = ("searchingForWork", "peopleOnUniversalCredit", "inWorkOnUniversalCredit", "furloughedEmployments")
FROM_SHARE_NODES = (
    BenchQuery("Q1", AREA % rows("payrolledEmployees"), 1, 16, check.made_up(1)),
    BenchQuery("Q2", AREA % rows(*MANY), 1, 16, check.made_up(4)),
    BenchQuery("Q3", TABLE % table(*MANY), 50, 2, check.made_up(4)),
    BenchQuery("Q4", TABLE % table(*TWO), 360, 2, check.made_up(2)),
    BenchQuery("README", flagship.query(), 0, 8, check.outline, 0, "dfe-analyst", "skills-planning"),
)
GOVERNED_FROM_SHARE_NODES = tuple(
    replace(question, text=text, persona="dfe-analyst", purpose="skills-planning")
    for question, text in zip(
        FROM_SHARE_NODES,
        (
            AREA % rows(*AGREED[:1], arguments=BY_ONE_AGE),
            AREA % rows(*AGREED, arguments=BY_ONE_AGE),
            TABLE % table(*AGREED, arguments=BY_ONE_AGE),
            TABLE % table(*AGREED[2:], arguments=BY_ONE_AGE),
            flagship.query(),
        ),
        strict=True,
    )
)
# Nomis, Stat-Xplore, a share node and Explore education statistics, which covers England only.
EACH = ("claimantCount", "searchingForWork", "payrolledEmployees", "apprenticeshipStarts")
LATEST = ", fill: LATEST"
FROM_THE_DEMONSTRATION = (
    BenchQuery("Q1", AREA % rows("payrolledEmployees"), 1, 16, check.published(1), among=ENGLISH),
    BenchQuery("Q2", AREA % rows(*EACH, arguments=LATEST), 1, 16, check.published(4), among=ENGLISH),
    BenchQuery("Q3", TABLE % table(*EACH, arguments=LATEST), 50, 2, check.published(4), among=ENGLISH),
    BenchQuery("Q4", TABLE % table(*TWO), 360, 2, check.published(2)),
    BenchQuery("README", flagship.query(), 0, 8, check.exact, 0, "dfe-analyst", "skills-planning"),
)
PAY, SEEKING = ("payrolledEmployees", "medianMonthlyPay"), ("searchingForWork", "inWorkOnUniversalCredit")
BY_AGE = {"arguments": ", by: [AGE_BAND]"}
BY_SEX_AND_AGE = {"arguments": BY_ONE_AGE, "alias": "seeking: "}
# One month of every age band under an agreement, where the others ask for twelve months of everyone.
GOVERNED_FROM_THE_DEMONSTRATION = tuple(
    replace(question, text=text, length=min(question.length, 1), persona="dfe-analyst", purpose="skills-planning")
    for question, text in zip(
        FROM_THE_DEMONSTRATION,
        (
            AREA % rows(PAY[0], **BY_AGE),
            AREA % (rows(*PAY, **BY_AGE) + rows(*SEEKING, **BY_SEX_AND_AGE)),
            TABLE % (table(*PAY, **BY_AGE) + table(*SEEKING, **BY_SEX_AND_AGE)),
            TABLE % table(*PAY, **BY_AGE),
            flagship.query(),
        ),
        strict=True,
    )
)
# Open to everyone by 21 industries and 6 sizes of business.
YEARS = tuple(str(year) for year in range(2000, 2022))
BY_INDUSTRY_AND_SIZE = """labourMarket(areas: {codes: $codes}, periods: {from: $from, to: $to, every: YEAR},
  by: [INDUSTRY, SIZE_BAND]) { nodes { area { code } period { code } group { industry { code } sizeBand }
  enterprises { value status } } }"""
YEARLY = BenchQuery("enterprises", TABLE % BY_INDUSTRY_AND_SIZE, 1, 1, check.made_up(1), periods=YEARS)
