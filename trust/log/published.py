"""What everybody may read of the log: its last checkpoint, and tiles of hashes. Entries are not for everyone."""

from collections.abc import Iterable, Sequence

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from reference.errors import TrustError
from transparency import tiles
from transparency.note import Key
from transparency.tiles import Tile
from trust.log.kept import Kept
from trust.log.verify import Audited, verify


class LogUnreadable(TrustError):
    """The Trust's database does not answer."""


class Published:
    """Reads the log, each time in a transaction of its own. Raises LogUnreadable."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def checkpoint(self) -> bytes | None:
        """The last checkpoint as a note; none before the first entry."""
        try:
            with self._engine.connect() as connection:
                signed = Kept(connection).signed()
        except SQLAlchemyError as error:
            raise LogUnreadable(str(getattr(error, "orig", None) or error)) from error
        return signed.encode() if signed else None

    def tile(self, tile: Tile) -> bytes | None:
        """A tile of hashes; none where the tree that was signed last does not have it."""
        try:
            with self._engine.connect() as connection:
                kept = Kept(connection)
                last = kept.checkpoint()
                return tiles.hashes(tile, kept.stored) if last and tile.within(last.size) else None
        except SQLAlchemyError as error:
            raise LogUnreadable(str(getattr(error, "orig", None) or error)) from error

    def verify(self, keys: Sequence[Key], held: Iterable[str] = ()) -> Audited:
        """Audits the whole log. Raises LogBroken."""
        try:
            with self._engine.connect() as connection:
                return verify(connection, keys, held)
        except SQLAlchemyError as error:
            raise LogUnreadable(str(getattr(error, "orig", None) or error)) from error
