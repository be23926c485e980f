"""The criteria grammar: facets, `and`, `or`, `not`, nested freely, read against one version's rows."""

from collections.abc import Callable
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from departments.ees.periods import CODES, read_period
from departments.ees.problems import not_found, note
from departments.ees.shelf import Version

LEVEL_CODES = (
    "EDA", "INST", "LA", "LAD", "LEP", "LSIP", "MAT", "MCA", "NAT", "OA", "PA", "PCON", "PFA", "PROV", "REG", "RSC",
    "SCH", "SPON", "WARD",
)  # fmt: skip
SINGLE, LISTED = ("eq", "notEq"), ("in", "notIn")
ORDERED: dict[str, Callable[[Any, Any], Any]] = {
    "gt": np.greater,
    "gte": np.greater_equal,
    "lt": np.less,
    "lte": np.less_equal,
}
# What a location may be named by, with the greatest length, and the one level that a name belongs to.
LOCATION_KEYS = {"id": 10, "code": 30, "oldCode": 20, "ukprn": 20, "urn": 20, "laEstab": 20}
LEVEL_OF_KEY = {"oldCode": "LA", "ukprn": "PROV", "urn": "SCH", "laEstab": "SCH"}
Mask = NDArray[np.bool_]
JSON = dict[str, Any]


