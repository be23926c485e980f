"""What the sample Stat-Xplore holds: databases, their fields, value sets and values, by the publisher's ids."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from departments.synthetic.cube import Cube
from departments.synthetic.cubes import load
from reference.area import AreaLevel, gazetteer
from reference.period import parse

Positions = Mapping[str, tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class ValueSet:
    """One classification of a field: value codes with labels, and the positions of the cube's axis that each covers."""

    uri: str
    label: str
    prefix: str
    labels: Mapping[str, str]
    positions: Positions

    def value(self, code: str) -> str:
        """The uri of a code's value."""
        return f"{self.prefix}:{code}"


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a database: an axis of its cube, with one or more value sets. The first is its own.
    `group`: where the schema shows it; empty: directly in the database."""

    uri: str
    label: str
    axis: int
    valuesets: tuple[ValueSet, ...]
    group: str = ""


@dataclass(frozen=True)
class Database:
    """One database: a count over a cube."""

    id: str
    label: str
    table: str
    values: NDArray[Any]
    fields: tuple[Field, ...]

    @property
    def uri(self) -> str:
        """What requests name it by."""
        return f"str:database:{self.id}"

    @property
    def count(self) -> str:
        """The uri of its one measure."""
        return f"str:count:{self.id}:{self.table}"

    @cached_property
    def valuesets(self) -> dict[str, tuple[Field, ValueSet]]:
        """Value sets and fields by uri; a field stands for its first value set."""
        valuesets: dict[str, tuple[Field, ValueSet]] = {}
        for field in self.fields:
            valuesets[field.uri] = (field, field.valuesets[0])
            valuesets.update({valueset.uri: (field, valueset) for valueset in field.valuesets})
        return valuesets


def databases(folder: Path) -> tuple[Database, ...]:
    """UC_Monthly and UC_Households. Great Britain only."""
    people, households = load("uc_people", folder), load("uc_households", folder)
    return (
        Database(
            "UC_Monthly", "People on Universal Credit (synthetic)", "V_F_UC_CASELOAD_FULL", _awaited(people.values["people"]),
            (
                _months("UC_Monthly", "F_UC_DATE", "C_UC_DATE", people),
                _places("UC_Monthly", "V_F_UC_CASELOAD_FULL", people),
                _coded("UC_Monthly", "V_F_UC_CASELOAD_FULL", "SEX", "Gender", "C_UC_SEX", 2,
                       {"1": ("Male", (1,)), "2": ("Female", (0,))}),
                _coded("UC_Monthly", "V_F_UC_CASELOAD_FULL", "AGE_BAND", "Age (bands)", "C_UC_AGE_BAND", 3,
                       {str(n): (label, (n,)) for n, label in enumerate(people.axis("age"))}),
                _coded("UC_Monthly", "V_F_UC_CASELOAD_FULL", "CCCONDITIONALITY_REGIME", "Conditionality Regime",
                       "C_UC_CONDITIONALITY", 4,
                       {"AA": ("Searching for work", (0,)), "BC": ("No work requirements", (4,)),
                        "CE": ("Preparing for work", (2,)), "DF": ("Planning for work", (3,)),
                        "EA": ("Working - no requirements", (1,))}),
                _coded("UC_Monthly", "V_F_UC_CASELOAD_FULL", "EMPLOYMENT_CODE", "Employment indicator",
                       "C_UC_EMPLOYMENT_2023_BAND", 5,
                       {"0": ("Not in employment", (0,)), "1": ("In employment", (1,)), "99": ("Not available", (2,))}),
            ),
        ),
        Database(
            "UC_Households", "Households on Universal Credit (synthetic)", "V_F_UC_HOUSEHOLDS",
            households.values["households"],
            (
                _months("UC_Households", "F_UC_HH_DATE", "C_UC_HH_DATE", households),
                _places("UC_Households", "V_F_UC_HOUSEHOLDS", households),
                _coded("UC_Households", "V_F_UC_HOUSEHOLDS", "hnfamily_type", "Family Type", "C_UC_FAMILY_TYPE", 2,
                       {"1": ("Single, no child dependant", (0,)), "2": ("Single, with child dependant(s)", (1,)),
                        "3": ("Couple, no child dependant", (2,)), "4": ("Couple, with child dependant(s)", (3,)),
                        "99": ("Unknown or missing family type", ())}),
                _coded("UC_Households", "V_F_UC_HOUSEHOLDS", "HCLCW_ENTITLEMENT",
                       "Limited capability for work entitlement", "C_UC_LCW", 3,
                       {"0": ("No limited capability for work entitlement", (0,)),
                        "1": ("Limited capability for work entitlement", (1,))}),
            ),
        ),
    )  # fmt: skip


def _awaited(people: NDArray[Any]) -> NDArray[Any]:
    """People with a third employment code, 99: everybody in the newest month, whose employment is not known yet."""
    with_unknown = np.concatenate([people, np.zeros((*people.shape[:-1], 1), people.dtype)], axis=-1)
    with_unknown[:, -1, ..., 2] = people[:, -1].sum(axis=-1)
    with_unknown[:, -1, ..., :2] = 0
    return with_unknown


def _months(database: str, table: str, codelist: str, cube: Cube) -> Field:
    """The cube's months, coded as in 202404."""
    uri = f"str:field:{database}:{table}:DATE_NAME"
    months = {code.replace("-", ""): (parse(code).label, (at,)) for at, code in enumerate(cube.axis("period"))}
    return _field(uri, "Month", 1, uri.replace("str:field", "str:valueset"), codelist, months)


