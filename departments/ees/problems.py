"""How the API says that something is wrong: problem details for errors, warnings beside results."""

from typing import Any

import orjson
from starlette.responses import Response

MESSAGES = {
    "NotEmpty": "Must not be empty.",
    "InvalidValue": "Must be a valid value. Check that the type and format are correct.",
    "AllowedValue": "Must be one of the allowed values.",
    "MaximumLength": "Must be {maxLength} characters or fewer.",
    "MinimumLength": "Must be {minLength} characters or more.",
    "GreaterThanOrEqual": "Must be greater than or equal to {comparisonValue}.",
    "InclusiveBetween": "Must be between {from} (inclusive) and {to} (inclusive).",
    "LocationFormat": "Must be a location in the correct format, as in 'LA|code|E08000019'.",
    "TimePeriodFormat": "Must be a time period in the correct format, as in '2022/2023|AY'.",
    "TimePeriodYearRange": "Must be a range of two consecutive years, as in '2022/2023'.",
    "SortFormat": "Must be a sort in the correct format, as in 'timePeriod|Asc'.",
    "IndicatorsNotFound": "One or more indicators could not be found.",
    "SortFieldsNotFound": "One or more sort fields could not be found.",
    "FiltersNotFound": "One or more filters could not be found.",
    "GeographicLevelsNotFound": "One or more geographic levels could not be found.",
    "LocationsNotFound": "One or more locations could not be found.",
    "TimePeriodsNotFound": "One or more time periods could not be found.",
    "QueryNoResults": "The query did not match any results. You may need to refine your criteria.",
}


def note(code: str, path: str | None = None, detail: dict[str, Any] | None = None) -> dict[str, Any]:
    """One error or warning."""
    problem: dict[str, Any] = {"message": MESSAGES[code].format_map(detail or {}), "code": code}
    if path:
        problem["path"] = path
    if detail:
        problem["detail"] = detail
    return problem


def not_found(code: str, path: str, items: list[Any]) -> dict[str, Any]:
    """A note that lists what was looked for in vain."""
    return note(code, path, {"items": items})


class InvalidQuery(Exception):
    """A request with errors, all of them found."""

    def __init__(self, errors: list[dict[str, Any]]) -> None:
        super().__init__(errors)
        self.errors = errors


def bad_request(error: InvalidQuery) -> Response:
    """400 with every error."""
    return _problem(400, "There are validation errors with the request.", "Bad Request", errors=error.errors)


def missing() -> Response:
    """404 without saying what is missing."""
    return _problem(404, "Not Found", "https://tools.ietf.org/html/rfc9110#section-15.5.5")


def _problem(status: int, title: str, kind: str, **more: Any) -> Response:
    """Problem details, sent as plain JSON."""
    body = orjson.dumps({"title": title, "type": kind, "status": status, **more})
    return Response(body, status, media_type="application/json")
