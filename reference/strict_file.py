"""The one way in which the files of this project are read: strictly.

A file is described by a Section: its keys, and what each may hold. Whatever does not fit is an error that names the
file and the key, says what was given and what is allowed, and suggests the nearest known name. All errors of a file
are told at once. Validators of a file's own raise Invalid, whose text goes on after the name of the key.
"""

import re
import tomllib
from collections.abc import Collection, Iterable, Mapping
from datetime import date
from difflib import SequenceMatcher
from functools import cache
from os.path import commonprefix
from pathlib import Path
from typing import Annotated, Any, TypeVar, cast, get_args, get_origin

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    GetCoreSchemaHandler,
    Tag,
    TypeAdapter,
    ValidationError,
    ValidationInfo,
)
from pydantic_core import ErrorDetails, core_schema

from reference.errors import TrustError

T = TypeVar("T")
P = TypeVar("P")
MOST_ERRORS = 10
MOST_ALLOWED = 20
# Likeness from which on a word is suggested, of 1.
ALIKE = 0.6
Place = tuple[int | str, ...]


class FileError(TrustError, ValueError):
    """A file that cannot be used: says which keys and what is allowed. `problems`: one sentence for each."""

    def __init__(self, *problems: str, file: str = "") -> None:
        lines = [*problems[:MOST_ERRORS]]
        if len(problems) > MOST_ERRORS:
            lines.append(f"and {len(problems) - MOST_ERRORS} more.")
        if len(lines) == 1:
            text = f"{file}: {lines[0]}" if file else lines[0]
        else:
            text = "\n  ".join([f"{file}: {len(problems)} errors:".removeprefix(": "), *lines])
        super().__init__(text)
        self.problems = problems


class Invalid(TrustError, ValueError):
    """What is wrong with a value, as the end of a sentence that begins with the name of its key. `place`: steps from
    the value that is validated to the key that is wrong."""

    def __init__(self, message: str, *place: int | str) -> None:
        super().__init__(message)
        self.place = place


