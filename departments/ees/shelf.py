"""Which versions of which data sets are published, and the metadata of each."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from departments.ees.catalogue import DATA_SETS, LEVEL_LABELS, DataSet, Edition
from departments.ees.figures import Rows, rows
from departments.ees.identifiers import identifiers

# The old codes of upper-tier authorities are invented: three digits, in the order of the new ones.
FIRST_OLD_CODE = 201


@dataclass(frozen=True)
class Version:
    """One published version of a data set, with the identifiers of its parts. `amended`: what is said of it instead
    of what its edition says."""

    data_set: DataSet
    edition: Edition
    folder: Path
    amended: dict[str, Any] = field(default_factory=dict[str, Any], compare=False)

    @property
    def withdrawn(self) -> bool:
        """Whether it was published and can no longer be used."""
        return self.amended.get("status") == "Withdrawn"

    @cached_property
    def rows(self) -> Rows:
        """Built from the cube when first wanted."""
        return rows(self.data_set, self.edition, self.folder)

    def _ids(self, kind: str, names: Iterable[str]) -> dict[str, str]:
        """Ids stay the same through all versions of one major number."""
        return identifiers(self.data_set.id, self.edition.major, kind, names)

    @cached_property
    def filters(self) -> dict[str, str]:
        """Column -> id."""
        return self._ids("filter", (filter_.column for filter_ in self.data_set.filters))

    @cached_property
    def options(self) -> tuple[tuple[str, ...], ...]:
        """Ids of the options of each filter, in the order of their labels."""
        names = [f"{filter_.column}={code}" for filter_ in self.data_set.filters for code in ("", *filter_.options)]
        given = iter(self._ids("option", names).values())
        return tuple(tuple(next(given) for _ in ("", *filter_.options)) for filter_ in self.data_set.filters)

    @cached_property
    def indicators(self) -> dict[str, str]:
        """Column -> id."""
        return self._ids("indicator", (indicator.column for indicator in self.data_set.indicators))

    @cached_property
    def locations(self) -> tuple[dict[str, str], ...]:
        """Every place of `rows.places` as the metadata shows it: id, label, code, and an old code at level LA."""
        given = self._ids("location", (f"{level} {area.code}" for level, area in self.rows.places))
        locations: list[dict[str, str]] = []
        old = FIRST_OLD_CODE
        for (level, area), short in zip(self.rows.places, given.values(), strict=True):
            place = {"id": short, "label": area.name, "code": area.code}
            if level == "LA":
                place["oldCode"] = str(old)
                old += 1
            locations.append(place)
        return tuple(locations)

    @cached_property
    def periods(self) -> list[dict[str, str]]:
        """Code, period and label of each; an academic year is labelled as in 2022/23."""
        label = "{}/{}".format if self.data_set.time == "AY" else "{}".format
        return [
            {"code": self.data_set.time, "period": period, "label": label(period[:4], period[-2:])}
            for period in self.rows.periods
        ]

    @property
    def metadata(self) -> dict[str, Any]:
        """As GET /data-sets/{id}/meta shows it."""
        rows = self.rows
        return {
            "filters": [
                {"id": self.filters[filter_.column], "column": filter_.column, "label": filter_.label}
                | {"hint": filter_.hint}
                | {"options": [{"id": i, "label": n} for i, n in zip(ids, names, strict=True)]}
                for filter_, ids, names in zip(self.data_set.filters, self.options, rows.labels, strict=True)
            ],
            "indicators": [
                {"id": self.indicators[indicator.column], "column": indicator.column, "label": indicator.label}
                | {"unit": indicator.unit, "decimalPlaces": 0}
                for indicator in self.data_set.indicators
            ],
            "geographicLevels": [level_model(level) for level in rows.levels],
            "locations": [
                {
                    "level": level_model(level),
                    "options": [
                        location
                        for (of, _), location in zip(rows.places, self.locations, strict=True)
                        if of == level
                    ],
                }
                for level in rows.levels
            ],
            "timePeriods": self.periods,
        }  # fmt: skip

    @property
    def summary(self) -> dict[str, Any]:
        """What the lists of data sets and of versions both say of it."""
        return {
            "version": self.edition.version,
            "published": self.edition.published,
            "totalResults": len(self.rows),
            "file": {"id": str(uuid5(NAMESPACE_URL, f"{self.data_set.id}/{self.edition.version}"))},
            "timePeriods": {"start": self.periods[0]["label"], "end": self.periods[-1]["label"]},
            "geographicLevels": [LEVEL_LABELS[level] for level in self.rows.levels],
            "filters": [filter_.label for filter_ in self.data_set.filters],
            "indicators": [indicator.label for indicator in self.data_set.indicators],
        }

    @property
    def model(self) -> dict[str, Any]:
        """As GET /data-sets/{id}/versions shows it."""
        release = self.edition.release
        return (
            self.summary
            | {
                "type": "Major" if self.edition.number[1:] == (0,) else "Minor",
                "status": "Published",
                "notes": self.edition.notes,
                "release": {"title": release, "slug": release.lower().replace(" ", "-").replace("/", "-")},
            }
            | self.amended
        )


def level_model(level: str) -> dict[str, str]:
    """A level under the keys of the API."""
    return {"code": level, "label": LEVEL_LABELS[level]}


class Shelf:
    """The versions on offer, oldest first. Tests withdraw and publish versions as the department does."""

    def __init__(self, folder: Path) -> None:
        self._all: Mapping[str, list[Version]] = {
            data_set.id: [Version(data_set, edition, folder) for edition in data_set.editions] for data_set in DATA_SETS
        }
        self._withdrawn: set[tuple[str, str]] = set()

    def withdraw(self, data_set: str, version: str) -> None:
        """Takes the version off every list, as if it had never been published."""
        self._withdrawn.add((data_set, version))

    def publish(self, data_set: str, version: str) -> None:
        """Puts a version back that `withdraw` took off."""
        self._withdrawn.discard((data_set, version))

    def amend(self, data_set: str, version: str, **said: Any) -> None:
        """From now on the list of versions says this of a version, as `status="Withdrawn"`; without anything, again
        what its edition says. A withdrawn version is still listed, and its figures cannot be had."""
        amended = next(own for own in self._all[data_set] if own.edition.version == version).amended
        amended.clear()
        amended.update(said)

    def all(self) -> list[list[Version]]:
        """What is published of every data set."""
        return [self.versions(data_set) for data_set in self._all]

    def versions(self, data_set: str) -> list[Version]:
        """What is published of a data set, oldest first; empty when there is no such data set."""
        versions = self._all.get(data_set, [])
        return [version for version in versions if (data_set, version.edition.version) not in self._withdrawn]

    def find(self, data_set: str, wanted: str | None) -> Version | None:
        """The newest version that `wanted` allows: "2.0", "2.*", "*", or None for the newest of all."""
        parts = (wanted or "*").removeprefix("v").split(".")
        fixed = parts[: parts.index("*")] if "*" in parts else parts + ["0"] * (2 - len(parts))
        if "*" in parts and any(part != "*" for part in parts[parts.index("*") :]):
            return None
        fitting = [
            version for version in self.versions(data_set) if version.edition.version.split(".")[: len(fixed)] == fixed
        ]
        if "*" in parts:
            fitting = [version for version in fitting if not version.withdrawn]
        return fitting[-1] if fitting else None
