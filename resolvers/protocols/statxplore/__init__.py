"""Stat-Xplore: the Open Data API of DWP's SuperSTAR server.

Never adds cells up: every total is a group or an omitted dimension, which the publisher counts and perturbs itself.
The keys of its source file are in docs/source-files/statxplore.md.
"""

from resolvers.protocols.statxplore.connector import StatXplore

__all__ = ["StatXplore"]
