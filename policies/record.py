"""A record read key by key, so that whatever is wrong with it is told by the full name of the key."""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time
from typing import Any, cast

from policies.errors import PolicyError, one_of


class Section:
    """One table of a record. Raises PolicyError for a key that is unknown, missing or of the wrong kind."""

    def __init__(self, told: object, name: str, required: Iterable[str], optional: Iterable[str] = ()) -> None:
        if not isinstance(told, Mapping):
            raise PolicyError(
                f"[{name}] is needed, as a table of keys." if told is None else f"{name} must be a table."
            )
        self._told, self._name = cast(Mapping[str, Any], told), name
        required = tuple(required)
        for key in self._told:
            one_of(key, (*required, *optional), f"{name}: key" if name else "key")
        for key in required:
            if key not in self._told:
                raise PolicyError(f"{self._called(key)} is needed.")

    def __contains__(self, key: str) -> bool:
        return key in self._told

    def section(self, key: str, required: Iterable[str], optional: Iterable[str] = ()) -> "Section":
        return Section(self._told.get(key), self._called(key), required, optional)

    def table(self, key: str) -> Mapping[str, Any]:
        value = self._told[key]
        if not isinstance(value, Mapping):
            raise self._wrong(key, "a table")
        return cast(Mapping[str, Any], value)

    def text(self, key: str) -> str:
        value = self._told[key]
        if not isinstance(value, str) or not value.strip():
            raise self._wrong(key, "text")
        return value

    def whole(self, key: str, least: int = 1) -> int:
        value = self._told[key]
        if not isinstance(value, int) or isinstance(value, bool) or value < least:
            raise self._wrong(key, f"a whole number of {least} or more")
        return value

    def word(self, key: str, allowed: Iterable[str]) -> str:
        """One of the words allowed."""
        return one_of(self.text(key), allowed, self._called(key))

    def words(self, key: str, allowed: Iterable[str] | None = None, *, least: int = 1) -> tuple[str, ...]:
        """A list of texts, each once; of the words allowed, if those are given."""
        told = self._list(key, least)
        texts = [each for each in told if isinstance(each, str)]
        if len(texts) < len(told):
            raise self._wrong(key, "a list of texts")
        if len(set(texts)) < len(texts):
            raise PolicyError(f"{self._called(key)} says the same more than once: {texts}.")
        if allowed is None:
            return tuple(texts)
        known = tuple(allowed)
        return tuple(one_of(each, known, f"{self._called(key)}:") for each in texts)

    def lists(self, key: str, allowed: Iterable[str]) -> tuple[tuple[str, ...], ...]:
        """A list of lists of the words allowed; possibly empty."""
        known = tuple(allowed)
        found: list[tuple[str, ...]] = []
        for each in self._list(key, 0):
            if not isinstance(each, list):
                raise self._wrong(key, 'a list of lists, as in [["SEX", "AGE_BAND"], ["INDUSTRY"]]')
            found.append(tuple(one_of(word, known, f"{self._called(key)}:") for word in cast(list[object], each)))
        return tuple(found)

    def day(self, key: str, absent: date | None = None) -> date:
        value = self._told.get(key, absent)
        if not isinstance(value, date) or isinstance(value, datetime):
            raise self._wrong(key, "a date, as in 2024-03-31")
        return value

    def moment(self, key: str) -> datetime:
        """A moment, in UTC; a date is its first moment."""
        value = self._told[key]
        if isinstance(value, datetime):
            if value.microsecond:
                raise self._wrong(key, "a moment in whole seconds")
            return (value if value.tzinfo else value.replace(tzinfo=UTC)).astimezone(UTC)
        return datetime.combine(self.day(key), time(), UTC)

    def _list(self, key: str, least: int) -> list[object]:
        value = self._told[key]
        if not isinstance(value, list) or len(cast(list[object], value)) < least:
            raise self._wrong(key, "a list" if not least else f"a list of {least} or more")
        return cast(list[object], value)

    def _wrong(self, key: str, wanted: str) -> PolicyError:
        return PolicyError(f"{self._called(key)} must be {wanted}, not {self._told.get(key)!r}.")

    def _called(self, key: str) -> str:
        return f"{self._name}.{key}" if self._name else key
