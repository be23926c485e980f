"""Structured logs: one JSON object a line. Never a token, never a figure, never a variable of a query."""

import logging
import re
import sys
from datetime import UTC, datetime
from typing import Any

import orjson

# Defence in depth: nothing that looks like a credential is written, whoever logs it.
SECRET = re.compile(
    r"eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]*)?|(?i:bearer|apikey|uid)[\s=:]+[^\s,;\"']+"
)
OWN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class JsonLines(logging.Formatter):
    """A log record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        told: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "message": record.getMessage(),
        }
        told |= {key: value for key, value in vars(record).items() if key not in OWN}
        if record.exc_info:
            told["traceback"] = self.formatException(record.exc_info)
        return redacted(orjson.dumps(told, default=str).decode())


def redacted(text: str) -> str:
    """The text without anything that looks like a credential."""
    return SECRET.sub("[redacted]", text)


def configure(level: str) -> None:
    """Write logs to standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    logging.root.handlers = [handler]
    logging.root.setLevel(level)
    for noisy in ("httpx", "httpcore", "uvicorn.access", "aiocache"):
        logging.getLogger(noisy).setLevel("WARNING")
