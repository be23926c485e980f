"""Addresses of databases, as people and their hosting write them."""

# What hosting companies and libpq write, and the driver that this program installs.
POSTGRESQL = ("postgres://", "postgresql://")
DRIVER = "postgresql+psycopg://"


def understood(url: str) -> str:
    """The SQLAlchemy URL of an address: one of PostgreSQL without a driver names the one that is installed."""
    for prefix in POSTGRESQL:
        if url.startswith(prefix):
            return DRIVER + url.removeprefix(prefix)
    return url
