"""Serves what a department runs, until it is stopped."""

import logging
import sys

import uvicorn
from starlette.applications import Starlette


def serve(app: Starlette, host: str, port: int) -> int:
    """1: it did not start, and the log says why. Raises KeyboardInterrupt for Ctrl-C."""
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stdout)
    logging.getLogger("httpx").setLevel(logging.WARNING)
    # uvicorn.run would keep Ctrl-C to itself.
    server = uvicorn.Server(uvicorn.Config(app, host=host, port=port, log_level="warning", access_log=False))
    server.run()
    return 0 if server.started else 1
