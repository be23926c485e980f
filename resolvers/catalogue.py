"""Which dataset of which department answers each measure, from the source files."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from policies.obligation import Obligation
from policies.own_terms import OwnTerms
from reference.measure import Measure, Measures
from reference.strict_file import nearest
from reference.vintage import Vintage
from resolvers.source import Dataset, Source, SourceError, load


@dataclass(frozen=True, slots=True)
class Holding:
    """One dataset at one endpoint."""

    source: Source
    dataset: Dataset

    @property
    def key(self) -> tuple[str, str]:
        """The names of the source and of the dataset: unlike any other holding's."""
        return (self.source.name, self.dataset.id)

    @property
    def vintage(self) -> Vintage:
        """The vintage of the codes it is published with. Raises ValueError."""
        return Vintage.parse(self.dataset.vintage or self.source.vintage)


class Catalogue:
    """The holdings, by measure. A measure that no source answers is not offered. `own_terms`: what departments ask of
    their own callers, by their codes, where a source file says. Raises SourceError when source files disagree with the
    model or with one another."""

    def __init__(self, sources: Iterable[Source], measures: Measures) -> None:
        self.sources: Mapping[str, Source] = {source.name: source for source in sources}
        self.measures = measures
        self.own_terms = _own_terms(self.sources.values())
        self._holdings: dict[str, Holding] = {}
        for source in self.sources.values():
            for dataset in source.datasets:
                for name in dataset.measures:
                    self._enter(name, Holding(source, dataset))

    @property
    def protected(self) -> Mapping[str, tuple[Obligation, ...]]:
        """By measure that is offered, what its publisher says that it has done to public figures."""
        said = {name: holding.dataset.protected for name, holding in self._holdings.items()}
        return {name: protected.obligations if protected else () for name, protected in said.items()}

    def _enter(self, name: str, holding: Holding) -> None:
        file, where = f"{holding.source.name}.toml", f"datasets[{holding.dataset.id}].measures.{name}"
        if name not in self.measures:
            raise SourceError(f"{where} is no measure of the model.{nearest(name, self.measures)}", file=file)
        if name in self._holdings:
            other = f"{self._holdings[name].source.name}.toml"
            raise SourceError(f"{where} is already answered by {other}.", file=file)
        if wrong := self._disagreement(self.measures[name], holding.dataset):
            raise SourceError(f"{where} {wrong}", file=file)
        self._holdings[name] = holding

    @staticmethod
    def _disagreement(measure: Measure, dataset: Dataset) -> str | None:
        """How a dataset cannot be where a measure of the model is from, as the end of a sentence."""
        if dataset.every is not measure.every:
            return f"is for each {measure.every}, not {dataset.every}."
        if missing := sorted(set(measure.facets).difference(*dataset.breakdowns)):
            return f"is published by {missing[0]}, but no breakdown has it."
        return None

    def moved(self, where: Callable[[str], str]) -> "Catalogue":
        """The same catalogue with every source at another address."""
        return Catalogue((replace(source, url=where(source.url)) for source in self.sources.values()), self.measures)

    def __iter__(self) -> Iterator[Holding]:
        """Every holding, once."""
        return iter({holding.key: holding for holding in self._holdings.values()}.values())

    def holding(self, measure: str) -> Holding:
        """The holding that answers a measure which is not derived. Raises KeyError where it is not offered."""
        return self._holdings[measure]

    def holdings(self, measure: Measure) -> tuple[Holding, ...]:
        """The holdings that answer a measure: its own, or one for each of its inputs. None where it is not offered,
        because a source that it needs is not among those of this gateway."""
        needed = [self._holdings.get(name) for name in measure.inputs or (measure.name,)]
        return tuple(holding for holding in needed if holding) if all(needed) else ()


def _own_terms(sources: Iterable[Source]) -> Mapping[str, OwnTerms]:
    """By department. Raises SourceError where two files of one department differ."""
    terms: dict[str, OwnTerms] = {}
    for source in sources:
        if source.own and terms.setdefault(source.department, source.own) != source.own:
            raise SourceError(f"own is not what another file of {source.department} says.", file=f"{source.name}.toml")
    return terms


def read_folder(folder: Path, measures: Measures) -> Catalogue:
    """The catalogue of every source file in a folder. Raises SourceError."""
    files = sorted(folder.glob("*.toml"))
    if not files:
        raise SourceError(f"no source files (*.toml) in {folder}.")
    return Catalogue((load(path) for path in files), measures)
