"""One page of figures as the publisher writes it: CSV of 34 columns or those selected, or JSON.

Rows run over times, then places, then the codes of each concept. A page is cut at its limit without an error:
only RECORD_COUNT (in CSV) and header.truncated (in JSON, as a string) tell.
"""

from calendar import month_abbr
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from math import isnan
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from departments.nomis.dataset import DataSet, Floats, Holdings
from departments.nomis.geography import TYPES
from departments.nomis.query import CodeSelection, Misunderstood
from reference.period import parse

NORMAL = "Normal Value"
FREE = "Free (free for publication)"
Ints = NDArray[np.intp]


@dataclass(frozen=True)
class AnswerPage:
    """Rows of one answer: for each axis the positions along it, and the figures."""

    data_set: DataSet
    holdings: Holdings
    selection: CodeSelection
    axes: tuple[Ints, ...]
    values: Floats

    @property
    def rows(self) -> int:
        """How many rows are on this page, not in the whole selection."""
        return len(self.values)

    @property
    def truncated(self) -> bool:
        """Whether rows were selected that come after this page."""
        return self.selection.offset + self.rows < self.selection.count


def page(data_set: DataSet, holdings: Holdings, selection: CodeSelection) -> AnswerPage:
    """The rows of a selection's page."""
    stop = min(selection.count, selection.offset + selection.limit)
    flat = np.arange(min(selection.offset, stop), stop)
    shape = tuple(len(axis) for axis in selection.axes)
    within = np.unravel_index(flat, shape)
    axes = tuple(np.array(axis)[at] for axis, at in zip(selection.axes, within, strict=True))
    return AnswerPage(data_set, holdings, selection, axes, holdings.values[axes])


def written(values: Floats) -> list[str]:
    """Figures as text: whole numbers without a point, and nothing where there is none."""
    return ["" if isnan(v) else str(int(v)) if v.is_integer() else repr(v) for v in values.tolist()]


def time_name(data_set: DataSet, code: str) -> str:
    """As in "March 2021", "2021", or for a survey's twelve months "Apr 2020-Mar 2021"."""
    if not data_set.rolling:
        return parse(code).label
    last = parse(code).last
    return "-".join(f"{month_abbr[month % 12 + 1]} {month // 12}" for month in (last - 11, last))


def _columns(page: AnswerPage) -> dict[str, Callable[[], Iterable[str]]]:
    """Every column of the full CSV, each made only when wanted."""
    data_set, holdings, selection = page.data_set, page.holdings, page.selection
    columns: dict[str, Callable[[], Iterable[str]]] = {}

    def dimension(name: str, at: Ints, codes: Sequence[tuple[str, str, str, str, str]]) -> None:
        """Adds the six columns of one dimension."""
        order = {position: str(order) for order, position in enumerate(dict.fromkeys(at.tolist()))}
        for suffix, part in (
            ("", 0),
            ("_NAME", 1),
            ("_CODE", 2),
            ("_TYPE", 3),
            ("_TYPECODE", 4),
        ):
            texts = [code[part] for code in codes]
            columns[name + suffix] = partial(_texts_at, texts, at)
        columns[name + "_SORTORDER"] = lambda: [order[i] for i in at.tolist()]

    dimension(
        "DATE",
        page.axes[0],
        [(t, time_name(data_set, t), t, "date", "0") for t in holdings.times],
    )
    places = [(str(p.id), f'"{p.name}"', p.code, f'"{TYPES[p.type]}"', str(p.type)) for p in holdings.places]
    dimension("GEOGRAPHY", page.axes[1], places)
    for concept, at in zip(data_set.concepts, page.axes[2:], strict=True):
        name = concept.ref.upper()
        codes = [(str(c.id), f'"{c.name}"', c.code or str(c.id), concept.ref, "0") for c in concept.codes]
        dimension(name, at, codes)
        if name == "MEASURES":
            for suffix in ("_CODE", "_TYPE", "_TYPECODE", "_SORTORDER"):
                del columns[name + suffix]
    figures = written(page.values)
    columns["OBS_VALUE"] = lambda: figures
    columns["OBS_STATUS"] = lambda: ["A" if text else "Q" for text in figures]
    columns["OBS_STATUS_NAME"] = lambda: [f'"{NORMAL if text else data_set.missing}"' for text in figures]
    columns["OBS_CONF"] = lambda: ["F"] * page.rows
    columns["OBS_CONF_NAME"] = lambda: [f'"{FREE}"'] * page.rows
    columns["URN"] = lambda: _urns(page)
    columns["RECORD_OFFSET"] = lambda: map(str, range(selection.offset, selection.offset + page.rows))
    columns["RECORD_COUNT"] = lambda: [str(selection.count)] * page.rows
    return columns


