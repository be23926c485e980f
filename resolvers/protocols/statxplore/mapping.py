"""What a Stat-Xplore source file says of one database, read and checked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from reference.area import AreaLevel, gazetteer
from reference.facets import Facet
from reference.period import Period, PeriodKind
from resolvers.source import Dataset, SourceError

Values = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Filter:
    """A measure that counts only some values of a field. `unknown`: values that say it is not known yet."""

    field: str
    values: Values
    unknown: Values


@dataclass(frozen=True, slots=True)
class DatabaseMap:
    """One database: its count, and where its time, places and facets are."""

    count: str
    time_field: str
    time_value: str
    place_field: str
    place_values: Mapping[AreaLevel, str]
    filters: Mapping[str, Filter | None]
    facets: Mapping[Facet, tuple[str, Mapping[str, Values]]]
    labels: Mapping[str, str]

    def month(self, period: Period) -> str:
        """The publisher's id of a month."""
        return self.time_value.format(YYYYMM=period.end.strftime("%Y%m"))

    def place(self, code: str) -> str:
        """The publisher's id of a place."""
        area = gazetteer()[code]
        level = area.level
        if level not in self.place_values and level is AreaLevel.COUNTRY:
            level = AreaLevel.REGION
        return self.place_values[level].format(code=code)


def read(dataset: Dataset) -> DatabaseMap:
    """The mapping of a dataset. Raises SourceError naming the key."""
    options = dataset.options
    try:
        if dataset.every is not PeriodKind.MONTH:
            raise SourceError("every: databases of Stat-Xplore are monthly.")
        time, place = options["time"], options["place"]
        filters = {name: _filter(told) for name, told in dataset.measures.items()}
        facets = {
            facet: (cast(str, told["field"]), {code: _values(v) for code, v in told["members"].items()})
            for facet, told in dataset.facets.items()
        }
        return DatabaseMap(
            count=options["count"],
            time_field=time["field"],
            time_value=time["value"],
            place_field=place["field"],
            place_values={AreaLevel(level): template for level, template in place["values"].items()},
            filters=filters,
            facets=facets,
            labels=_labels(options, dataset),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise SourceError(f"dataset {dataset.id!r}: {error}") from error


def _filter(told: Mapping[str, Any]) -> Filter | None:
    if "field" not in told:
        return None
    return Filter(told["field"], _values(told["values"]), _values(told.get("unknown", ())))


def _values(told: str | Sequence[str]) -> Values:
    return (told,) if isinstance(told, str) else tuple(told)


def _labels(options: Mapping[str, Any], dataset: Dataset) -> dict[str, str]:
    """Field uri -> label, by which a field is found again when its id has moved."""
    tables: list[Mapping[str, Any]] = [options["time"], options["place"]]
    tables += [*dataset.measures.values(), *dataset.facets.values()]
    return {told["field"]: told["label"] for told in tables if "label" in told}
