"""Periods and groups in words."""

from collections.abc import Callable, Mapping
from typing import Any

import orjson

from app.columnar.pieces import constant, known, word
from app.columnar.text import written
from reference.period import Period
from schema.collected import SelectedField, SelectionSet
from schema.rows import GroupRecord

PERIOD: Mapping[str, Callable[[Period], str]] = {
    "code": lambda period: period.code,
    "kind": lambda period: period.kind.value,
    "start": lambda period: period.start.isoformat(),
    "end": lambda period: period.end.isoformat(),
    "label": lambda period: period.label,
}
FACETS = {
    "sex": "sex",
    "ageBand": "age_band",
    "qualificationLevel": "qualification_level",
    "ethnicity": "ethnicity",
    "disability": "disability",
    "familyType": "family_type",
    "sizeBand": "size_band",
}
CLASSIFIED = {"industry": "industry", "occupation": "occupation", "subjectArea": "subject_area"}


def period_builder(selection: SelectionSet) -> Callable[[Period], bytes]:
    """A builder of a period, as JSON, from the fields that are selected. Raises Unusual."""
    fields = known(selection, PERIOD)
    template = written((field.key, b"%b") for field in fields)
    words = [WORDS[field.name] for field in fields]
    return lambda period: template % tuple([word(period) for word in words])


# One home for the words of all queries, so that they are kept once.
WORDS: Mapping[str, Callable[[Period], bytes]] = {
    **{name: word(read) for name, read in PERIOD.items()},
    "__typename": lambda _: b'"Period"',
}


def group_builder(selection: SelectionSet) -> Callable[[GroupRecord], bytes]:
    """A builder of a group, as JSON, from the fields that are selected. Raises Unusual."""
    fields: list[tuple[str, Callable[[GroupRecord], bytes]]] = []
    for field in known(selection, FACETS.keys() | CLASSIFIED.keys()):
        if field.name in CLASSIFIED:
            fields.append((field.key, _classified(field, CLASSIFIED[field.name])))
        elif field.name == "__typename":
            fields.append((field.key, constant("Group")))
        else:
            fields.append((field.key, lambda group, name=FACETS[field.name]: orjson.dumps(getattr(group, name))))
    return lambda group: written((key, part(group)) for key, part in fields)


def _classified(field: SelectedField, name: str) -> Callable[[GroupRecord], bytes]:
    typename = field.name[0].upper() + field.name[1:]
    wanted = [(part.key, part.name) for part in known(field.below, {"code", "name"})]

    def classified(group: GroupRecord) -> bytes:
        member: Any = getattr(group, name)
        if member is None:
            return b"null"
        return orjson.dumps({key: typename if part == "__typename" else getattr(member, part) for key, part in wanted})

    return classified