class Section(BaseModel):
    """A table of a file: no key but its own, no value of another type, not changed once it is read."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Worded:
    """Annotates a type with what its values are, in words: errors say that a value must be that."""

    def __init__(self, words: str) -> None:
        self.words = words

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        return core_schema.custom_error_schema(handler(source), "worded", custom_error_message=self.words)


class Checks:
    """Annotates a table that stays as it is written, but must fit a Section."""

    def __init__(self, section: Any) -> None:
        self.section = section

    def __get_pydantic_core_schema__(self, _: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        def check(value: Any, validate: core_schema.ValidatorFunctionWrapHandler) -> Any:
            validate(value)
            return value

        return core_schema.no_info_wrap_validator_function(check, handler.generate_schema(self.section))


def one_of(value: object, allowed: Iterable[str]) -> str:
    """The value, if it is one of those allowed. Raises Invalid saying which are, and the nearest."""
    if isinstance(value, str) and isinstance(allowed, Mapping) and value in allowed:
        return str(value)
    known = [str(name) for name in allowed]
    if value in known:
        return str(value)
    raise Invalid(f"{_given(value)} is not known: allowed are {_listed(known)}{nearest(str(value), known)}")


def among(*words: str) -> BeforeValidator:
    """Annotates a text that must be one of these words."""
    return BeforeValidator(lambda value: one_of(value, words))


def known_in(names: str) -> AfterValidator:
    """Annotates a text that must be one of the `names` in the context of the check, a mapping."""

    def check_name(value: str, info: ValidationInfo) -> str:
        return one_of(value, cast(Mapping[str, Iterable[str]], info.context)[names])

    return AfterValidator(check_name)


def nearest(word: str, known: Iterable[str], less: Collection[str] = ()) -> str:
    """The known word that is most like another, as a question; nothing where none is like it. Of two that are alike,
    the one that is not in `less`."""
    names = {name.casefold(): name for name in known}
    # What all of them begin with likens none of them.
    shared = commonprefix(list(names)).rpartition("_")[0]  # noqa: RUF071
    start = len(shared) if word.casefold().startswith(shared) else 0
    likeness = SequenceMatcher(b=word.casefold()[start:])
    best = (ALIKE, False, "")
    for folded, name in names.items():
        likeness.set_seq1(folded[start:])
        best = max(best, (likeness.ratio(), name not in less, name))
    return f' Did you mean "{best[2]}"?' if best[2] else ""


def _each_once(values: tuple[T, ...]) -> tuple[T, ...]:
    """The values of a list. Raises Invalid where one is there twice."""
    repeated = next((value for at, value in enumerate(values) if value in values[:at]), None)
    if repeated is not None:
        raise Invalid(f"says the same more than once: {_given(repeated)}.")
    return values


C = TypeVar("C", bound=Collection[Any])


def _not_empty(values: C) -> C:
    """A list or table that holds something. Raises Invalid where it is empty."""
    if not values:
        raise Invalid("must hold at least one.")
    return values


def _is_table(value: object) -> str:
    """Which of the two kinds of ValueOrTable a value is, by its tag."""
    return "(table)" if isinstance(value, Mapping) else "(value)"


NOT_EMPTY = AfterValidator(_not_empty)
Text = Annotated[str, Field(pattern=r"\S"), Worded("text")]
Count = Annotated[int, Field(ge=1), Worded("a whole number of 1 or more")]
NotNegative = Annotated[float, Field(ge=0, allow_inf_nan=False), Worded("a number of 0 or more")]
Switch = Annotated[bool, Worded("true or false")]
Day = Annotated[date, Worded("a date, as in 2024-03-31")]
# One of the words of an enumeration, written as text.
Word = Annotated[T, Field(strict=False)]
# Lists: of any length; of at least one; and of tables. Nothing is listed twice but tables.
Listed = Annotated[tuple[T, ...], Field(strict=False), AfterValidator(_each_once)]
Some = Annotated[tuple[T, ...], Field(strict=False), AfterValidator(_each_once), NOT_EMPTY]
Tables = Annotated[tuple[T, ...], Field(strict=False)]
# A value, or a table that says more.
ValueOrTable = Annotated[
    Annotated[P, Tag("(value)")] | Annotated[T, Tag("(table)")],  # pyright: ignore[reportGeneralTypeIssues]
    Discriminator(_is_table),
]


def read(path: Path, kind: type[T], raises: type[FileError], context: object = None) -> T:
    """What a TOML file holds, as a Section or a mapping of them. Raises `raises`."""
    return check(parse(path, raises), kind, raises, file=path.name, context=context)


def parse(path: Path, raises: type[FileError]) -> dict[str, Any]:
    """A TOML file as it is written. Raises `raises` where it cannot be read."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise raises(f"{error.strerror}.", file=str(path)) from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise raises(f"not a TOML file: {error}.", file=path.name) from error


def check(table: object, kind: type[T], raises: type[FileError], *, file: str = "", context: object = None) -> T:
    """A table as a Section or a mapping of them. `context` is what the file's own validators need. Raises `raises`
    with everything that is wrong."""
    try:
        return _adapter(kind).validate_python(table, context=context)
    except ValidationError as error:
        raise raises(*_problems(error.errors(include_url=False), kind, table), file=file) from None


@cache
def _adapter(kind: type[T]) -> TypeAdapter[T]:
    """What checks tables of a kind: made once, however many files there are."""
    return TypeAdapter(kind)


def key(place: Iterable[int | str], table: object = None) -> str:
    """The full name of a key: `datasets[paye_rti].measures.jobs`. Tables in lists are named by their id."""
    name = ""
    for step in place:
        if isinstance(step, int):
            table = cast(list[Any], table)[step] if isinstance(table, list) else None
            known: object = cast(Mapping[str, Any], table).get("id") if isinstance(table, Mapping) else None
            name += f"[{known if isinstance(known, str) and known else step}]"
        else:
            table = cast(Mapping[Any, Any], table).get(step) if isinstance(table, Mapping) else None
            name += f".{step}" if name else str(step)
    return name


def _problems(errors: list[ErrorDetails], kind: Any, table: object) -> list[str]:
    """A sentence for each error. A key that is missing because it is misspelt is one error."""
    absent = {_place(error) for error in errors if error["type"] == "missing"}
    problems: list[str] = []
    misspelt: set[Place] = set()
    for error in errors:
        if _is_unknown_key(error):
            *above, name = _place(error)
            holder = _value(table, above)
            present = set(cast(Mapping[str, Any], holder)) if isinstance(holder, Mapping) else set[str]()
            allowed = _allowed(error, kind)
            question = nearest(str(name), allowed, less=present)
            misspelt |= {place for place in absent if place[:-1] == (*above,) and f'"{place[-1]}"' in question}
            problems.append(f"{key((*above, name), table)} is not a key: allowed are {_listed(allowed)}{question}")
    others = (error for error in errors if not _is_unknown_key(error) and _place(error) not in misspelt)
    return [*problems, *(_sentence(other, table) for other in others)]


