"""What is asked of Nomis: one request for everything wanted of a dataset, as short a URL as it can be."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from math import ceil, prod
from urllib.parse import quote

from reference.area import AreaLevel, gazetteer
from resolvers.protocols.nomis.mapping import NomisMapping
from resolvers.source import Coverage
from resolvers.table import Slice

PAGE = 25_000
LONGEST_URL = 8_000
# Fewer places than this are named one by one even if they are all of their level.
_FEW = 8
_COLUMNS = ("obs_value", "obs_status", "obs_status_name", "obs_conf", "record_count")
# So many other places are asked for beside places of which nothing came.
_BESIDE = 5


@dataclass(frozen=True, slots=True)
class NomisRequest:
    """The hull of what is wanted: every area by every time by every code of each concept. `beside`: other places that
    are asked for too, to see whether anything comes at all."""

    reading: NomisMapping
    areas: tuple[str, ...]
    times: tuple[str, ...]
    codes: Mapping[str, tuple[str, ...]]
    beside: tuple[str, ...] = ()

    @property
    def rows(self) -> int:
        """Rows that a publisher who holds all of it would answer with."""
        return len(self.areas) * len(self.times) * prod(len(codes) for codes in self.codes.values())

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns of the CSV that are needed to know each figure and that none is missing."""
        return ("geography_code", "date", *self.codes, *_COLUMNS)

    @property
    def geography(self) -> tuple[str, ...]:
        """The `geography` parameter's parts: the type of geography where all of a level is wanted, else codes."""
        left, types = dict.fromkeys(self.areas), list[str]()
        for level, type_code in sorted(self.reading.types.items(), key=lambda item: -item[0].rank):
            whole = _whole(self.reading.dataset.coverage, level)
            if len(whole) > _FEW and all(code in left for code in whole):
                types.append(type_code)
                for code in whole:
                    del left[code]
        return (*left, *types, *self.beside)

    @property
    def brings_other_places(self) -> bool:
        """Whether places that nobody wanted come as well: those of a type of geography, or those asked for beside."""
        return any(part not in self.areas for part in self.geography)

    def beside_others(self) -> "NomisRequest | None":
        """The same, beside a few other places that the source file says the dataset is published for, the widest
        first. None where there is no other."""
        coverage = self.reading.dataset.coverage
        levels = sorted(AreaLevel, key=lambda level: level.rank)
        others = dict.fromkeys(code for level in levels for code in _whole(coverage, level) if code not in self.areas)
        return replace(self, beside=tuple(others)[:_BESIDE]) if others else None

    def path(self, offset: int = 0, limit: int | None = None) -> str:
        """Path and query of one page, below the source's URL."""
        parameters = {"geography": ",".join(self.geography), "date": ",".join(self.times)}
        parameters |= {concept: ",".join(codes) for concept, codes in self.codes.items()}
        if self.reading.form == "csv":
            parameters["select"] = ",".join(self.columns)
        if offset:
            parameters["RecordOffset"] = str(offset)
        if limit is not None:
            parameters["RecordLimit"] = str(limit)
        query = "&".join(f"{quote(key)}={quote(value, safe=',|.:;*-')}" for key, value in parameters.items())
        return f"/dataset/{self.reading.dataset.id}.data.{self.reading.form}?{query}"

    def short(self, room: int) -> Iterator["NomisRequest"]:
        """Itself, or parts of it by area (or by time) whose paths all fit into `room` characters."""
        if len(self.path()) <= room or (len(self.areas) == 1 and len(self.times) == 1):
            yield self
        elif len(self.areas) > 1:
            for areas in _halves(self.areas):
                yield from NomisRequest(self.reading, areas, self.times, self.codes).short(room)
        else:
            for times in _halves(self.times):
                yield from NomisRequest(self.reading, self.areas, times, self.codes).short(room)


@lru_cache(256)
def _whole(coverage: Coverage, level: AreaLevel) -> tuple[str, ...]:
    """Every place of a level that a dataset is published for."""
    places = gazetteer()
    return tuple(area.code for area in places.at(level) if coverage.holds(area.code, places))


def _halves(items: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    return items[: len(items) // 2], items[len(items) // 2 :]


def requests(mapping: NomisMapping, slices: Sequence[Slice]) -> list[tuple[NomisRequest, tuple[int, ...]]]:
    """The requests that answer some slices, each with the positions of the slices it answers: one for all,
    unless the slices have so little in common that asking each by itself takes fewer pages."""
    whole = _hull(mapping, slices)
    hulls = [_hull(mapping, [one]) for one in slices]
    if _pages([whole]) <= _pages(hulls):
        return [(whole, tuple(range(len(slices))))]
    return [(one, (at,)) for at, one in enumerate(hulls)]


def _pages(requests: Iterable[NomisRequest]) -> int:
    return sum(max(1, ceil(one.rows / PAGE)) for one in requests)


def _hull(mapping: NomisMapping, slices: Iterable[Slice]) -> NomisRequest:
    areas: dict[str, None] = {}
    times: dict[str, None] = {}
    codes: dict[str, dict[str, None]] = {concept: {} for concept in mapping.concepts}
    for one in slices:
        areas |= dict.fromkeys(one.areas)
        times |= dict.fromkeys(mapping.written(period) for period in one.periods)
        for measure in one.measures:
            for group in one.groups:
                for concept, code in mapping.cell(measure, one.by, group).items():
                    codes[concept][code] = None
    return NomisRequest(mapping, tuple(areas), tuple(sorted(times)), {key: tuple(code) for key, code in codes.items()})