def _texts_at(texts: Sequence[str], at: Ints) -> list[str]:
    """The text of each position."""
    positions: list[int] = at.tolist()
    return [texts[position] for position in positions]


def _urns(page: AnswerPage) -> list[str]:
    """The publisher's name for each figure: the data set, the month, and the number of each code."""
    number = page.data_set.id.split("_")
    stem = f"Nm-{number[1]}d{number[2]}"
    codes = [[str(place.id) for place in page.holdings.places]]
    codes += [[str(code.id) for code in concept.codes] for concept in page.data_set.concepts]
    times = [f"d{parse(time).last}" for time in page.holdings.times]
    parts = [_texts_at(times, page.axes[0])]
    parts += [_texts_at([f"d{text}" for text in texts], at) for texts, at in zip(codes, page.axes[1:], strict=True)]
    return [stem + "".join(row) for row in zip(*parts, strict=True)]


def as_csv(page: AnswerPage, select: str | None) -> bytes:
    """The page as CSV. Raises Misunderstood if none of the columns selected exists."""
    columns = _columns(page)
    names = [name for name in (select or "").upper().split(",") if name in columns] if select else list(columns)
    if not names:
        raise Misunderstood("select")
    lines = [",".join(f'"{name}"' for name in names)]
    lines += [",".join(row) for row in zip(*(columns[name]() for name in names), strict=True)]
    return ("\n".join(lines) + "\n").encode()


def as_json(page: AnswerPage) -> bytes:
    """The page as JSON; a single observation is an object, not a list of one."""
    holdings, data_set = page.holdings, page.data_set
    places = [{"value": p.id, "description": p.name, "geogcode": p.code} for p in holdings.places]
    times = [{"value": time, "description": time_name(data_set, time)} for time in holdings.times]
    refs = [concept.ref for concept in data_set.concepts]
    codes = [[{"value": c.id, "description": c.name} for c in concept.codes] for concept in data_set.concepts]
    missing = {"value": "Q", "description": data_set.missing}
    normal = {"value": "A", "description": NORMAL}
    free = {"value": "F", "description": FREE}
    observations: list[dict[str, Any]] = []
    for figure, *at in zip(page.values.tolist(), *(axis.tolist() for axis in page.axes), strict=True):
        is_missing = isnan(figure)
        row: dict[str, Any] = {"geography": places[at[1]]}
        row |= {ref: of[i] for ref, of, i in zip(refs, codes, at[2:], strict=True)}
        row["time"] = times[at[0]]
        row["obs_value"] = {"value": None if is_missing else int(figure) if figure.is_integer() else figure}
        row["obs_status"] = missing if is_missing else normal
        row["obs_conf"] = free
        observations.append(row)
    header = {
        "id": data_set.id,
        "source": "Synthetic figures in the shape of the Office for National Statistics",
        "truncated": "true" if page.truncated else "false",
    }
    return orjson.dumps({"header": header, "obs": one_or_many(observations)})


def one_or_many(items: list[dict[str, Any]]) -> Any:
    """As the publisher writes a collection: the item itself when there is only one."""
    return items[0] if len(items) == 1 else items
