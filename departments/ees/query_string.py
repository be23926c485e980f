"""The GET form of a query: the same facets, in a query string, read into the body of the POST form."""

from typing import Any

from starlette.datastructures import QueryParams

from departments.ees.criteria import LISTED, LOCATION_KEYS, ORDERED, SINGLE
from departments.ees.problems import InvalidQuery, note

FACETS = ("filters", "geographicLevels", "locations", "timePeriods")


def body_of(params: QueryParams) -> dict[str, Any]:
    """The body. Lists are separated by commas or repeated. Raises InvalidQuery."""
    errors: list[dict[str, Any]] = []
    criteria: dict[str, dict[str, Any]] = {}
    body: dict[str, Any] = {}
    for key in params:
        texts = [text for value in params.getlist(key) for text in value.split(",")]
        facet, _, comparator = key.partition(".")
        if facet in FACETS and comparator in (*SINGLE, *LISTED, *(ORDERED if facet == "timePeriods" else ())):
            items = [_item(facet, text, key, errors) for text in texts if text]
            if comparator in LISTED:
                criteria.setdefault(facet, {})[comparator] = items
            elif len(items) == 1:
                criteria.setdefault(facet, {})[comparator] = items[0]
            else:
                errors.append(note("InvalidValue" if items else "NotEmpty", key))
        elif key in ("page", "pageSize"):
            body[key] = int(texts[0]) if texts[0].lstrip("-").isdigit() else texts[0]
        elif key == "debug":
            body[key] = {"true": True, "false": False}.get(texts[0].lower(), texts[0])
        elif key == "indicators":
            body[key] = texts
        elif key == "sorts":
            body[key] = [_sort(text, f"sorts[{at}]", errors) for at, text in enumerate(texts)]
        elif key != "dataSetVersion":
            errors.append(note("InvalidValue", key))
    if errors:
        raise InvalidQuery(errors)
    return body | ({"criteria": criteria} if criteria else {})


def _item(facet: str, text: str, path: str, errors: list[dict[str, Any]]) -> Any:
    """One item of a facet as the POST form writes it; None where it is in error."""
    parts = text.split("|")
    match facet:
        case "locations":
            if len(parts) != 3 or parts[1] not in LOCATION_KEYS:
                errors.append(note("LocationFormat", path, {"value": text}))
                return None
            return {"level": parts[0], parts[1]: parts[2]}
        case "timePeriods":
            if len(parts) != 2:
                errors.append(note("TimePeriodFormat", path, {"value": text}))
                return None
            return {"period": parts[0], "code": parts[1]}
        case _:
            return text


def _sort(text: str, path: str, errors: list[dict[str, Any]]) -> dict[str, str] | None:
    """Reads "field|direction", where the field may have bars of its own; None where there is no bar."""
    field, bar, direction = text.rpartition("|")
    if not bar:
        errors.append(note("SortFormat", path, {"value": text}))
        return None
    return {"field": field, "direction": direction}
