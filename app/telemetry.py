"""Structured logs: one JSON object a line. Never a token, never a figure, never a variable of a query.

Whoever logs says names, counts and times. What is written here besides is defence in depth, for what others log:
anything that looks like a credential is left out, so is every number in words that are not the gateway's own (an
error's message, a department's answer), and so is any value that is not a plain one.
"""

import logging
import re
import sys
import traceback
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

import orjson

CREDENTIAL = re.compile(
    r"eyJ[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*){1,2}"  # a JWT, or the beginning of one
    r"|(?i:\b(?:bearer|basic|apikey|api[-_]key|uid|password|token|secret)\b[\"']?[\s=:]+[\"']?[^\s,;&\"']+)"
    r"|(?<=://)[^\s/@]+@"  # a name and a password in a URL
)
# A status says what happened and not how many, and a host and its port say where: both may stay.
HOST = r"(?:\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9._-]{1,253})"
PORT = r":\d{1,5}(?!\d)"
IPV4 = r"(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.])"
WHERE = "|".join(
    (
        rf"https?://{HOST}(?:{PORT})?",
        rf"(?i:\bhost ){HOST}{PORT}",
        rf"(?i:\blocalhost){PORT}",
        rf"{IPV4}(?:{PORT}|', \d{{1,5}}(?!\d))?",
    )
)
NUMBER = re.compile(rf"({WHERE}|HTTP \d{{3}}(?!\d))|(?<!\d)\d+(?:[.,]\d+)*")
OWN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName", "color_message"}
# Fields that hold the words of others.
FOREIGN = frozenset({"cause"})


class JsonLines(logging.Formatter):
    """A log record as one line of JSON. `secrets`: what must never be written, whatever it looks like."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        super().__init__()
        # The longest first: one may begin another.
        self._secrets = sorted({secret for secret in secrets if secret}, key=len, reverse=True)

    def format(self, record: logging.LogRecord) -> str:
        """A log record as one line of JSON."""
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "message": self._clean(record.getMessage()),
        }
        for name, value in vars(record).items():
            if name not in OWN:
                line[name] = self._plain(value, foreign=name in FOREIGN)
        if record.exc_info and record.exc_info[1]:
            line["traceback"] = "".join(self._traceback(record.exc_info[1]))
        return orjson.dumps(line).decode()

    def _plain(self, value: object, *, foreign: bool) -> object:
        if isinstance(value, str):
            return self._foreign(value) if foreign else self._clean(value)
        return value if value is None or isinstance(value, bool | int | float) else f"<{type(value).__name__}>"

    def _clean(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, "[redacted]")
        return CREDENTIAL.sub("[redacted]", text)

    def _foreign(self, text: str) -> str:
        """The words of others, without any number that could be a figure."""
        return NUMBER.sub(lambda match: match[1] or "#", self._clean(text))

    def _traceback(self, error: BaseException) -> Iterator[str]:
        """Where an error happened and what led to it. Its message may quote what was being worked on."""
        before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
        if before is not None:
            yield from self._traceback(before)
            yield "which led to\n"
        yield from traceback.format_list(traceback.extract_tb(error.__traceback__))
        yield f"{type(error).__name__}: {self._foreign(str(error))}\n"


def configure(level: str, secrets: Iterable[str] = ()) -> None:
    """Write logs to standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines(secrets))
    logging.root.handlers = [handler]
    logging.root.setLevel(level)
    for noisy in ("httpx", "httpcore", "uvicorn.access", "aiocache", "alembic"):
        logging.getLogger(noisy).setLevel("WARNING")
