"""A sample DWP that speaks the Stat-Xplore Open Data API, over synthetic figures."""

from departments.statxplore.server import Budget, create_app

__all__ = ["Budget", "create_app"]
