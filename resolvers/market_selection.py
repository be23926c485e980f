"""What one `labourMarket` selection wants, in the words of the common model."""

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple

from reference.column import Shape
from reference.facets import Facet
from reference.period import Period

ResponsePath = tuple[str | int, ...]


class Fill(StrEnum):
    """How a measure appears on rows that are shorter than its own period."""

    NONE = "NONE"
    LATEST = "LATEST"


class MarketSelection(NamedTuple):
    """One `labourMarket` selection: its place in the response, its grid and its measures.

    `key`: response keys down to the field, without list indices. The grid is areas x periods x groups, in
    that order; `areas` are only those with a row to show, and `selected` those of every page. `window`: first row and
    the row after the last, counted in this grid. `measures`: name -> response path of the first cell of each
    selection of it.
    """

    key: tuple[str, ...]
    areas: tuple[str, ...]
    selected: tuple[str, ...]
    periods: tuple[Period, ...]
    by: tuple[Facet, ...]
    groups: tuple[tuple[str, ...], ...]
    fill: Fill
    window: tuple[int, int]
    measures: Mapping[str, tuple[ResponsePath, ...]]

    @property
    def shape(self) -> Shape:
        """Places, periods and groups of the page."""
        return (len(self.areas), len(self.periods), len(self.groups))
