"""A data set query: its body checked, its rows found, sorted, paged and shown."""

from collections.abc import Callable
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from departments.ees.criteria import JSON, LEVEL_CODES, Criteria
from departments.ees.problems import InvalidQuery, not_found, note
from departments.ees.shelf import Version

PAGE_SIZE, LARGEST_PAGE = 1000, 10000
KEYS = ("criteria", "indicators", "sorts", "debug", "page", "pageSize")
DIRECTIONS = ("Asc", "Desc")


def answer(version: Version, body: Any) -> JSON:
    """The results of a query. Raises InvalidQuery with every error in the body."""
    if not isinstance(body, dict):
        raise InvalidQuery([note("InvalidValue", None)])
    query = cast(JSON, body)
    errors = [note("InvalidValue", key) for key in query if key not in KEYS]
    page = whole(query.get("page"), "page", 1, None, errors)
    size = whole(query.get("pageSize"), "pageSize", PAGE_SIZE, LARGEST_PAGE, errors)
    debug = query.get("debug") or False
    if not isinstance(debug, bool):
        errors.append(note("InvalidValue", "debug"))
    columns = _indicators(version, query.get("indicators"), errors)
    keys = _sort_keys(version, query.get("sorts"), errors)
    criteria = Criteria(version)
    criterion = query.get("criteria")
    rows = np.flatnonzero(criteria.mask(criterion)) if criterion is not None else np.arange(len(version.rows))
    if errors := errors + criteria.errors:
        raise InvalidQuery(errors)
    for key, descending in reversed(keys):
        order = np.argsort(-key[rows] if descending else key[rows], kind="stable")
        rows = rows[order]
    page_rows = rows[(page - 1) * size : page * size]
    show = _debugged(version) if debug else _plain(version)
    if not len(rows):
        criteria.warnings.append(note("QueryNoResults"))
    return {
        "paging": paging(page, size, len(rows)),
        "results": [show(row, columns) for row in page_rows.tolist()],
        "warnings": criteria.warnings,
    }


def whole(value: Any, path: str, default: int, most: int | None, errors: list[JSON]) -> int:
    """A page or a page size; 1 where it is in error."""
    if value is None:
        return default
    if not isinstance(value, int) or isinstance(value, bool):
        errors.append(note("InvalidValue", path))
    elif most is not None and not 1 <= value <= most:
        errors.append(note("InclusiveBetween", path, {"value": value, "from": 1, "to": most}))
    elif value < 1:
        errors.append(note("GreaterThanOrEqual", path, {"value": value, "comparisonValue": 1}))
    else:
        return value
    return 1


