"""Figures that no measure of their kind can have: below nothing, above everybody, or a part of a person."""

from collections.abc import Iterable

from reference.measure import Measures
from resolvers.errors import DepartmentMisanswered
from resolvers.protocols.numbers import NotANumber, check_range
from resolvers.table import Table


def check_ranges(tables: Iterable[Table], measures: Measures, department: str) -> None:
    """Whether every figure of a department's answer is one that its measure can have, whatever protocol it came by.
    Raises DepartmentMisanswered."""
    for table in tables:
        for name, column in table.columns.items():
            try:
                check_range(column.values, measures[name].unit)
            except NotANumber as error:
                raise DepartmentMisanswered(department, f"{name}: {error}") from error
