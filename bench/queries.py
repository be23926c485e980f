"""The questions that are measured, and the requests that ask them, each for other places or months."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import orjson

from bench.load import request
from reference.area import AreaLevel, gazetteer
from reference.period import PeriodKind, between, parse

MONTHS = [period.code for period in between(parse("2019-01").first, parse("2024-06").last, PeriodKind.MONTH)]
AUTHORITIES = [area.code for area in gazetteer().at(AreaLevel.LA)]
AREA = """query Q($code: AreaCode!, $from: String!, $to: String!) { area(code: $code) { code name
  labourMarket(periods: {from: $from, to: $to}) { period { code } %s } } }"""
TABLE = """query Q($codes: [AreaCode!]!, $from: String!, $to: String!) {
  labourMarket(areas: {codes: $codes}, periods: {from: $from, to: $to}) {
    nodes { area { code name } period { code } %s } } }"""
GOVERNED = """query Q($code: AreaCode!, $from: String!, $to: String!) { area(code: $code) { code name
  labourMarket(periods: {from: $from, to: $to}, by: [INDUSTRY]) {
    period { code } group { industry { code } } %s } } }"""


def fields(*names: str) -> str:
    return " ".join(f"{name} {{ value status }}" for name in names)


ALL = ("claimantCount", "searchingForWork", "payrolledEmployees", "onlineJobAdverts")


@dataclass(frozen=True)
class Question:
    """One question: its text, how many places, and how many connections ask at once."""

    name: str
    text: str
    places: int
    connections: int
    figures: int

    def variables(self, draw: random.Random, kinds: int) -> dict[str, Any]:
        """Other places and months each time, of so many kinds."""
        at = draw.randrange(kinds)
        start = at % (len(MONTHS) - 11)
        told: dict[str, Any] = {"from": MONTHS[start], "to": MONTHS[start + 11]}
        if self.places == 1:
            return told | {"code": AUTHORITIES[at // (len(MONTHS) - 11) % len(AUTHORITIES)]}
        first = at % (len(AUTHORITIES) - self.places + 1)
        return told | {"codes": AUTHORITIES[first : first + self.places]}

    def requests(self, port: int, headers: list[dict[str, str]], kinds: int) -> Iterator[bytes]:
        draw = random.Random(1)
        while True:
            body = orjson.dumps({"query": self.text, "variables": self.variables(draw, kinds)})
            yield request(port, "/graphql", body, headers[draw.randrange(len(headers))])


QUESTIONS = (
    Question("Q1", AREA % fields("payrolledEmployees"), 1, 16, 12),
    Question("Q2", AREA % fields(*ALL), 1, 16, 48),
    Question("Q3", TABLE % fields(*ALL), 50, 2, 2_400),
    Question("Q4", TABLE % fields("claimantCount", "payrolledEmployees"), 360, 2, 8_640),
)
RULED = Question("governed", GOVERNED % fields("payrolledEmployees"), 1, 4, 252)


def check(question: Question, body: bytes) -> None:
    """Raises RuntimeError unless every figure of an answer is there."""
    told = orjson.loads(body)
    rows = told["data"]["area"]["labourMarket"] if question.places == 1 else told["data"]["labourMarket"]["nodes"]
    held = [value["value"] for row in rows for value in row.values() if isinstance(value, dict) and "value" in value]
    if "errors" in told or len(held) != question.figures or any(value is None for value in held):
        raise RuntimeError(f"{question.name}: {len(held)} figures of {question.figures}; {told.get('errors')}")