def paging(page: int, size: int, total: int) -> dict[str, int]:
    """No results make no pages."""
    return {"page": page, "pageSize": size, "totalResults": total, "totalPages": -(-total // size)}


def _indicators(version: Version, value: Any, errors: list[JSON]) -> dict[str, str]:
    """Column -> id of the indicators asked for: all of them when none is named."""
    if value is None:
        return version.indicators
    if not isinstance(value, list):
        errors.append(note("InvalidValue", "indicators"))
        return {}
    names = cast(list[Any], value)
    known = {short: column for column, short in version.indicators.items()}
    lost: list[str] = []
    for at, name in enumerate(names):
        if not isinstance(name, str):
            errors.append(note("InvalidValue", f"indicators[{at}]"))
        elif not name:
            errors.append(note("NotEmpty", f"indicators[{at}]"))
        elif len(name) > 40:
            errors.append(note("MaximumLength", f"indicators[{at}]", {"maxLength": 40}))
        elif name not in known:
            lost.append(name)
    if lost:
        errors.append(not_found("IndicatorsNotFound", "indicators", lost))
    return {known[name]: name for name in names if name in known} if names else version.indicators


def _sort_keys(version: Version, value: Any, errors: list[JSON]) -> list[tuple[NDArray[Any], bool]]:
    """The sorts as (key of each row, whether descending). Unasked, rows lie newest period first."""
    if value is None:
        return []
    if not isinstance(value, list):
        errors.append(note("InvalidValue", "sorts"))
        return []
    keys: list[tuple[NDArray[Any], bool]] = []
    lost: list[Any] = []
    for at, item in enumerate(cast(list[Any], value)):
        sort = cast(JSON, item) if isinstance(item, dict) else {}
        field, direction = sort.get("field"), sort.get("direction")
        if set(sort) != {"field", "direction"} or not isinstance(field, str):
            errors.append(note("InvalidValue", f"sorts[{at}]"))
        elif not field or len(field) > 40:
            wrong = note("MaximumLength", f"sorts[{at}].field", {"maxLength": 40}) if field else None
            errors.append(wrong or note("NotEmpty", f"sorts[{at}].field"))
        elif direction not in DIRECTIONS:
            detail = {"value": direction, "allowed": DIRECTIONS}
            errors.append(note("AllowedValue", f"sorts[{at}].direction", detail))
        elif (key := _sort_key(version, field)) is None:
            lost.append(item)
        else:
            keys.append((key, direction == "Desc"))
    if lost:
        errors.append(not_found("SortFieldsNotFound", "sorts", lost))
    return keys


def _sort_key(version: Version, field: str) -> NDArray[Any] | None:
    """A number for each row that sorts as the field does: labels by alphabet, figures by size, symbols first."""
    rows = version.rows
    kind, _, name = field.partition("|")
    match kind:
        case "timePeriod" if not name:
            return rows.period
        case "geographicLevel" if not name:
            return np.array([LEVEL_CODES.index(level) for level in rows.levels])[rows.level]
        case "location" if name in rows.levels:
            names = np.array([area.name if of == name else "" for of, area in rows.places])
            return _ranks(names)[rows.place]
        case "filter" if name in version.filters.values():
            at = list(version.filters.values()).index(name)
            return _ranks(np.array(rows.labels[at]))[rows.options[at]]
        case "indicator" if name in version.indicators.values():
            column = next(column for column, short in version.indicators.items() if short == name)
            texts = rows.values[column]
            return np.array([float(text) if text.isdigit() else -1.0 for text in texts.tolist()])
        case _:
            return None


def _ranks(names: NDArray[np.str_]) -> NDArray[np.intp]:
    """Positions in the alphabet, the same for equal names."""
    return np.unique(names, return_inverse=True)[1]


Show = Callable[[int, dict[str, str]], JSON]


def _row_document(
    version: Version, columns: dict[str, str], row: int, keys: tuple[str, ...], options: list[list[str]],
    places: list[str], values: dict[str, str],
) -> JSON:  # fmt: skip
    """One row as JSON: `keys`, `options` and `places` say how filters, options and places are written, `values` how
    each column is."""
    rows = version.rows
    place, region = int(rows.place[row]), int(rows.region[row])
    level = rows.levels[int(rows.level[row])]
    locations = {"NAT": places[0]} | ({"REG": places[region]} if region >= 0 else {}) | {level: places[place]}
    return {
        "timePeriod": {"code": version.data_set.time, "period": rows.periods[int(rows.period[row])]},
        "geographicLevel": level,
        "locations": locations,
        "filters": {key: options[at][int(rows.options[at, row])] for at, key in enumerate(keys)},
        "values": {values[column]: rows.values[column][row] for column in columns},
    }


def _plain(version: Version) -> Show:
    """Rows as identifiers."""
    keys, options = tuple(version.filters.values()), [list(ids) for ids in version.options]
    places = [place["id"] for place in version.locations]
    return lambda row, columns: _row_document(version, columns, row, keys, options, places, columns)


def _debugged(version: Version) -> Show:
    """Rows with what each identifier stands for."""
    keys = tuple(f"{short} :: {column}" for column, short in version.filters.items())
    options = [
        [f"{short} :: {label}" for short, label in zip(ids, labels, strict=True)]
        for ids, labels in zip(version.options, version.rows.labels, strict=True)
    ]
    places = [f"{place['id']} :: {place['label']} :: {place['code']}" for place in version.locations]

    def show(row: int, columns: dict[str, str]) -> JSON:
        values = {column: f"{short} :: {column}" for column, short in columns.items()}
        return _row_document(version, columns, row, keys, options, places, values)

    return show
