"""Addresses of databases, as hosting companies write them."""

import pytest

from reference.database_url import understood


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_every_address_of_postgresql_names_the_driver_that_is_installed(scheme: str) -> None:
    assert understood(f"{scheme}://reader:p%40ss@host:5432/pay") == "postgresql+psycopg://reader:p%40ss@host:5432/pay"


@pytest.mark.parametrize("url", ["postgresql+asyncpg://host/pay", "sqlite:///pay.sqlite", "duckdb:///postgres.duckdb"])
def test_other_addresses_stay_as_they_are(url: str) -> None:
    assert understood(url) == url
