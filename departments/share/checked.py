"""Reading a mapping file's tables strictly: every key known, every value of its kind, every complaint by name."""

from collections.abc import Collection, Mapping
from typing import Any, TypeVar, cast

T = TypeVar("T", str, bool, float, list[Any], dict[str, Any])
KINDS = {str: "a text", bool: "true or false", float: "a number", list: "a list", dict: "a table"}


class ConfigError(ValueError):
    """A mapping file that cannot be used: says which key and what is allowed."""


def only(told: object, known: Collection[str], where: str) -> Mapping[str, Any]:
    """The table, if it is one and has no key but those known. `where` names it in complaints."""
    place = f"{where}: " if where else ""
    if not isinstance(told, dict):
        raise ConfigError(f"{place}must be a table.")
    table = cast(dict[str, Any], told)
    if unknown := sorted(set(table) - set(known)):
        raise ConfigError(f"{place}unknown key {unknown[0]!r}: allowed are {', '.join(sorted(known))}.")
    return table


def need(told: Mapping[str, Any], key: str, kind: type[T], where: str) -> T:
    """The value of a key that must be there."""
    if key not in told:
        raise ConfigError(f"{where}: {key!r} is needed, as {KINDS[kind]}." if where else f"{key!r} is needed.")
    return _of_kind(told[key], key, kind, where)


def may(told: Mapping[str, Any], key: str, kind: type[T], default: T, where: str) -> T:
    """The value of a key, or the default."""
    return _of_kind(told[key], key, kind, where) if key in told else default


def text(told: Mapping[str, Any], key: str, where: str) -> str | None:
    """A text that may be absent."""
    return _of_kind(told[key], key, str, where) if key in told else None


def texts(told: Mapping[str, Any], key: str, where: str) -> tuple[str, ...]:
    """A list of texts; none if the key is absent."""
    each: list[Any] = may(told, key, list[Any], [], where)
    if not all(isinstance(one, str) for one in each):
        raise ConfigError(f"{where}: {key!r} must be a list of texts.")
    return tuple(each)


def _of_kind(value: object, key: str, kind: type[T], where: str) -> T:
    plain = getattr(kind, "__origin__", kind)
    number = plain is float and isinstance(value, int) and not isinstance(value, bool)
    if not (isinstance(value, plain) or number):
        place = f"{where}: " if where else ""
        raise ConfigError(f"{place}{key!r} must be {KINDS[plain]}.")
    return cast(T, float(cast(float, value)) if plain is float else value)
