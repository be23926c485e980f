"""What a Stat-Xplore source file says of one database, read and checked."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reference.area import AreaLevel, gazetteer
from reference.facets import Facet
from reference.period import Period
from resolvers.source import Dataset, SourceError

Values = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ValueFilter:
    """A measure that counts only some values of a field. `unknown`: values that say it is not known yet."""

    field: str
    values: Values
    unknown: Values


@dataclass(frozen=True, slots=True)
class DatabaseMap:
    """One database: its count, and where its months, places and facets are. A `field` is the id of a field or of
    one of its value sets. `labels`: field -> label, by which it is found again when its id has moved. `meanings`:
    value -> label, which the publisher's own has to agree with."""

    id: str
    count: str
    time_field: str
    time_value: str
    place_field: str
    place_values: Mapping[AreaLevel, str]
    filters: Mapping[str, ValueFilter | None]
    facets: Mapping[Facet, tuple[str, Mapping[str, Values]]]
    labels: Mapping[str, str]
    meanings: Mapping[str, str]

    def month(self, period: Period) -> Values:
        """The publisher's id of a month, or of the last month of a longer period."""
        year, month = period.ends_in
        return (self.time_value.format(YYYYMM=f"{year}{month:02d}"),)

    def place(self, code: str) -> Values:
        """The publisher's id of a place; none where it publishes nothing at that level."""
        area = gazetteer()[code]
        template = self.place_values.get(area.level)
        if template is None and area.level is AreaLevel.COUNTRY:
            # Wales and Scotland stand among the regions where countries have no value set of their own.
            template = self.place_values.get(AreaLevel.REGION)
        return () if template is None else (template.format(code=code),)

    def named(self) -> Iterator[tuple[str, Values]]:
        """Every field with the values that the source file names one by one."""
        for field, values in self.facets.values():
            yield field, tuple(value for group in values.values() for value in group)
        for facet_filter in self.filters.values():
            if facet_filter is not None:
                yield facet_filter.field, facet_filter.values + facet_filter.unknown

    def prefixed(self) -> Iterator[tuple[str, str]]:
        """Every field with the beginning of the values that the source file names by a template."""
        yield self.time_field, self.time_value.format(YYYYMM="")
        for template in self.place_values.values():
            yield self.place_field, template.format(code="")

    def codelists(self, field: str) -> set[str]:
        """Code lists of the values that the source file uses of a field: the part of an id before the code."""
        named = [value for name, values in self.named() if name == field for value in values]
        return {value.split(":")[-2] for value in [*named, *(like for name, like in self.prefixed() if name == field)]}


def read(dataset: Dataset) -> DatabaseMap:
    """The mapping of a dataset. Raises SourceError naming the key."""
    try:
        return _read(dataset)
    except SourceError as error:
        raise SourceError(f"dataset {dataset.id!r}: {error}") from error


def _read(dataset: Dataset) -> DatabaseMap:
    time, place = dataset.options["time"], dataset.options["place"]
    facets = {facet: _facet(table) for facet, table in dataset.facets.items()}
    tables = [time, place, *dataset.measures.values(), *dataset.facets.values()]
    known = DatabaseMap(
        id=dataset.id,
        count=dataset.options["count"],
        time_field=time["field"],
        time_value=_template(time["value"], "YYYYMM"),
        place_field=place["field"],
        place_values={AreaLevel(level): _template(template, "code") for level, template in place["values"].items()},
        filters={name: _filter(name, table) for name, table in dataset.measures.items()},
        facets=facets,
        labels={table["field"]: table["label"] for table in tables if "label" in table},
        meanings=dict(_meanings([*dataset.measures.items(), *dataset.facets.items()])),
    )
    counted = {facet_filter.field for facet_filter in known.filters.values() if facet_filter}
    if both := counted & {known.time_field, known.place_field, *(field for field, _ in facets.values())}:
        raise SourceError(f"{sorted(both)[0]} is a measure's field: it cannot be a facet, time or place as well.")
    return known


def _facet(table: Mapping[str, Any]) -> tuple[str, Mapping[str, Values]]:
    return table["field"], {code: _values(values) for code, values in table["members"].items()}


def _filter(name: str, table: Mapping[str, Any]) -> ValueFilter | None:
    if not table:
        return None
    if missing := [key for key in ("field", "values") if key not in table]:
        raise SourceError(f"measures.{name}.{missing[0]} is needed: a measure is a field and some of its values.")
    return ValueFilter(table["field"], _values(table["values"]), _values(table.get("unknown", [])))


def _meanings(tables: Iterable[tuple[str, Mapping[str, Any]]]) -> Iterator[tuple[str, str]]:
    """Each value with its label. A source file gives labels by code: the last part of a value's id."""
    for name, table in tables:
        groups = [table.get("values", ()), table.get("unknown", ()), *table.get("members", {}).values()]
        values = [value for group in groups for value in ([group] if isinstance(group, str) else group)]
        codes = {value.rpartition(":")[2]: value for value in values}
        for code, label in table.get("labels", {}).items():
            if code not in codes:
                raise SourceError(f"{name}.labels: {code!r} must be a code of {', '.join(codes)}.")
            yield codes[code], label


def _template(text: str, key: str) -> str:
    """A template that holds {key} and nothing else in braces."""
    try:
        if text.format(**{key: "\0"}) == text.replace("{" + key + "}", "\0") != text:
            return text
    except (KeyError, IndexError, ValueError, AttributeError):
        pass
    raise SourceError(f"{text!r} must hold {{{key}}}, and no other braces.")


def _values(ids: str | Sequence[str]) -> Values:
    return (ids,) if isinstance(ids, str) else tuple(ids)
