"""How much each caller may ask in a minute, counted in units: one for each request, and one for each thousand values
that its answer may hold. Where there is a Redis, all gateways count together in it."""

import logging
import time
from collections import Counter
from collections.abc import Mapping
from typing import NamedTuple

from graphql import GraphQLError
from limits import RateLimitItemPerMinute
from limits.aio.storage import RedisStorage
from limits.aio.strategies import FixedWindowRateLimiter

from policies.caller import Caller
from reference.errors import TrustError

log = logging.getLogger("lmdt")
_clock = time.time
WINDOW = 60
# Seconds for which a Redis that failed is left alone: until then this gateway counts for itself.
PAUSE = 5.0
# Seconds that a Redis has for an answer.
PATIENCE = 0.5


class Standing(NamedTuple):
    """What is left of one quota: its name, units in a window, units left, seconds until the window ends, and whether
    more was asked for than there was."""

    quota: str
    units: int
    left: int
    seconds: int
    exceeded: bool = False

    @property
    def headers(self) -> Mapping[str, str]:
        """The RateLimit fields of draft-ietf-httpapi-ratelimit-headers."""
        return {
            "RateLimit-Policy": f'"{self.quota}";q={self.units};w={WINDOW}',
            "RateLimit": f'"{self.quota}";r={self.left};t={self.seconds}',
        }


class RateLimited(TrustError):
    """A caller has used up a quota."""

    def __init__(self, standing: Standing) -> None:
        super().__init__(
            f"The quota of {standing.units} units a minute for each {standing.quota} is used up: one for each request, "
            f"and one for each thousand values its answer may hold. Ask again in {standing.seconds} s."
        )
        self.standing = standing

    @property
    def error(self) -> GraphQLError:
        """The error as the caller sees it."""
        return GraphQLError(str(self), extensions={"code": "RATE_LIMITED", "retryAfter": self.standing.seconds})


class RateLimits:
    """Units a minute: of the public at one address, of one subject, and of one organisation. 0: as many as they like.
    `redis`: redis://host:port/0, where there is one."""

    def __init__(self, address: int, subject: int, organisation: int, redis: str | None = None) -> None:
        quotas = {"address": address, "subject": subject, "organisation": organisation}
        self._quotas = {name: units for name, units in quotas.items() if units}
        self._here = _Minute()
        self._shared: FixedWindowRateLimiter | None = None
        if redis is not None:
            storage = RedisStorage(
                f"async+{redis}",
                implementation="redispy",
                key_prefix="lmdt-rate",
                socket_timeout=PATIENCE,
                socket_connect_timeout=PATIENCE,
            )
            self._shared = FixedWindowRateLimiter(storage)
        self._alone_until = 0.0

    async def take(self, caller: Caller, address: str, units: int) -> Standing | None:
        """Takes units of a caller's quotas; what is left of the one that is nearest to its end. Raises RateLimited."""
        nearest: Standing | None = None
        if not self._quotas:
            return None
        for name, key in self._keys(caller, address):
            standing = await self._taken_together(name, key, units) if self._shared else None
            standing = standing or self._here.take(name, key, units, self._quotas[name])
            if standing.exceeded:
                raise RateLimited(standing)
            if nearest is None or standing.left * nearest.units < nearest.left * standing.units:
                nearest = standing
        return nearest

    def _keys(self, caller: Caller, address: str) -> list[tuple[str, str]]:
        if caller.issuer is None:
            keys = {"address": address}
        else:
            keys = {"subject": f"{caller.issuer} {caller.subject}", "organisation": caller.organisation}
        return [(name, key) for name, key in keys.items() if key and name in self._quotas]

    async def _taken_together(self, name: str, key: str, units: int) -> Standing | None:
        """As all gateways count together; None where their Redis cannot be asked."""
        if self._shared is None or time.monotonic() < self._alone_until:
            return None
        quota = RateLimitItemPerMinute(self._quotas[name], namespace=name)
        try:
            allowed = await self._shared.hit(quota, key, cost=units)
            stats = await self._shared.get_window_stats(quota, key)
        except Exception as error:
            self._alone_until = time.monotonic() + PAUSE
            extra = {"event": "rate", "cause": type(error).__name__}
            log.warning("quotas are counted by this gateway alone", extra=extra)
            return None
        seconds = max(1, round(stats.reset_time - time.time()))
        return Standing(name, quota.amount, max(0, stats.remaining) if allowed else 0, seconds, not allowed)


class _Minute:
    """What was used in this minute, by quota and key. All of it is forgotten when the minute is over."""

    def __init__(self) -> None:
        self._minute = 0
        self._used = Counter[tuple[str, str]]()

    def take(self, name: str, key: str, units: int, quota: int) -> Standing:
        now = _clock()
        if int(now // WINDOW) != self._minute:
            self._minute, self._used = int(now // WINDOW), Counter[tuple[str, str]]()
        used = self._used[name, key] + units
        self._used[name, key] = used
        return Standing(name, quota, max(0, quota - used), WINDOW - int(now % WINDOW), used > quota)
