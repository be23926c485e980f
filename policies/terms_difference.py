"""What is written otherwise in one content of an agreement than in another, key by key."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from policies.agreement_content import Content
from policies.agreement_file import AgreementRecord

Values = dict[str, Any]


@dataclass(frozen=True, slots=True)
class ChangedTerm:
    """One key that is not the same: `before`, `after` as plain JSON values, None where it is not written."""

    key: str
    before: Any
    after: Any

    @property
    def added(self) -> list[Any]:
        """What a list holds more."""
        return [item for item in _items(self.after) if item not in _items(self.before)]

    @property
    def removed(self) -> list[Any]:
        """What a list holds no longer."""
        return [item for item in _items(self.before) if item not in _items(self.after)]

    @property
    def words(self) -> str:
        """As a line of text."""
        if self.added or self.removed:
            moves = [("added", self.added), ("removed", self.removed)]
            told = [f"{word} {', '.join(map(_text, items))}" for word, items in moves if items]
            return f"{self.key}: {'; '.join(told)}"
        return f"{self.key}: {_text(self.before)} -> {_text(self.after)}"


def terms_difference(before: Content, after: Content) -> list[ChangedTerm]:
    """Every key of two records that fit AgreementRecord which differs, section by section."""
    old, new, sections = _flat(before), _flat(after), list(AgreementRecord.model_fields)
    keys = sorted({*old, *new}, key=lambda key: (sections.index(key.split(".")[0]), key))
    return [ChangedTerm(key, old.get(key), new.get(key)) for key in keys if old.get(key) != new.get(key)]


def lines(changes: Iterable[ChangedTerm]) -> list[str]:
    """One line for each."""
    return [change.words for change in changes]


def _flat(table: Mapping[str, Any], above: str = "") -> Values:
    """The values of a table by keys with dots, as in parties.contacts.steward."""
    flat: Values = {}
    for key, value in table.items():
        if isinstance(value, Mapping):
            flat |= _flat(cast(Mapping[str, Any], value), f"{above}{key}.")
        else:
            flat[f"{above}{key}"] = value
    return flat


def _items(value: object) -> list[Any]:
    return cast(list[Any], value) if isinstance(value, list) else []


def _text(value: object) -> str:
    """A value as people read it."""
    match value:
        case None:
            return "nothing"
        case bool():
            return "yes" if value else "no"
        case Mapping():
            return ", ".join(f"{key} {_text(item)}" for key, item in cast(Mapping[str, Any], value).items())
        case list():
            items = cast(list[object], value)
            return " and ".join(_text(item) for item in items) if items else "none"
        case _:
            return str(value)
