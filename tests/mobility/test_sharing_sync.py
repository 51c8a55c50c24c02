"""30 queues on a real CUPS, kept in step with the hub whatever happens to them."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from sharing_rig import EVERYWHERE, PPDS, RAW, Machine, Sharing, add_queue_of, machine, sharing

pytestmark = [pytest.mark.anyio, pytest.mark.system]
ALL = {*PPDS, *EVERYWHERE, *RAW}


@pytest.fixture(scope="module")
async def here() -> AsyncIterator[Machine]:
    async with machine() as made:
        yield made


@pytest.fixture
async def shared(here: Machine) -> AsyncIterator[Sharing]:
    async with sharing(here) as made:
        await made.until(lambda: set(made.hub.names) == ALL, "every queue to be shared")
        yield made


async def test_every_queue_is_shared_once_and_then_costs_one_question(shared: Sharing) -> None:
    told = [share.id for change in shared.hub.changes for share in change.put]
    assert (len(told), len(set(told))) == (30, 30)
    await shared.rounds(3)
    assert sum(len(change.put) for change in shared.hub.changes) == 30, "an unchanged queue was told again"
    why = {one.queue: one.why for one in shared.book.standings if one.why}
    assert why == {"fax": "it is a fax", "paper": "it prints to a file", "own": "it is this agent's own"}
    driver, raw, everywhere = (shared.hub.shares[shared.hub.names[name]] for name in (PPDS[0], RAW[0], EVERYWHERE[0]))
    assert {"sides", "media", "print-color-mode", "media-source", "x-EXToner"} <= {one.name for one in driver.options}
    assert (raw.options, raw.formats) == ((), ())
    assert {"sides", "media", "print-color-mode"} <= {one.name for one in everywhere.options}
    assert "application/pdf" in driver.formats
    assert "application/pdf" in everywhere.formats


async def test_a_changed_option_of_a_driver_reaches_the_hub_alone(here: Machine, shared: Sharing) -> None:
    name = PPDS[1]
    share = shared.hub.names[name]
    assert shared.option(share, "media-source") == "auto"
    shared.hub.changes.clear()
    await here.lpadmin("-p", name, "-o", "InputSlot=ManualFeed")
    await here.lpadmin("-p", name, "-o", "sides-default=two-sided-long-edge")
    await shared.until(lambda: shared.option(share, "media-source") == "manual", "the tray to be told")
    await shared.until(lambda: shared.option(share, "sides") == "two-sided-long-edge", "the sides to be told")
    assert {share.queue for change in shared.hub.changes for share in change.put} == {name}
    assert all(not change.gone for change in shared.hub.changes)


async def test_a_renamed_queue_stays_the_printer_it_was(here: Machine, shared: Sharing) -> None:
    share = shared.hub.names[PPDS[2]]
    await here.lpadmin("-x", PPDS[2])
    await add_queue_of(here.cups, here.folder, "renamed", 3)
    await shared.until(lambda: shared.hub.names.get("renamed") == share, "the new name to be told")
    await here.lpadmin("-x", "renamed")
    await add_queue_of(here.cups, here.folder, PPDS[2], 3)
    await shared.until(lambda: shared.hub.names.get(PPDS[2]) == share, "the old name to be told")


async def test_a_removed_queue_is_taken_away_alone_and_is_the_same_one_when_it_is_back(
    here: Machine, shared: Sharing
) -> None:
    share = shared.hub.names[RAW[0]]
    await here.lpadmin("-x", RAW[0])
    await shared.until(lambda: set(shared.hub.names) == ALL - {RAW[0]}, "the queue to be taken away")
    await add_queue_of(here.cups, here.folder, RAW[0], 100)  # a driver this time
    await shared.until(lambda: shared.hub.names.get(RAW[0]) == share, "the queue to be back")
    await here.lpadmin("-p", RAW[0], "-m", "raw")


async def test_no_share_is_lost_while_cups_is_away_hangs_or_starts_again(here: Machine, shared: Sharing) -> None:
    names = dict(shared.hub.names)
    await here.cups.stop()
    await shared.until(lambda: "stay shared as they were" in shared.host.noted, "people to be told")
    await here.cups.start()
    await shared.until(lambda: shared.host.noted == "", "the queues to be listed again")
    here.cups.program.pause()
    await shared.until(lambda: "stay shared as they were" in shared.host.noted, "people to be told")
    here.cups.program.resume()
    await shared.until(lambda: shared.host.noted == "", "the queues to be listed again")
    await here.cups.program.kill9()
    await here.cups.start()
    await shared.rounds(3)
    assert shared.hub.names == names
    assert all(not change.gone for change in shared.hub.changes)
