"""One dataset of a mapping file: which table holds which measures, in whose codes, and how it is protected."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, field_validator, model_validator

from reference.column import EVIDENCE
from reference.facets import Facet, members
from reference.period import PeriodKind
from reference.strict_file import (
    NOT_EMPTY,
    Invalid,
    Listed,
    NotNegative,
    Section,
    Switch,
    Text,
    ValueOrTable,
    Word,
    Worded,
    nearest,
    one_of,
)

# What figures are rounded to the nearest multiple of.
Base = Annotated[float, Field(gt=0, allow_inf_nan=False), Worded("a number above 0")]
# What a column holds for a member or a total: any text, an empty one as well.
Code = Annotated[str, Worded("text")]


class Protection(Section):
    """What the node itself does to figures that leave without evidence. `round_to`: for counts. `pattern`: whether
    figures are given only with the pattern that `lmdt protect` has made of their release; `series`: whether a cell that
    such a pattern hides in one period is hidden in all. `perturbation`: the file of the table by which figures with a
    cell key are changed, for everybody; of these there is no pattern."""

    suppress_below: NotNegative = 10
    round_to: Base = 5
    contributors: NotNegative = 3
    percent: NotNegative = 10
    pattern: Switch = False
    series: Switch = True
    perturbation: Text | None = None

    @property
    def told(self) -> dict[str, float | bool]:
        """What the list of datasets says of it."""
        return {**self.model_dump(exclude={"perturbation"}), "cell_keys": self.perturbation is not None}


class Shared(Section):
    """One measure: its column, and the columns of the evidence behind it. `round_to`: of its own; where it has none,
    counts are rounded as the dataset's protection says, and medians, means and rates not at all. `cell_key`: of the
    sums of the record keys of the people in a cell."""

    column: Text
    n: Text | None = None
    contributors: Text | None = None
    top1: Text | None = None
    top2: Text | None = None
    additive: Switch = True
    round_to: Base | None = None
    cell_key: Text | None = None

    @property
    def evidence(self) -> dict[str, str]:
        """Kind of evidence -> column, for the kinds that there are."""
        return {key: column for key in EVIDENCE if (column := getattr(self, key))}

    @property
    def columns(self) -> tuple[str, ...]:
        """The figure's own, those of its evidence, then that of its cell key."""
        return (self.column, *self.evidence.values(), *((self.cell_key,) if self.cell_key else ()))

    @model_validator(mode="after")
    def _largest_two_together(self) -> Self:
        """Raises Invalid where one is named without the other."""
        if (self.top1 is None) != (self.top2 is None):
            raise Invalid("is needed: top1 and top2 go together.", "top2" if self.top2 is None else "top1")
        return self

    @model_validator(mode="after")
    def _people_have_cell_keys(self) -> Self:
        """Raises Invalid where a figure with a cell key is no number of people."""
        if self.cell_key and (not self.additive or self.n not in (None, self.column) or self.contributors or self.top1):
            raise Invalid(
                "is for numbers of people: such a measure is additive, has no n but its own column, and no "
                "contributors, top1 or top2. What organisations are behind is protected by patterns.",
                "cell_key",
            )
        return self


@dataclass(frozen=True, slots=True)
class Split:
    """The column of one facet. `codes`: member -> what the column holds for it; `total`: what it holds for
    everybody, None for NULL."""

    column: str
    codes: Mapping[str, str]
    total: str | None


def _one_text_each(codes: Mapping[str, str]) -> Mapping[str, str]:
    """Raises Invalid where two members could not be told apart."""
    if len(set(codes.values())) < len(codes):
        raise Invalid("gives two members the same text: each needs the one text that the column holds for it.")
    return codes


class SplitKeys(Section):
    """A facet as a table: where its column does not hold the common model's own codes."""

    column: Text
    members: Annotated[Mapping[Text, Code], NOT_EMPTY, AfterValidator(_one_text_each)] | None = None
    total: Code | None = None
    null_total: Switch = False


class Mapped(Section):
    """One dataset: a table with one row for each release, place, period and group.

    `format`: how the period column writes a period, in strftime's words, of its first or last `day`; None where it
    holds our own codes, or dates. `evidence`: whether figures may leave unprotected, with evidence, at all.
    """

    id: Text
    title: Text
    table: Text
    every: Word[PeriodKind]
    area: Text
    period: Text
    format: Text | None = None
    day: Literal["first", "last"] = "first"
    release: Text | None = None
    total: Code = "ALL"
    null_total: Switch = False
    measures: Annotated[Mapping[Text, Shared], NOT_EMPTY]
    written_facets: Mapping[Word[Facet], ValueOrTable[Text, SplitKeys]] = Field(default={}, alias="facets")
    breakdowns: Listed[Annotated[frozenset[Word[Facet]], Field(strict=False), NOT_EMPTY]] = ()
    evidence: Switch = True
    protection: Protection = Protection()

    @property
    def key(self) -> tuple[str, ...]:
        """The columns that together name one row."""
        splits = (split.column for split in self.facets.values())
        return (self.area, self.period, *splits, *((self.release,) if self.release else ()))

    @cached_property
    def facets(self) -> Mapping[Facet, Split]:
        """The column of each facet."""
        return {facet: self._split(facet, written) for facet, written in self.written_facets.items()}

    def _split(self, facet: Facet, written: str | SplitKeys) -> Split:
        """A facet's own keys, with the dataset's total and the common model's codes where it names none."""
        keys = SplitKeys(column=written) if isinstance(written, str) else written
        no_total = keys.null_total or (keys.total is None and self.null_total)
        codes = keys.members or {code: code for code in members(facet)}
        return Split(keys.column, codes, None if no_total else self.total if keys.total is None else keys.total)

    @field_validator("written_facets", mode="after")
    @classmethod
    def _members_are_of_the_model(cls, facets: Mapping[Facet, str | SplitKeys]) -> Mapping[Facet, str | SplitKeys]:
        """Raises Invalid for the first that is not."""
        for facet, keys in facets.items():
            for code in (keys.members or {}) if isinstance(keys, SplitKeys) else ():
                try:
                    one_of(code, members(facet))
                except Invalid as error:
                    raise Invalid(str(error), facet, "members") from error
        return facets

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        """Breakdowns name mapped facets only, and what is not additive says how many units it describes. Raises
        Invalid."""
        for at, breakdown in enumerate(self.breakdowns):
            if missing := sorted(breakdown - self.facets.keys()):
                hint = nearest(missing[0], self.facets)
                raise Invalid(f"names {missing[0]}, which facets does not map to a column.{hint}", "breakdowns", at)
        keys = {shared.column: shared.cell_key for shared in self.measures.values() if shared.cell_key}
        for name, shared in self.measures.items():
            for column in (shared.column, *shared.evidence.values()):
                if keys.get(column, shared.cell_key) != shared.cell_key or column in keys.values():
                    raise Invalid(
                        f"shares {column}, which leaves by its cell keys alone, or is those.", "measures", name
                    )
            if shared.cell_key and self.protection.perturbation is None:
                raise Invalid("is needed: the table for figures with a cell key.", "protection", "perturbation")
            if not shared.additive and shared.n is None and self.protection.suppress_below > 0:
                raise Invalid(
                    "is needed: how many units a figure describes that is not additive.", "measures", name, "n"
                )
        return self
