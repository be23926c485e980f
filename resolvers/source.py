"""Source files: where a department's endpoint is, how it is spoken to and which dataset answers which measure."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Generic, TypeVar
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, field_validator

from policies.own_terms import OwnTerms
from reference.area import VINTAGE
from reference.measure import DepartmentCode
from reference.strict_file import NOT_EMPTY, FileError, Invalid, Section, Text, Word, among, check, parse
from resolvers.dataset import Coverage, Dataset, Limits, Tenure, VintageText
from resolvers.source_keys import DATASETS

__all__ = ["Coverage", "Dataset", "Limits", "Source", "SourceError", "Tenure", "load", "read"]

D = TypeVar("D")


class SourceError(FileError):
    """A source file that cannot be used: says which key and what is allowed."""


@dataclass(frozen=True, slots=True)
class Source:
    """One endpoint of one department. `own`: what the department asks of its own callers, where the file says."""

    name: str
    department: str
    protocol: str
    url: str
    credential: str | None
    vintage: str
    limits: Limits
    datasets: tuple[Dataset, ...]
    own: OwnTerms | None = None


def _address(url: str) -> str:
    try:
        if urlsplit(url).scheme in ("http", "https") and urlsplit(url).hostname:
            return url.rstrip("/")
    except ValueError:
        pass
    raise Invalid("must be an address that begins with https:// or http://.")


def _variable(name: str) -> str:
    # What stands here may be the credential itself, so it is not shown.
    if name.startswith("LMDT_") and name.endswith(("_KEY", "_UID", "_TOKEN")):
        return name
    raise Invalid("must name a variable that begins with LMDT_ and ends in _KEY, _UID or _TOKEN.")


class SourceFile(Section, Generic[D]):
    """A source file, by the kind of dataset of its protocol."""

    department: Word[DepartmentCode]
    protocol: Annotated[Text, among(*DATASETS)]
    url: Annotated[Text, AfterValidator(_address)]
    credential: Annotated[Text, AfterValidator(_variable)] | None = None
    vintage: VintageText = VINTAGE
    limits: Limits = Limits()
    own: OwnTerms | None = None
    datasets: Annotated[tuple[D, ...], Field(strict=False), NOT_EMPTY]

    @field_validator("datasets", mode="after")
    @classmethod
    def _each_id_once(cls, datasets: tuple[D, ...]) -> tuple[D, ...]:
        ids = [dataset.id for dataset in datasets if isinstance(dataset, Dataset)]
        if twice := next((name for name in ids if ids.count(name) > 1), None):
            raise Invalid(f'has two datasets with the id "{twice}".')
        return datasets


def load(path: Path) -> Source:
    """Read one source file. Raises SourceError naming the file and every key that is wrong."""
    return read(path.stem, parse(path, SourceError))


def read(name: str, table: Mapping[str, Any]) -> Source:
    """A source from the parsed table of its file. Raises SourceError."""
    # By an unknown protocol nothing is known of the datasets, and only the rest is checked.
    kind: Any = SourceFile[DATASETS.get(str(table.get("protocol")), Any)]  # pyright: ignore[reportInvalidTypeArguments]
    file: SourceFile[Dataset] = check(table, kind, SourceError, file=f"{name}.toml")
    return Source(
        name,
        file.department.value,
        file.protocol,
        file.url,
        file.credential,
        file.vintage,
        file.limits,
        file.datasets,
        file.own,
    )
