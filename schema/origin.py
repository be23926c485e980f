"""What is told of where a column of figures came from."""

from resolvers.stitch import Figures


def dataset(figures: Figures) -> str:
    """The titles of the data sets that a column came from."""
    return "; ".join(f"{dataset.id}: {dataset.title}" for _, dataset in figures.origin.sources)


def licence(figures: Figures) -> str:
    """The licences of the data sets that a column came from."""
    return "; ".join(dict.fromkeys(dataset.licence for _, dataset in figures.origin.sources))


def source(figures: Figures) -> str:
    """The requests that a column came from, in words."""
    return "\n".join(figures.origin.requests)


def treatment(figures: Figures, note: str | None) -> list[str]:
    """What was done to one figure. `note`: what is to be said of this one alone."""
    return [*figures.origin.treatment, *([note] if note else [])]
