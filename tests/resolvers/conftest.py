"""The share connector is tried over the database that the share node is."""

from tests.departments.conftest import file

__all__ = ["file"]
