"""Places by GSS code: the UK, its countries, regions, combined authorities, LSIP areas and the 361
local authorities of April 2023. Source: ONS, Register of Geographic Codes (Open Government Licence v3.0)."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, lru_cache

from reference.packaged import rows
from reference.vintage import Vintage, history

VINTAGE = "2023-04"


class AreaLevel(StrEnum):
    """Kinds of place, widest first."""

    UK = "UK"
    COUNTRY = "COUNTRY"
    REGION = "REGION"
    COMBINED_AUTHORITY = "COMBINED_AUTHORITY"
    LSIP = "LSIP"
    LA = "LA"

    @property
    def rank(self) -> int:
        """How fine: 0 for the UK to 4 for a local authority. LSIP and combined-authority areas do not nest
        in one another, so they share a rank between region and local authority."""
        return _RANKS[self]


_RANKS = {
    AreaLevel.UK: 0,
    AreaLevel.COUNTRY: 1,
    AreaLevel.REGION: 2,
    AreaLevel.COMBINED_AUTHORITY: 3,
    AreaLevel.LSIP: 3,
    AreaLevel.LA: 4,
}


@dataclass(frozen=True, slots=True, eq=False)
class Area:
    """One place. `parents` gives, for each wider level, the code of the one place that holds it whole."""

    code: str
    name: str
    level: AreaLevel
    parents: Mapping[AreaLevel, str]

    @property
    def country(self) -> str | None:
        """GSS code of the country it lies in; None for the UK."""
        return self.code if self.level is AreaLevel.COUNTRY else self.parents.get(AreaLevel.COUNTRY)

    @property
    def codes(self) -> tuple[str, ...]:
        """Every code that has meant this same place, oldest first."""
        return history().equivalents(self.code)

    @property
    def history(self) -> tuple[str, ...]:
        """What it was before and what became of it since, a sentence each."""
        return history().told(self.code, Vintage.parse(VINTAGE))


class Gazetteer:
    """Every place the Trust knows, by code and by level."""

    def __init__(self, areas: Iterable[Area]) -> None:
        self._areas = {area.code: area for area in areas}
        self._inside: dict[tuple[AreaLevel, str], tuple[Area, ...]] = {}
        self._levels: dict[AreaLevel, tuple[Area, ...]] = {
            level: tuple(sorted((a for a in self._areas.values() if a.level is level), key=lambda a: a.code))
            for level in AreaLevel
        }
        # Wales, Scotland and Northern Ireland are countries and, in regional tables, regions of their own.
        self._levels[AreaLevel.REGION] += tuple(a for a in self._levels[AreaLevel.COUNTRY] if a.code != "E92000001")

    def __iter__(self) -> Iterator[Area]:
        return iter(self._areas.values())

    def __contains__(self, code: object) -> bool:
        return code in self._areas

    def __getitem__(self, code: str) -> Area:
        """The place with a code, which may be the code of the same place in another vintage. Raises KeyError."""
        try:
            return self._areas[code]
        except KeyError:
            for same in history().equivalents(code):
                if same in self._areas:
                    return self._areas[same]
            raise

    def get(self, code: str) -> Area | None:
        """The place with a code of ours; None for any other code."""
        return self._areas.get(code)

    def at(self, level: AreaLevel, within: str | None = None) -> tuple[Area, ...]:
        """Places of a level in the order of their codes, optionally only those inside another place."""
        if within is None:
            return self._levels[level]
        areas = self._inside.get((level, within))
        if areas is None:
            areas = tuple(area for area in self._levels[level] if self.inside(area, within))
            if within in self._areas:
                self._inside[level, within] = areas
        return areas

    def inside(self, area: Area, within: str) -> bool:
        """Whether a place is, or lies wholly inside, the place with the code `within`."""
        return area.code == within or within in area.parents.values()

    def holding(self, codes: tuple[str, ...]) -> Area | None:
        """The smallest place that is, or holds, all places with these codes, which are known; None where none does."""
        return next(iter(self.holders(codes)), None)

    @lru_cache(1_024)  # noqa: B019 - there is one gazetteer, and it lives as long as the process
    def holders(self, codes: tuple[str, ...]) -> tuple[Area, ...]:
        """The smallest places that are, or hold, all places with these codes, which are known: of several, none lies in
        another."""
        holders: list[set[str]] = [{code, *self._areas[code].parents.values()} for code in codes if code in self._areas]
        shared: set[str] = set[str].intersection(*holders) if holders else set()
        found = (self._areas[code] for code in shared)
        areas = sorted(found, key=lambda area: (area.level.rank, area.code), reverse=True)
        return tuple(area for area in areas if not any(area.code in other.parents.values() for other in areas))


@cache
def gazetteer() -> Gazetteer:
    """The places of April 2023, read once."""
    authorities = rows("reference", "areas.csv")
    areas = [_authority(row) for row in authorities]
    for row in rows("reference", "wider_areas.csv"):
        level = AreaLevel(row["level"])
        members = [a for a in areas if row["code"] in a.parents.values()] if level is not AreaLevel.UK else []
        areas.append(Area(row["code"], row["name"], level, _shared_parents(level, members)))
    return Gazetteer(areas)


def _authority(row: Mapping[str, str]) -> Area:
    """The local authority of one row of areas.csv."""
    columns = {
        AreaLevel.COUNTRY: "country",
        AreaLevel.REGION: "region",
        AreaLevel.COMBINED_AUTHORITY: "combined_authority",
        AreaLevel.LSIP: "lsip",
    }
    parents = {AreaLevel.UK: "K02000001"} | {level: row[name] for level, name in columns.items() if row[name]}
    return Area(row["code"], row["name"], AreaLevel.LA, parents)


def _shared_parents(level: AreaLevel, members: list[Area]) -> dict[AreaLevel, str]:
    """The wider places that hold every member: a combined authority across two regions is inside neither."""
    parents: dict[AreaLevel, str] = {}
    for wider in (AreaLevel.UK, AreaLevel.COUNTRY, AreaLevel.REGION):
        codes = {member.parents.get(wider) for member in members}
        only = codes.pop() if len(codes) == 1 else None
        if wider.rank < level.rank and only:
            parents[wider] = only
    return parents