def _coded(
    database: str, table: str, column: str, label: str, codelist: str, axis: int,
    values: Mapping[str, tuple[str, tuple[int, ...]]],
) -> Field:  # fmt: skip
    """A field of codes: code -> its label, and the positions it covers."""
    uri = f"str:field:{database}:{table}:{column}"
    return _field(uri, label, axis, uri.replace("str:field", "str:valueset"), codelist, values)


def _field(
    uri: str, label: str, axis: int, valueset: str, codelist: str, values: Mapping[str, tuple[str, tuple[int, ...]]]
) -> Field:
    """A field with a single value set."""
    return Field(uri, label, axis, (_valueset(uri, label, valueset, codelist, values),))


def _valueset(
    field: str, label: str, valueset: str, codelist: str, values: Mapping[str, tuple[str, tuple[int, ...]]]
) -> ValueSet:
    """The uris of its values follow the field's, not its own."""
    return ValueSet(
        f"{valueset}:{codelist}",
        label,
        f"{field.replace('str:field', 'str:value')}:{codelist}",
        {code: item for code, (item, _) in values.items()},
        {code: at for code, (_, at) in values.items()},
    )


def _places(database: str, table: str, cube: Cube) -> Field:
    """Geography, with a value set for each way from a level to the country."""
    uri = f"str:field:{database}:{table}:WARD_CODE"
    valueset = uri.replace("str:field", "str:valueset")
    at = {code: index for index, code in enumerate(cube.axis("area"))}
    places = gazetteer()

    def inside(code: str) -> tuple[int, ...]:
        return tuple(index for area, index in at.items() if places.inside(places[area], code))

    authorities = {code: (places[code].name, (index,)) for code, index in at.items()}
    regions = {a.code: (a.name, inside(a.code)) for a in places.at(AreaLevel.REGION) if inside(a.code)}
    countries = {a.code: (a.name, inside(a.code)) for a in places.at(AreaLevel.COUNTRY) if inside(a.code)}
    britain = {"K03000001": ("Great Britain", tuple(at.values()))}
    label = "Geography (residence-based)"
    return Field(
        uri,
        label,
        0,
        (
            _valueset(uri, "Local authority", valueset, "V_C_MASTERGEOG21_LA_TO_REGION", authorities),
            _valueset(uri, "Region", valueset, "V_C_MASTERGEOG21_REGION_TO_COUNTRY", regions),
            _valueset(uri, "Country", valueset, "V_C_MASTERGEOG21_COUNTRY_TO_GB", countries),
            _valueset(uri, "Great Britain", valueset, "V_C_MASTERGEOG21_GB", britain),
        ),
        "Geography",
    )
