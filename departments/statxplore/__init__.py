"""A sample DWP that speaks the Stat-Xplore Open Data API, over synthetic figures."""

from departments.statxplore.server import create_app

__all__ = ["create_app"]
