"""Every file that comes with the Trust, with one key more or one key misspelt, in every table of it."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from app.pages import Examples
from departments.share.config import load as load_node
from policies.agreement import agreement
from policies.obligation import read_profiles
from policies.register import read_gateways
from policies.rules import read_rules
from reference.area import gazetteer
from reference.strict_file import FileError, parse, read
from resolvers.cache import AnswerCache
from resolvers.catalogue import Catalogue
from resolvers.dispatch import Dispatcher
from resolvers.memory_cache import MemoryCache
from resolvers.source import load
from schema.measures import MEASURES

POLICIES, SOURCES = Path("policies"), Path("resolvers/sources")
# A key that stands for a table or a list where a table may hold any key.
MORE = "unheard = [[[]]]"
# Tables whose keys are a publisher's own names, and the measures of a share node, which are known to no other.
OPEN = re.compile(r"pins|codes|texts|members")
NODE = re.compile(r"measures")
HEADER = re.compile(r"\s*\[+([^\]]+)\]+\s*")
KEY = re.compile(r"(?P<indent>\s*)(?P<key>[A-Za-z_]+)(?P<rest>\s*=.*)", re.DOTALL)


def load_policies(path: Path) -> None:
    known = read_rules(POLICIES, MEASURES, gazetteer()).known
    agreement(parse(path, FileError), known, file=path.name)


def load_sources(path: Path) -> None:
    """One source file in the place of the one that comes with the Trust, beside the others."""
    others = (other for other in SOURCES.glob("*.toml") if other.name != path.name)
    catalogue = Catalogue((load(path), *map(load, others)), MEASURES)
    Dispatcher(catalogue, httpx.AsyncBaseTransport(), AnswerCache(MemoryCache(0)), {})


READERS: dict[Path, Callable[[Path], object]] = {
    **dict.fromkeys(sorted(SOURCES.glob("*.toml")), load_sources),
    **dict.fromkeys(sorted((POLICIES / "agreements").glob("*.toml")), load_policies),
    **dict.fromkeys(sorted(Path("departments").glob("*.toml")), load_node),
    POLICIES / "profiles.toml": read_profiles,
    POLICIES / "gateways.toml": lambda path: read_gateways(path, MEASURES),
    Path("examples/examples.toml"): lambda path: read(path, Examples, FileError),
}
FILES = [pytest.param(path, id=str(path)) for path in READERS]


def with_one_key_more(text: str) -> Iterator[str]:
    """The file with a key that nobody knows, once in each of its tables."""
    lines = text.splitlines()
    yield "\n".join([MORE, *lines])
    for at, line in enumerate(lines):
        if HEADER.fullmatch(line):
            yield "\n".join([*lines[: at + 1], MORE, *lines[at + 1 :]])
    for opened in re.finditer(r"\{(?=\s*\w+ =)", text):
        yield f"{text[: opened.end()]} {MORE},{text[opened.end() :]}"


def misspelt(text: str, chosen: re.Pattern[str]) -> Iterator[tuple[str, str]]:
    """(the file with the last letter of one key doubled, that key), once for each key that the file cannot choose;
    `chosen`: the tables whose keys it chooses."""
    lines, header = text.splitlines(), ""
    for at, line in enumerate(lines):
        if within := HEADER.fullmatch(line):
            header = within[1]
        elif (key := KEY.fullmatch(line)) and not chosen.search(header):
            wrong = f"{key['key']}{key['key'][-1]}"
            yield "\n".join([*lines[:at], f"{key['indent']}{wrong}{key['rest']}", *lines[at + 1 :]]), wrong


def test_every_file_that_comes_with_the_trust_is_tried() -> None:
    assert len(READERS) == len([path for path in Path().rglob("*.toml") if _is_ours(path)])


def _is_ours(path: Path) -> bool:
    # Terms in docs/examples are parts of agreements, which the gateway checks.
    apart = path.name == "pyproject.toml" or path.is_relative_to("docs/examples")
    return not apart and not any(part.startswith(".") or "node" in part for part in path.parts)


@pytest.mark.parametrize("path", FILES)
def test_a_key_that_nobody_knows_is_an_error_that_names_file_and_key(path: Path, tmp_path: Path) -> None:
    changed = tmp_path / path.name
    variants = list(with_one_key_more(path.read_text(encoding="utf-8")))
    assert len(variants) > 1
    for text in variants:
        changed.write_text(text, encoding="utf-8")
        with pytest.raises(FileError) as raised:
            READERS[path](changed)
        assert path.name in str(raised.value)
        assert "unheard" in str(raised.value)


@pytest.mark.parametrize("path", FILES)
def test_a_key_that_is_misspelt_is_an_error_that_leads_to_the_right_one(path: Path, tmp_path: Path) -> None:
    changed = tmp_path / path.name
    for text, wrong in misspelt(path.read_text(encoding="utf-8"), NODE if READERS[path] is load_node else OPEN):
        changed.write_text(text, encoding="utf-8")
        with pytest.raises(FileError) as raised:
            READERS[path](changed)
        assert path.name in str(raised.value)
        assert wrong in str(raised.value)
        assert f'Did you mean "{wrong[:-1]}"?' in str(raised.value)
