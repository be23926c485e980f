"""What may be read of the log: by everybody its last checkpoint, and tiles of hashes; entries by some."""

from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from policies.caller import Caller
from reference.errors import TrustError
from transparency import tiles, tree
from transparency.note import Key
from transparency.tiles import Tile
from trust.log import reading
from trust.log.kept import Kept
from trust.log.reading import Found
from trust.log.verify import Audited, Progress, verify


class LogUnreadable(TrustError):
    """The Trust's database does not answer."""


@contextmanager
def opened(engine: Engine) -> Generator[Connection]:
    """A transaction, which ends with the block and is undone unless it is committed. Raises LogUnreadable."""
    try:
        with engine.connect() as connection:
            yield connection
    except SQLAlchemyError as error:
        raise LogUnreadable(str(getattr(error, "orig", None) or error)) from error


class Published:
    """Reads the log, each time in a transaction of its own. `witnessed`: only what a quorum of witnesses has cosigned
    is told to be the log. Raises LogUnreadable."""

    def __init__(self, engine: Engine, *, witnessed: bool = False) -> None:
        self._engine, self._witnessed = engine, witnessed

    def checkpoint(self) -> bytes | None:
        """The last checkpoint as a note, with its cosignatures; none before the first."""
        with opened(self._engine) as connection:
            kept = Kept(connection)
            signed = kept.witnessed() if self._witnessed else kept.signed()
        return signed.encode() if signed else None

    def tile(self, tile: Tile) -> bytes | None:
        """A tile of hashes; none where the tree that was signed last does not have it."""
        with opened(self._engine) as connection:
            kept = Kept(connection)
            last = kept.checkpoint()
            return tiles.hashes(tile, kept.stored) if last and tile.within(last.size) else None

    def root(self, size: int) -> bytes | None:
        """The root of the first `size` entries; none where not so many were signed."""
        with opened(self._engine) as connection:
            kept = Kept(connection)
            last = kept.checkpoint()
            return tree.root(size, kept.hash_at) if last and size <= last.size else None

    def receipts(self, caller: Caller, person: str | None, of: str | int) -> Found:
        """What a caller, for whom `person` stands, may read of an operation, by its id, or at a place of the log."""
        with opened(self._engine) as connection:
            if isinstance(of, int):
                return reading.at_place(connection, caller, person, of, witnessed=self._witnessed)
            return reading.of_operation(connection, caller, person, of, witnessed=self._witnessed)

    def entries(self, caller: Caller, person: str | None, first: int, count: int) -> tuple[bytes, int]:
        """What a caller may read from one place on, among so many, as lines of JSON; and how many entries there are."""
        with opened(self._engine) as connection:
            size = Kept(connection).size()
            return b"".join(reading.lines(connection, caller, person, first, count)), size

    def verify(self, keys: Sequence[Key], held: Iterable[str] = (), progress: Progress | None = None) -> Audited:
        """Audits the whole log."""
        with opened(self._engine) as connection:
            return verify(connection, keys, held, progress=progress)
