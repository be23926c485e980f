"""Operations in GraphQL files, each with the fragments that it uses, wherever those are."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLSyntaxError,
    Node,
    OperationDefinitionNode,
    Visitor,
    parse,
    print_ast,
    visit,
)

from app.commands.exits import Misused
from app.commands.request import text_of
from app.manifest import Operation, sha256
from reference.errors import TrustError

ENDINGS = ("*.graphql", "*.gql")


class Unusable(TrustError):
    """A file, or an operation of it, that no manifest can list: names the file."""


class Found(NamedTuple):
    """An operation and its file. `as_it_stands`: its text is that of the whole file."""

    operation: Operation
    path: Path
    as_it_stands: bool


class _File(NamedTuple):
    path: Path
    text: str
    operations: Sequence[OperationDefinitionNode]
    fragments: Mapping[str, FragmentDefinitionNode]


def found_in(paths: Iterable[Path]) -> tuple[list[Found], list[str]]:
    """The operations of files, and of all the files in folders; and everything that is wrong with them, a sentence
    each. Raises Misused where a file cannot be read or a folder has none."""
    files, found, problems = list[_File](), dict[str, Found](), list[str]()
    for path in _files(paths):
        try:
            files.append(_read(path))
        except Unusable as error:
            problems.append(str(error))
    if problems:
        # Fragments may be missing for no other reason.
        return [], problems
    for file in files:
        for node in file.operations:
            try:
                one = _found(node, file, files)
            except Unusable as error:
                problems.append(str(error))
                continue
            other = found.setdefault(one.operation.name, one)
            if other is not one:
                problems.append(f"{file.path}: {one.operation.name!r} is also an operation of {other.path}.")
    return list(found.values()), problems


def _files(paths: Iterable[Path]) -> Iterable[Path]:
    """Each file once, those of a folder in the order of their names. Raises Misused."""
    files = dict[Path, None]()
    for path in paths:
        inside = sorted(file for ending in ENDINGS for file in path.rglob(ending)) if path.is_dir() else [path]
        if not inside:
            raise Misused(f"{path} holds no {' or '.join(ENDINGS)}.")
        files |= dict.fromkeys(inside)
    return files


def _read(path: Path) -> _File:
    """Raises Unusable, or Misused."""
    text = text_of(path)
    try:
        definitions = parse(text).definitions
    except GraphQLSyntaxError as error:
        line, column = error.locations[0] if error.locations else (1, 1)
        raise Unusable(f"{path}: line {line}, column {column}: {error.message}.") from error
    operations = [node for node in definitions if isinstance(node, OperationDefinitionNode)]
    fragments = [node for node in definitions if isinstance(node, FragmentDefinitionNode)]
    if len(operations) + len(fragments) < len(definitions):
        raise Unusable(f"{path}: types are defined in it. Give files of operations and fragments.")
    named = {fragment.name.value: fragment for fragment in fragments}
    if len(named) < len(fragments):
        raise Unusable(f"{path}: two fragments of one name are in it.")
    return _File(path, text, operations, named)


def _found(node: OperationDefinitionNode, file: _File, files: Sequence[_File]) -> Found:
    """Raises Unusable."""
    if node.name is None:
        raise Unusable(f"{file.path}: name every operation: clients find its id in the manifest by its name.")
    used = _used(node, file, files)
    # Then the file can be sent as it is.
    as_it_stands = len(file.operations) == 1 and used.keys() == file.fragments.keys()
    text = file.text if as_it_stands else print_ast(DocumentNode(definitions=(node, *used.values())))
    return Found(Operation(sha256(text), node.name.value, node.operation.value, text), file.path, as_it_stands)


def _used(node: Node, file: _File, files: Sequence[_File]) -> dict[str, FragmentDefinitionNode]:
    """The fragments that an operation uses, by name, as far as they exist: of its own file, or the only one there is.
    Raises Unusable."""
    used, waiting = dict[str, FragmentDefinitionNode](), [node]
    while waiting:
        for name in _spreads(waiting.pop()):
            holders = [file] if name in file.fragments else [other for other in files if name in other.fragments]
            if len(holders) > 1:
                several = ", ".join(str(holder.path) for holder in holders)
                raise Unusable(f"{file.path}: the fragment {name!r} is in several files: {several}. Name them apart.")
            if holders and name not in used:
                used[name] = holders[0].fragments[name]
                waiting.append(used[name])
    return used


def _spreads(node: Node) -> list[str]:
    """Names of the fragments that are spread in a node."""
    finder = _Spreads()
    visit(node, finder)
    return finder.names


class _Spreads(Visitor):
    def __init__(self) -> None:
        super().__init__()
        self.names: list[str] = []

    def enter_fragment_spread(self, node: FragmentSpreadNode, *_: object) -> None:
        self.names.append(node.name.value)
