"""The ledger of what was asked for and permitted, over restarts and bad disks."""

from __future__ import annotations

import uuid

import pytest
from both_ends import (
    entry,
)

from tympan.plugin import PrinterId
from tympan.testing import FakeKeyValue
from tympan_cloud_tunnel._ledger import Ledger
from tympan_cloud_tunnel._limits import DONE_KEPT, LEDGER_MOST
from tympan_wire.hub import CrossingStep

pytestmark = pytest.mark.anyio
BEGIN, GIVE_BACK = CrossingStep.BEGIN, CrossingStep.GIVE_BACK


async def test_the_ledger_says_after_a_restart_what_it_said_before() -> None:
    state = FakeKeyValue()
    ledger = Ledger(state)
    await ledger.ask(entry(1))
    await ledger.permit(entry(2))
    again = Ledger(state)
    await again.open()
    assert again.entries == (entry(1), entry(2, begun=True))
    assert again.allows(uuid.UUID(int=2), PrinterId("far"))
    assert not again.allows(uuid.UUID(int=1), PrinterId("far"))


async def test_a_full_ledger_has_room_for_no_more_and_fits_where_it_is_kept() -> None:
    state = FakeKeyValue()
    ledger = Ledger(state)
    for number in range(1, DONE_KEPT + 10):
        await ledger.permit(entry(number, printer="p" * 63, by="Ada Lovelace of the analytical department"))
        if number >= LEDGER_MOST:
            await ledger.forget(uuid.UUID(int=number))
    for number in range(1_000, 1_000 + LEDGER_MOST):
        if not ledger.full:
            await ledger.ask(entry(number, printer="p" * 63, by="Ada Lovelace of the analytical department"))
    assert ledger.full
    assert not ledger.was_begun(uuid.UUID(int=1))
    assert ledger.was_begun(uuid.UUID(int=DONE_KEPT))


async def test_a_ledger_that_cannot_be_read_permits_nothing() -> None:
    state = FakeKeyValue()
    state.values["crossings"] = b"junk"
    ledger = Ledger(state)
    await ledger.open()
    assert ledger.entries == ()
