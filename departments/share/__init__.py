"""The share node: answers the Trust's questions from a department's own database, in place.

`lmdt share CONFIG` serves aggregates from any SQLAlchemy database. It never serves a row about one person or one
business: it reads tables that hold one row for each release, place, period and group, and checks that they do.
"""

from departments.share.node import create_app, serve

__all__ = ["create_app", "serve"]
