"""Our codes and what the department's columns hold for them."""

from collections.abc import Iterable
from datetime import date, datetime
from datetime import time as clock
from typing import Any

from sqlalchemy import Column, Date, DateTime, Integer

from departments.share.errors import ConfigError
from departments.share.mapping import Mapped
from reference.period import Period


def code(column: Column[Any], text: str, where: str) -> str | int:
    """What a column of codes holds for a code. Raises ConfigError."""
    if not isinstance(column.type, Integer):
        return text
    try:
        return int(text)
    except ValueError as error:
        raise ConfigError(f"{where}: column {column.name!r} holds whole numbers, and {text!r} is none.") from error


def period(column: Column[Any], mapped: Mapped, period: Period) -> Any:
    """What the period column holds for a period. Raises ConfigError."""
    day = period.start if mapped.day == "first" else period.end
    if isinstance(column.type, DateTime):
        return datetime.combine(day, clock())
    if isinstance(column.type, Date):
        return day
    text = period.code if mapped.format is None else day.strftime(mapped.format)
    return code(column, text, f"dataset {mapped.id!r}")


def seen(value: object) -> object:
    """A value as the database returned it, so that it equals what was asked for: fixed-width columns are padded."""
    return value.rstrip() if isinstance(value, str) else value


def text(value: object) -> str:
    """A release as it is told to the Trust."""
    return value.isoformat() if isinstance(value, date) else str(value)


def newest_first(values: Iterable[Any]) -> list[Any]:
    """Those that are there: NULL is left out."""
    return sorted((value for value in values if value is not None), reverse=True)
