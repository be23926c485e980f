"""What is told of where a column of figures came from."""

from resolvers.stitch import Figures


def dataset(figures: Figures) -> str:
    return "; ".join(f"{dataset.id}: {dataset.title}" for _, dataset in figures.origin.sources)


def licence(figures: Figures) -> str:
    return "; ".join(dict.fromkeys(dataset.licence for _, dataset in figures.origin.sources))


def source(figures: Figures) -> str:
    return "\n".join(figures.origin.requests)


def treatment(figures: Figures, raw: str | None) -> list[str]:
    """What was done to one figure. `raw`: what the department wrote in its place, where that was no number."""
    told = () if raw is None else (f'The department wrote "{raw}", which is no number: shown as not available',)
    return [*figures.origin.treatment, *told]
