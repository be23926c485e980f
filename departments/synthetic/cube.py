"""What a cube of figures is."""

from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray


@dataclass(frozen=True)
class Cube:
    """Figures along named dimensions, the first two "area" and "period".

    `values`: indicator -> array with one axis for each dimension; NaN where nothing is held. An additive cube
    holds local authorities and leaf members only; others hold every area and the member "ALL".
    """

    dims: tuple[str, ...]
    codes: tuple[tuple[str, ...], ...]
    values: dict[str, NDArray[Any]]

    def axis(self, dim: str) -> tuple[str, ...]:
        """The codes along a dimension."""
        return self.codes[self.dims.index(dim)]
