"""How much one document may ask for, found in time linear in the document, whatever fragments it nests.

This is asked before validation, which takes far longer, so a document may be invalid here: fragments that do not
exist, or that hold themselves, weigh nothing, and validation says what is wrong with them.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    OperationDefinitionNode,
    SelectionSetNode,
)

from schema.answer_size import AnswerSize

# Fields of one response key at one place of a query. Validation compares each pair of them.
REPEATED = 100
# Values of an answer that take one unit of a quota.
VALUES_PER_UNIT = 1_000
# Values that are made in a moment, by columns.
QUICK = 50_000


@dataclass(frozen=True, slots=True)
class Weight:
    """Of an expanded selection: how many fields it has when every fragment is written out, and how deep it is."""

    fields: int
    depth: int


NOTHING = Weight(0, 0)


@dataclass(frozen=True, slots=True)
class Allowance:
    """The most that one document may weigh. `fragments`: validation compares each pair of them."""

    fields: int = 2_000
    depth: int = 16
    fragments: int = 100


@dataclass(frozen=True, slots=True)
class Cost:
    """What an answer may hold, worked out before anything is asked: `figures`, on so many `rows` and places; the values
    and bytes of all of it, and of what is `resolved` outside of columns."""

    figures: int
    rows: int
    size: AnswerSize
    resolved: AnswerSize

    @property
    def units(self) -> int:
        """Units of the caller's quotas, besides one for the request."""
        return self.size.values // VALUES_PER_UNIT


@dataclass(frozen=True, slots=True)
class Bounds:
    """The most that one answer may hold. `figures`: also of rows and places. `values`, of which `resolved` outside of
    columns, where each takes some hundred times as long. `bytes`: as JSON. `whole`: bytes up to which an answer is made
    before it is sent, not as it is sent. `filed`: in the place of `figures`, of a file that is made from columns as it
    is sent."""

    figures: int
    values: int
    resolved: int
    bytes: int
    whole: int = 8_000_000
    filed: int = 0

    @property
    def of_files(self) -> "Bounds":
        """The bounds of a file: as many more values and bytes as it may hold more figures."""
        times = max(1.0, self.filed / self.figures)
        return replace(
            self,
            figures=max(self.figures, self.filed),
            values=int(self.values * times),
            bytes=int(self.bytes * times),
        )

    def exceeded(self, cost: Cost) -> GraphQLError | None:
        """What is too much of an answer, if anything is."""
        size, resolved = cost.size, cost.resolved
        if (most := max(cost.figures, cost.rows)) > self.figures:
            file = f" A file, such as one of format=csv, may hold {self.filed}." if most <= self.filed else ""
            return too_costly(
                f"The query asks for {cost.figures} figures on {cost.rows} rows and places; {self.figures} are allowed "
                "at once. Ask for fewer places, periods, facets or measures, or a page at a time with first and after: "
                f"a page counts for all the rows of its places.{file}"
            )
        if size.values > self.values:
            return too_costly(
                f"The answer could hold {size.values} values; {self.values} are allowed at once. "
                "Nest fewer lists in one another, or ask for fewer fields of each item."
            )
        if resolved.values > self.resolved:
            return too_costly(
                f"The answer could hold {resolved.values} values that take long to make: those of the catalogue, of "
                f"what a caller may read, of introspection, and of agreements beside figures. {self.resolved} are "
                "allowed at once. Ask for fewer of them, or in several queries."
            )
        if size.bytes > self.bytes:
            return too_costly(
                f"The answer could take {size.bytes // 1_000_000} MB; {self.bytes // 1_000_000} are allowed at once. "
                "Ask for fewer rows, a page at a time with first and after, or for provenance once, on one row."
            )
        return None

    def takes_long(self, cost: Cost) -> bool:
        """Whether to make an answer takes more than a moment."""
        return cost.size.values > QUICK or cost.resolved.values > QUICK // 200

    def is_large(self, cost: Cost) -> bool:
        """Whether an answer is too large to be made whole before it is sent."""
        return cost.size.bytes > self.whole

    def told(self, cost: Cost) -> str:
        """What an answer may hold, and what is allowed, in a sentence."""
        size, most = cost.size, self.bytes // 1_000_000
        return (
            f"The answer may hold {cost.figures} figures (at most {self.figures}) on {cost.rows} rows and places, "
            f"{size.values} values ({self.values}), {cost.resolved.values} of them outside of columns "
            f"({self.resolved}), and {size.bytes / 1e6:.2f} MB ({most}). It takes {1 + cost.units} units of a quota."
        )


