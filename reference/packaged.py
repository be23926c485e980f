"""Tables of codes and figures that come with the code."""

import csv
import io
from importlib.resources import files


def rows(package: str, name: str) -> list[dict[str, str]]:
    """The rows of a CSV file beside a package's modules, by its header."""
    text = files(package).joinpath(name).read_text(encoding="utf-8")
    return list(csv.DictReader(io.StringIO(text)))
