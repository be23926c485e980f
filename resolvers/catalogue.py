"""Which dataset of which department answers each measure, from the source files."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path

from reference.area import VINTAGE
from reference.measure import Measure, Measures
from reference.vintage import Vintage, history
from resolvers.source import Dataset, Source, SourceError, load


@dataclass(frozen=True, slots=True)
class Holding:
    """One dataset at one endpoint."""

    source: Source
    dataset: Dataset

    @property
    def key(self) -> tuple[str, str]:
        return (self.source.name, self.dataset.id)

    @property
    def vintage(self) -> Vintage:
        """The vintage of the codes it is published with. Raises ValueError."""
        return Vintage.parse(self.dataset.vintage or self.source.vintage)

    def gap(self, code: str) -> str | None:
        """Why its publisher has no figure for a place whose extent changed, as a sentence; None where it may have."""
        return history().gap(code, Vintage.parse(VINTAGE), self.vintage)


class Catalogue:
    """The holdings, by measure. Raises SourceError when a source file and the model disagree."""

    def __init__(self, sources: Iterable[Source], measures: Measures) -> None:
        self.sources: Mapping[str, Source] = {source.name: source for source in sources}
        self.measures = measures
        self._holdings: dict[str, Holding] = {}
        for source in self.sources.values():
            for dataset in source.datasets:
                for name in dataset.measures:
                    self._enter(name, Holding(source, dataset))
        for measure in measures.values():
            for needed in measure.inputs or (measure.name,):
                if needed not in self._holdings:
                    raise SourceError(f"no source file answers {needed!r}: add it to a dataset's measures.")

    def _enter(self, name: str, holding: Holding) -> None:
        where = f"{holding.source.name}.toml, dataset {holding.dataset.id!r}"
        measure = self.measures.get(name)
        if measure is None:
            near = get_close_matches(name, self.measures, n=1)
            hint = f" Did you mean {near[0]!r}?" if near else ""
            raise SourceError(f"{where}: the model has no measure {name!r}.{hint}")
        if name in self._holdings:
            raise SourceError(f"{where}: {name!r} is already answered by {self._holdings[name].source.name}.toml.")
        self._check(measure, holding.dataset, where)
        self._holdings[name] = holding

    @staticmethod
    def _check(measure: Measure, dataset: Dataset, where: str) -> None:
        if dataset.every is not measure.every:
            raise SourceError(f"{where}: {measure.name} is for each {measure.every}, not {dataset.every}.")
        if missing := set(measure.facets).difference(*dataset.breakdowns):
            raise SourceError(f"{where}: {measure.name} is published by {sorted(missing)[0]}, but no breakdown has it.")

    def moved(self, where: Callable[[str], str]) -> "Catalogue":
        """The same catalogue with every source at another address."""
        return Catalogue((replace(each, url=where(each.url)) for each in self.sources.values()), self.measures)

    def __iter__(self) -> Iterator[Holding]:
        """Every holding, once."""
        return iter({holding.key: holding for holding in self._holdings.values()}.values())

    def holding(self, measure: str) -> Holding:
        """The holding that answers a measure which is not derived."""
        return self._holdings[measure]


def read_folder(folder: Path, measures: Measures) -> Catalogue:
    """The catalogue of every source file in a folder. Raises SourceError."""
    files = sorted(folder.glob("*.toml"))
    if not files:
        raise SourceError(f"no source files (*.toml) in {folder}.")
    return Catalogue((load(path) for path in files), measures)