def weigh(document: DocumentNode) -> Weight:
    """The heaviest operation of a document. Each fragment is weighed once."""
    fragments = _fragments(document)
    weighed: dict[str, Weight] = {}
    fields = depth = 0
    for definition in document.definitions:
        if isinstance(definition, OperationDefinitionNode):
            weight = _weigh(definition.selection_set, fragments, weighed)
            fields, depth = max(fields, weight.fields), max(depth, weight.depth)
    return Weight(fields, depth)


def check(document: DocumentNode, allowance: Allowance) -> None:
    """Raises GraphQLError with QUERY_TOO_COSTLY."""
    weight = weigh(document)
    if weight.fields > allowance.fields:
        raise too_costly(f"The query selects {weight.fields} fields when written out; {allowance.fields} are allowed.")
    if weight.depth > allowance.depth:
        raise too_costly(f"The query is {weight.depth} levels deep; {allowance.depth} are allowed.")
    fragments = len(_fragments(document))
    if fragments > allowance.fragments:
        raise too_costly(f"The query has {fragments} fragments; {allowance.fragments} are allowed.")
    key, times = _most_repeated(document)
    if times > REPEATED:
        raise too_costly(f'The query selects "{key}" {times} times at one place; {REPEATED} are allowed.')


def too_costly(message: str) -> GraphQLError:
    """The error for a query that asks for too much: says how much, and how much is allowed."""
    return GraphQLError(message, extensions={"code": "QUERY_TOO_COSTLY"})


def _weigh(
    selections: SelectionSetNode, fragments: Mapping[str, FragmentDefinitionNode], weighed: dict[str, Weight]
) -> Weight:
    fields = depth = 0
    for node in selections.selections:
        if isinstance(node, FragmentSpreadNode):
            name = node.name.value
            if name not in weighed:
                weighed[name] = NOTHING
                if name in fragments:
                    weighed[name] = _weigh(fragments[name].selection_set, fragments, weighed)
            weight = weighed[name]
        else:
            below: SelectionSetNode | None = getattr(node, "selection_set", None)
            weight = _weigh(below, fragments, weighed) if below else NOTHING
            if isinstance(node, FieldNode):
                weight = Weight(weight.fields + 1, weight.depth + 1)
        fields, depth = fields + weight.fields, max(depth, weight.depth)
    return Weight(fields, depth)


def _most_repeated(document: DocumentNode) -> tuple[str, int]:
    """The response key with the most fields at one place, fragments written out, and how many."""
    fragments = _fragments(document)
    counts: dict[str, Counter[str]] = {}
    most = ("", 0)

    def count(selections: SelectionSetNode) -> Counter[str]:
        nonlocal most
        keys: Counter[str] = Counter()
        for node in selections.selections:
            if isinstance(node, FragmentSpreadNode):
                name = node.name.value
                if name not in counts:
                    counts[name] = Counter()
                    if name in fragments:
                        counts[name] = count(fragments[name].selection_set)
                keys.update(counts[name])
                continue
            below: SelectionSetNode | None = getattr(node, "selection_set", None)
            inside = count(below) if below else Counter[str]()
            if isinstance(node, FieldNode):
                keys[node.alias.value if node.alias else node.name.value] += 1
            else:
                keys.update(inside)
        if keys:
            most = max(most, keys.most_common(1)[0], key=lambda counted: counted[1])
        return keys

    for definition in document.definitions:
        if isinstance(definition, OperationDefinitionNode):
            count(definition.selection_set)
    return most


def _fragments(document: DocumentNode) -> dict[str, FragmentDefinitionNode]:
    return {
        definition.name.value: definition
        for definition in document.definitions
        if isinstance(definition, FragmentDefinitionNode)
    }
