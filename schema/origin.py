"""What is told of where a column of figures came from."""

from resolvers.stitch import Figures, Publication
from schema.catalogue import NAMES

# Producers by their full names; one that is no department is named in full already.
PUBLISHERS = {code.value: name for code, name in NAMES.items()}


def dataset(figures: Figures) -> str:
    """The titles of the data sets that a column came from."""
    read = (published.dataset for published in figures.origin.publications)
    return "; ".join(dict.fromkeys(f"{dataset.id}: {dataset.title}" for dataset in read))


def release(figures: Figures) -> str | None:
    """The releases of the data sets that a column came from, where their publishers name any."""
    named = (published.release for published in figures.origin.publications)
    return "; ".join(dict.fromkeys(name for name in named if name)) or None


def licence(figures: Figures) -> str:
    """The licences of the data sets that a column came from."""
    return "; ".join(dict.fromkeys(published.dataset.licence for published in figures.origin.publications))


def source(figures: Figures) -> str:
    """How to cite what a column came from: a line for each release of a data set."""
    return "\n".join(_citation(published) for published in figures.origin.publications)


def _citation(published: Publication) -> str:
    publisher = PUBLISHERS.get(published.producer, published.producer)
    release = f"Release {published.release}" if published.release else None
    parts = (publisher, published.dataset.title, release, published.dataset.page)
    return ". ".join(part for part in parts if part)


def treatment(figures: Figures, note: str | None) -> list[str]:
    """What was done to one figure. `note`: what is to be said of this one alone."""
    return [*figures.origin.treatment, *([note] if note else [])]