def _sentence(error: ErrorDetails, table: object) -> str:
    """One error of pydantic as a sentence that begins with the key."""
    place, given, context = _place(error), error["input"], error.get("ctx", {})
    match error["type"]:
        case "missing":
            text = "is needed."
        case "worded":
            text = f"must be {error['msg']}, not {_given(given)}."
        case "enum" | "literal_error":
            allowed = _expected(error)
            text = f"{_given(given)} is not known: allowed are {_listed(allowed)}{nearest(str(given), allowed)}"
        case "value_error" if isinstance(invalid := context["error"], Invalid):
            place, text = (*place, *invalid.place), str(invalid)
        case kind if kind in _CONTAINERS:
            text = f"must be {_CONTAINERS[kind]}, not {_given(given)}."
        case _:
            text = f"cannot be read: {error['msg']}."
    name = key(place, table)
    return f"{name} {text}" if name else f"it {text}" if text.startswith(("must", "is ")) else text


_CONTAINERS = {
    "tuple_type": "a list",
    "frozen_set_type": "a list",
    "dict_type": "a table",
    "mapping_type": "a table",
    "model_type": "a table",
    "model_attributes_type": "a table",
}


def _is_unknown_key(error: ErrorDetails) -> bool:
    """Whether an error is about a key that its table does not have."""
    return error["type"] == "extra_forbidden" or (error["type"] == "enum" and error["loc"][-1] == "[key]")


def _place(error: ErrorDetails) -> Place:
    """Where in the file an error is: pydantic's place without the steps that are not the file's."""
    return tuple(step for step in error["loc"] if step not in ("[key]", "(table)", "(value)"))


def _value(table: object, place: Iterable[int | str]) -> object:
    """What the file holds at a place."""
    for step in place:
        table = cast(Any, table)[step]
    return table


def _allowed(error: ErrorDetails, kind: Any) -> list[str]:
    """The keys that a table may have where one is not known."""
    if error["type"] == "enum":
        return _expected(error)
    for step in _place(error)[:-1]:
        kind = _inside(kind, step)
    section = _plain(kind)
    return [field.alias or name for name, field in section.model_fields.items()] if _is_section(section) else []


def _expected(error: ErrorDetails) -> list[str]:
    """The words of an enumeration, from pydantic's error."""
    return re.findall(r"'([^']*)'", error.get("ctx", {})["expected"])


def _inside(kind: Any, step: int | str) -> Any:
    """The type of what a key of a table, or an item of a list, holds."""
    kind = _plain(kind)
    if _is_section(kind):
        field = next(field for name, field in kind.model_fields.items() if (field.alias or name) == step)
        return Annotated[field.annotation, *field.metadata] if field.metadata else field.annotation
    return get_args(kind)[0 if get_origin(kind) is tuple else -1]


def _plain(kind: Any) -> Any:
    """A type without what annotates it; of several, the one that has keys."""
    if get_origin(kind) is Annotated:
        inner, *notes = get_args(kind)
        return _plain(next((note.section for note in notes if isinstance(note, Checks)), inner))
    if get_origin(kind) in (tuple, dict, Mapping, type) or not (choices := get_args(kind)) or _is_section(kind):
        return kind
    plain = [_plain(choice) for choice in choices]
    return next((choice for choice in plain if _is_section(choice)), plain[0])


def _is_section(kind: Any) -> bool:
    """Whether a type is a Section."""
    return isinstance(kind, type) and issubclass(kind, Section)


def _listed(words: Iterable[str]) -> str:
    """Words as an error lists them: the first of them, where they are many."""
    known = list(words)
    return f"{', '.join([*known[:MOST_ALLOWED], '...'] if len(known) > MOST_ALLOWED else known)}."


def _given(value: object) -> str:
    """A value as an error shows it: tables and lists by their kind alone, long texts shortened."""
    match value:
        case Mapping():
            return "a table"
        case list() | tuple():
            return "a list"
        case bool():
            return str(value).lower()
        case str():
            return f'"{value}"' if len(value) <= 60 else f'"{value[:57]}..."'
        case _:
            return str(value)
