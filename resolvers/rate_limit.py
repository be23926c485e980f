"""When a department may be asked again: what it says of that in its answers, and until when nobody asks it.

Read are `Retry-After` (seconds or an HTTP date) and the headers that publishers count requests in:
`X-RateLimit-Remaining` and `X-RateLimit-Reset`, with or without the `X-`, the reset in milliseconds or seconds since
1970 or in seconds from now. Headers that end in a word of their own (`X-RateLimit-Remaining-Table`) count one kind of
request: they hold for the path that was asked.
"""

import re
import time
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC
from email.utils import parsedate_to_datetime

# A limit is also told in words, by publishers that do not use status 429 for it.
WORDS = re.compile(rb"rate.?limit|too many requests|throttl|exceeded your quota|request quota", re.IGNORECASE)
MARKUP = re.compile(rb"<(script|style)\b.*?</\1>|<[^>]*>", re.IGNORECASE | re.DOTALL)
# Statuses that may stand for a limit where the headers say that there is one.
MAY_LIMIT = frozenset({403, 422})
REMAINING = re.compile(r"((?:x-)?ratelimit)-remaining(-\w+)?", re.IGNORECASE)
NUMBER = re.compile(r"[0-9]{1,15}(?:\.[0-9]{1,6})?", re.ASCII)
# Seconds. Nothing that a department says keeps it from being asked for longer than a day.
LONGEST = 86_400.0
# Seconds for which a path is left alone that was twice in a row asked too often, without saying for how long.
UNSAID = 5.0
EVERYWHERE = ""


def is_limit(status: int, headers: Mapping[str, str], content: bytes, *, page: bool = False) -> bool:
    """Whether an answer says that the department was asked too often. `page`: it is a web page instead of an answer,
    whatever its status. 401 never says so: it is about the credential."""
    if status == 429:
        return True
    if status == 401 or (status < 400 and not page):
        return False
    if (page or status in MAY_LIMIT) and ("Retry-After" in headers or spent(headers)):
        return True
    return bool(WORDS.search(MARKUP.sub(b" ", content[:20_000]) if page else content[:4000]))


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds that `Retry-After` asks to wait; None where it says nothing that can be read."""
    if "Retry-After" not in headers:
        return None
    text = headers["Retry-After"].strip()
    if NUMBER.fullmatch(text):
        return min(float(text), LONGEST)
    with suppress(ValueError, TypeError, OverflowError):
        date = parsedate_to_datetime(text)
        return _from_now((date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp())
    return None


def spent(headers: Mapping[str, str]) -> dict[str, float | None]:
    """Kind of request ("" for every kind) -> seconds until more of it are allowed, for the kinds of which none are
    left now. None where that is not said."""
    kinds: dict[str, float | None] = {}
    for name, value in headers.items():
        match = REMAINING.fullmatch(name)
        if match and NUMBER.fullmatch(value.strip()) and float(value) < 1:
            kind = match[2] or ""
            kinds[kind.lower()] = _reset(headers.get(f"{match[1]}-reset{kind}", ""))
    return kinds


def _reset(text: str) -> float | None:
    """Seconds until a reset. Numbers of today are milliseconds from 100 thousand million on, seconds from one
    thousand million on; smaller ones are seconds from now."""
    if not NUMBER.fullmatch(text.strip()):
        return None
    number = float(text)
    if number < 1e9:
        return min(number, LONGEST)
    return _from_now(number / 1000 if number >= 1e11 else number)


def _from_now(moment: float) -> float:
    return min(max(moment - time.time(), 0.0), LONGEST)


class NotBefore:
    """Until when one department, or one path of it, is not to be asked."""

    def __init__(self) -> None:
        self._until: dict[str, float] = {}
        self._unsaid: dict[str, int] = {}

    def wait(self, path: str) -> float:
        """Seconds until a path may be asked; 0 where it may be now."""
        until = max(self._until.get(EVERYWHERE, 0.0), self._until.get(_bare(path), 0.0))
        return max(until - time.monotonic(), 0.0)

    def heed(self, path: str, status: int, headers: Mapping[str, str], *, limited: bool) -> float | None:
        """Keeps what an answer says. `limited`: it says that the department was asked too often. Returns the seconds
        to wait, where it asks for that."""
        waits: list[float] = []
        for kind, seconds in spent(headers).items():
            if seconds is not None:
                waits.append(self.leave(path if kind else EVERYWHERE, seconds))
        seconds = retry_after(headers)
        if seconds is not None and (limited or status == 503):
            # An endpoint that is out of order says nothing of the department's others.
            waits.append(self.leave(EVERYWHERE if limited else path, seconds))
        if limited and not waits:
            reset = _reset(headers.get("X-RateLimit-Reset") or headers.get("RateLimit-Reset", ""))
            waits += [] if reset is None else [self.leave(EVERYWHERE, reset)]
        if waits or not limited:
            self._unsaid.pop(_bare(path), None)
        else:
            count = self._unsaid[_bare(path)] = self._unsaid.get(_bare(path), 0) + 1
            waits += [self.leave(path, UNSAID)] if count > 1 else []
        return max(waits, default=None)

    def leave(self, path: str, seconds: float) -> float:
        """Has a path left alone for some seconds, which it returns. An empty path is every path."""
        now = time.monotonic()
        self._until = {kept: until for kept, until in self._until.items() if until > now}
        path = _bare(path)
        self._until[path] = max(self._until.get(path, 0.0), now + seconds)
        return seconds


def _bare(path: str) -> str:
    """A path without its query string: all that is asked of one endpoint is limited together."""
    return path.partition("?")[0]
