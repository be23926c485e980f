"""Random queries of every kind, with where each of their lists stands in an answer."""

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

MEASURES = (
    "claimantCount", "searchingForWork", "payrolledEmployees", "medianMonthlyPay", "apprenticeshipStarts",
    "businesses", "businessSupportLoans", "population", "employmentRate", "vacancies", "claimantRate",
    "householdsWithHealthConditions",
)  # fmt: skip
PERSONAS = ("public", "dfe-analyst", "dwp-analyst", "beis-analyst", "hmrc-analyst")
PLACES = ("E08000003", "E06000009", "E12000007", "E92000001", "K02000001")
# Of one level, so that every page is decided as the whole is.
LEVELS = (("E08000003", "E06000009", "E06000047"), ("E12000007", "E12000001", "E12000002"))
PERIODS = (
    'from: "2023-06", to: "2023-08"',
    'from: "2022", to: "2023", every: YEAR',
    'from: "2021-Q1", to: "2021-Q2", every: QUARTER',
    'from: "2024-03", to: "2024-03"',
)
FACETS = ("by: [SEX], ", "by: [INDUSTRY], ", "by: [SEX, AGE_BAND], ")
FIGURES = (
    "{ value }", "{ value markers }", "{ value unit }", "{ value markers provenance { agreement { id } } }",
    "{ ...figure }", "{ ... on Figure { value } unit }", "{ v: value }", "{ value m: markers }",
    "{ value @skip(if: $no) markers @include(if: $yes) value }",
)  # fmt: skip
ROW = "area { code } period { code } group { sex industry { code } }"
KINDS = ("plain", "alias", "fragment", "nested", "several", "facets", "fill", "refused", "unknown place", "paged")


@dataclass(frozen=True)
class Cell:
    """A figure of a query: its response key, and the keys of its value and of its markers where they are asked for."""

    key: str
    value: str
    markers: str | None


@dataclass(frozen=True)
class Rows:
    """One list of a query. `text`: its field. `steps`: the keys that lead to its rows, lists of places among them.
    `page`: the text of its field with arguments for a page, where it can be asked page by page."""

    name: str
    steps: tuple[str, ...]
    text: str
    figures: tuple[Cell, ...]
    page: str | None = None

    def rows(self, data: Any) -> list[dict[str, Any]]:
        """Its rows in the data of an answer."""
        items = [data]
        for step in self.steps:
            values = [item[step] for item in items if item]
            items = [one for value in values for one in (value if isinstance(value, list) else [value])]
        return [item for item in items if item]


@dataclass(frozen=True)
class Drawn:
    """A query with who asks it. `kinds`: what there is in it."""

    text: str
    persona: str
    lists: tuple[Rows, ...]
    kinds: frozenset[str]
    variables: Mapping[str, Any] = field(default_factory=lambda: {"no": False, "yes": True})


def drawn(draw: random.Random, kind: str) -> Drawn:
    """A random query that has this kind in it, and whatever else chance brings."""
    kinds = {kind}
    count = 2 if kind == "several" else draw.choice((1, 1, 2))
    if count > 1:
        kinds.add("several")
    lists = [_rows(draw, key, kinds) for key in draw.sample(("a", "b", "rows"), count)]
    persona = "public" if "refused" in kinds else draw.choice(PERSONAS)
    body = " ".join(rows.text for rows in lists)
    if "unknown place" in kinds:
        body += ' nowhere: area(code: "E08000099") { name }'
    head = "query Drawn($no: Boolean = false, $yes: Boolean = true)" if "$" in body else "query Drawn"
    text = f"{head} {{ {body} }}"
    if "...figure" in body:
        kinds.add("fragment")
        text += " fragment figure on Figure { value markers }"
    return Drawn(text, persona, tuple(lists), frozenset(kinds))


def _rows(draw: random.Random, key: str, kinds: set[str]) -> Rows:
    measures = draw.sample(MEASURES, draw.randint(1, 4))
    if "refused" in kinds and "householdsWithHealthConditions" not in measures:
        measures.append("householdsWithHealthConditions")
    figures: list[Cell] = []
    fields: list[str] = []
    for measure in measures:
        form = draw.choice(("{ ...figure }", "{ ... on Figure { value } unit }") if "fragment" in kinds else FIGURES)
        alias = f"{measure}{draw.randint(1, 9)}" if "alias" in kinds or draw.random() < 0.2 else None
        fields.append(f"{f'{alias}: ' if alias else ''}{measure} {form}")
        markers = "m" if "m: markers" in form else "markers" if "markers" in form or "...figure" in form else None
        figures.append(Cell(alias or measure, "v" if "v: value" in form else "value", markers))
        if alias:
            kinds.add("alias")
    facets = draw.choice(FACETS) if "facets" in kinds or draw.random() < 0.4 else ""
    fill = "fill" in kinds or draw.random() < 0.2
    kinds |= {"facets"} if facets else set()
    kinds |= {"fill"} if fill else set()
    head = f"{facets}periods: {{{draw.choice(PERIODS)}}}{', fill: LATEST' if fill else ''}"
    selection = f"{{ {ROW} {' '.join(fields)} }}"
    inner = f"{key}: labourMarket({head}) {selection}"
    where = "page" if "paged" in kinds else draw.choice(("place", "places", "page", "page"))
    if "nested" in kinds:
        where = draw.choice(("place", "places"))
    if where == "place":
        kinds.add("nested")
        text = f'in{key}: area(code: "{draw.choice(PLACES)}") {{ name {inner} }}'
        return Rows(f"in{key}.{key}", (f"in{key}", key), text, tuple(figures))
    codes = ", ".join(f'"{code}"' for code in draw.sample(draw.choice(LEVELS), draw.randint(1, 3)))
    if where == "places":
        kinds.add("nested")
        text = f"in{key}: areas(where: {{codes: [{codes}]}}) {{ edges {{ node {{ name {inner} }} }} }}"
        return Rows(f"in{key}.{key}", (f"in{key}", "edges", "node", key), text, tuple(figures))
    kinds.add("paged")
    page = f"{key}: labourMarket(areas: {{codes: [{codes}]}}, {head}%s) "
    page += f"{{ pageInfo {{ endCursor hasNextPage }} nodes {selection} }}"
    return Rows(key, (key, "nodes"), page % "", tuple(figures), page)