class Criteria:
    """Evaluates criteria. Errors and warnings gather in `errors` and `warnings`, each with its path."""

    def __init__(self, version: Version) -> None:
        self._version = version
        self._rows = version.rows
        self.errors: list[JSON] = []
        self.warnings: list[JSON] = []
        self._options = {
            short: (at, turn) for at, ids in enumerate(version.options) for turn, short in enumerate(ids)
        }  # fmt: skip

    def mask(self, criterion: Any, path: str = "criteria") -> Mask:
        """Which rows match. Nothing matches a part that is in error."""
        if not isinstance(criterion, dict):
            return self._invalid("InvalidValue", path)
        criteria = cast(JSON, criterion)
        for key in ("and", "or", "not"):
            if key in criteria:
                return self._combined(criteria, key, path)
        facets: dict[str, Callable[[Any, str], NDArray[Any]]] = {
            "filters": self._filter,
            "geographicLevels": self._level,
            "locations": self._location,
            "timePeriods": self._period,
        }
        matched = np.ones(len(self._rows), bool)
        for key, value in criteria.items():
            if key not in facets:
                matched &= self._invalid("InvalidValue", f"{path}.{key}")
            elif value is not None:
                matched &= self._facet(value, f"{path}.{key}", facets[key], key == "timePeriods")
        return matched

    def _combined(self, criteria: JSON, key: str, path: str) -> Mask:
        """`and`, `or` or `not`, which must be the only key of its object."""
        if set(criteria) != {key}:
            return self._invalid("InvalidValue", path)
        if key == "not":
            return ~self.mask(criteria["not"], f"{path}.not")
        if not isinstance(criteria[key], list):
            return self._invalid("InvalidValue", f"{path}.{key}")
        parts = cast(list[Any], criteria[key])
        if not parts:
            return self._invalid("NotEmpty", f"{path}.{key}")
        masks = [self.mask(part, f"{path}.{key}[{at}]") for at, part in enumerate(parts)]
        return np.logical_and.reduce(masks) if key == "and" else np.logical_or.reduce(masks)

    def _facet(self, criterion: Any, path: str, match: Callable[[Any, str], Mask], ordered: bool) -> Mask:
        """One facet's comparators, all of which must hold. `match` gives the rows of one item."""
        if not isinstance(criterion, dict):
            return self._invalid("InvalidValue", path)
        matched = np.ones(len(self._rows), bool)
        self._lost: list[Any] = []
        for key, value in cast(JSON, criterion).items():
            where = f"{path}.{key}"
            if key not in (*SINGLE, *LISTED, *(ORDERED if ordered else ())):
                matched &= self._invalid("InvalidValue", where)
                continue
            if value is None:
                continue
            self._lost = []
            if key in LISTED:
                if not isinstance(value, list):
                    matched &= self._invalid("InvalidValue", where)
                    continue
                items = cast(list[Any], value)
                if not items:
                    matched &= self._invalid("NotEmpty", where)
                    continue
                mask = np.logical_or.reduce([match(item, f"{where}[{at}]") for at, item in enumerate(items)])
            elif key in ORDERED:
                mask = self._compared(key, value, where)
            else:
                mask = match(value, where)
            matched &= ~mask if key.startswith("not") else mask
            if self._lost:
                facet = path.rsplit(".", 1)[-1]
                self.warnings.append(not_found(f"{facet[0].upper()}{facet[1:]}NotFound", where, self._lost))
        return matched

    def _filter(self, value: Any, path: str) -> Mask:
        """Rows with this option, by its id."""
        if not isinstance(value, str):
            return self._invalid("InvalidValue", path)
        if not value:
            return self._invalid("NotEmpty", path)
        if len(value) > 10:
            return self._invalid("MaximumLength", path, {"maxLength": 10})
        if value not in self._options:
            return self._unknown(value)
        at, turn = self._options[value]
        return self._rows.options[at] == turn

    def _level(self, value: Any, path: str) -> Mask:
        """A level that the API knows but the version lacks is a warning, not an error."""
        if not isinstance(value, str) or value not in LEVEL_CODES:
            return self._invalid("AllowedValue", path, {"value": value, "allowed": LEVEL_CODES})
        if value not in self._rows.levels:
            return self._unknown(value)
        return self._rows.level == self._rows.levels.index(value)

    def _location(self, criterion: Any, path: str) -> Mask:
        """Rows of a place named by its level and one key. A region stands for the places inside it too, the country for
        every row."""
        if not isinstance(criterion, dict):
            return self._invalid("InvalidValue", path)
        named = cast(JSON, criterion)
        keys = [key for key in LOCATION_KEYS if key in named]
        level = named.get("level")
        if len(keys) != 1 or set(named) - {"level", *keys}:
            return self._invalid("InvalidValue", path)
        key, value = keys[0], named[keys[0]]
        allowed = [LEVEL_OF_KEY[key]] if key in LEVEL_OF_KEY else list(LEVEL_CODES)
        if level not in allowed:
            return self._invalid("AllowedValue", f"{path}.level", {"value": level, "allowed": allowed})
        if not isinstance(value, str) or not value:
            return self._invalid("NotEmpty" if value == "" else "InvalidValue", f"{path}.{key}")
        if len(value) > LOCATION_KEYS[key]:
            return self._invalid("MaximumLength", f"{path}.{key}", {"maxLength": LOCATION_KEYS[key]})
        places = [
            at
            for at, ((of, _), place) in enumerate(zip(self._rows.places, self._version.locations, strict=True))
            if of == level and place.get(key) == value
        ]
        if not places:
            return self._unknown(named)
        if level == "NAT":
            return np.ones(len(self._rows), bool)
        of_region = np.isin(self._rows.region, places) if level == "REG" else False
        return np.isin(self._rows.place, places) | of_region

    def _period(self, value: Any, path: str) -> Mask:
        """Rows of exactly this period; none where it is in error or not there."""
        at = self._period_index(value, path)
        return np.zeros(len(self._rows), bool) if at is None else self._rows.period == at

    def _compared(self, key: str, value: Any, path: str) -> Mask:
        """Rows before or after a period, as `key` says, in the order of time."""
        at = self._period_index(value, path)
        return np.zeros(len(self._rows), bool) if at is None else ORDERED[key](self._rows.period, at)

    def _period_index(self, value: Any, path: str) -> int | None:
        """Where the period lies in the version; None where it is in error or not there."""
        period = cast(JSON, value) if isinstance(value, dict) else {}
        if set(period) != {"code", "period"} or not all(isinstance(part, str) for part in period.values()):
            self._invalid("InvalidValue", path)
        elif period["code"] not in CODES:
            self._invalid("AllowedValue", f"{path}.code", {"value": period["code"], "allowed": CODES})
        elif (read := read_period(period["period"])) is None:
            self._invalid("TimePeriodYearRange", f"{path}.period")
        elif period["code"] != self._version.data_set.time or read not in self._rows.periods:
            self._unknown(period)
        else:
            return self._rows.periods.index(read)
        return None

    def _invalid(self, code: str, path: str, detail: JSON | None = None) -> Mask:
        """Notes an error; no row matches."""
        self.errors.append(note(code, path, detail))
        return np.zeros(len(self._rows), bool)

    def _unknown(self, item: Any) -> Mask:
        """Keeps what was not found for the facet's warning; no row matches."""
        self._lost.append(item)
        return np.zeros(len(self._rows), bool)
