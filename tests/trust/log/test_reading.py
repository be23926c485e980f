"""Entries are read while others get their places."""

from typing import Any

import pytest
from sqlalchemy import Engine

from policies.caller import Caller
from tests.transparency.keys import LOG, ORIGIN
from tests.trust.entries import entry
from trust.entry import write
from trust.log import reading, views
from trust.log.kept import Kept
from trust.log.published import Published
from trust.log.sequencer import Sequencer


@pytest.mark.parametrize(("where", "name"), [(Kept, "of_operation"), (reading, "reader"), (views, "key_of")])
def test_who_has_their_first_entry_placed_while_they_look_for_it_finds_it(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, where: Any, name: str
) -> None:
    """With the place comes a key of theirs: whatever is read first, they are who they are."""
    own, published, one = Sequencer(engine, ORIGIN, LOG), Published(engine), entry()
    with engine.begin() as connection:
        write(connection, [one])
    actual = getattr(where, name)

    def placing(*arguments: Any) -> Any:
        found = actual(*arguments)
        own.step()
        return found

    caller = Caller("someone", "DfE", frozenset(), frozenset(), one.issuer)
    with monkeypatch.context() as patch:
        patch.setattr(where, name, placing)
        found = published.receipts(caller, one.person, one.id)
        assert found.receipts or found.more
    assert published.receipts(caller, one.person, one.id).receipts
