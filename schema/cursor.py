"""Cursors that name a row, not a position, so that they stay true when rows are added before it."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from collections.abc import Sequence

from reference.area import Area
from reference.period import Period
from schema.errors import BadInput

SEPARATOR = "|"


def cursor(*parts: str) -> str:
    """The cursor of the row with these codes."""
    return urlsafe_b64encode(SEPARATOR.join(parts).encode()).decode().rstrip("=")


def row_after(after: str, areas: Sequence[Area], periods: Sequence[Period], groups: Sequence[tuple[str, ...]]) -> int:
    """Index in the grid of the row that follows the one a cursor names."""
    area, period, *group = _parts(after)
    try:
        a = [area.code for area in areas].index(area)
        p = [period.code for period in periods].index(period)
        g = list(groups).index(tuple(group))
    except ValueError as error:
        raise _foreign() from error
    return (a * len(periods) + p) * len(groups) + g + 1


def area_after(after: str, areas: Sequence[Area]) -> int:
    """Index of the place that follows the one a cursor names."""
    code = _parts(after, 1)[0]
    codes = [area.code for area in areas]
    if code not in codes:
        raise _foreign()
    return codes.index(code) + 1


def _parts(after: str, least: int = 2) -> list[str]:
    try:
        parts = urlsafe_b64decode(after + "=" * (-len(after) % 4)).decode().split(SEPARATOR)
    except (NotBase64, ValueError) as error:
        raise _foreign() from error
    if len(parts) < least:
        raise _foreign()
    return parts


def _foreign() -> BadInput:
    return BadInput("after", "the cursor is not one of this selection: use a cursor that this same query returned.")
