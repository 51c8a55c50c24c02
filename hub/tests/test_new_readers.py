"""Agents that may read mirrored jobs from now on: who holds such jobs is told to look, and nobody else."""

from __future__ import annotations

from collections.abc import Iterator

import attrs
import pytest
from hub_rig import Bench
from pull_rig import FREE, LOBBY, QUEUE, Office, new_office

from tympan_hub.domain.limits.pull import HOLDERS_TOLD
from tympan_hub.domain.policy import Verdict
from tympan_hub.domain.pull import Mirroring
from tympan_hub.domain.wakes import LookAgain, Wake

pytestmark = pytest.mark.anyio
KEY = b"a key for envelopes"


@pytest.fixture
async def office(hub: Bench) -> Office:
    office = await new_office(hub, attrs.evolve(FREE, mirror=Mirroring.HUB))
    await hub.services.policy.switch(office.tenant, office.admin.actor, "agent.require-sign-in", Verdict.OFF)
    return office


@pytest.fixture
def woken(hub: Bench) -> Iterator[list[str | None]]:
    """Whom the hub lets look at the desired state."""
    heard: list[str | None] = []

    def listen(_: str, wake: Wake) -> None:
        if isinstance(wake, LookAgain):
            heard.append(wake.agent)

    hub.wakeups.listen(listen)
    yield heard


async def test_who_holds_a_job_is_told_of_an_agent_that_comes_to_see_the_device(
    office: Office, woken: list[str | None]
) -> None:
    await office.hold()
    idle, fresh = await office.hub.agent(office.tenant, "idle"), await office.hub.agent(office.tenant, "fresh")
    await fresh.rekey(KEY)
    before = (await office.desk.desired()).edition
    await office.services.new_readers.round()
    woken.clear()

    await office.sees(LOBBY, fresh)
    await office.services.new_readers.round()
    assert woken == [office.desk.id], "not who holds nothing"
    desired = await office.desk.desired()
    [queue] = [printer for printer in desired.printers if printer.id == QUEUE]
    assert desired.edition != before
    assert queue.pull is not None and fresh.id in [reader.agent for reader in queue.pull.readers]
    assert idle.id not in woken

    woken.clear()
    await office.sees(LOBBY, fresh, reason="media-empty")
    await office.services.new_readers.round()
    assert not woken, "it was known to see the device"


async def test_a_first_key_for_envelopes_is_told_too(office: Office, woken: list[str | None]) -> None:
    await office.hold()
    fresh = await office.hub.agent(office.tenant, "fresh")
    await fresh.rekey(KEY)
    await office.services.new_readers.round()
    assert woken == [office.desk.id]


async def test_nobody_is_told_where_nothing_is_mirrored_or_nothing_can_come_out(
    hub: Bench, woken: list[str | None]
) -> None:
    office = await new_office(hub)
    await office.hold()
    woken.clear()
    await office.sees(LOBBY, await hub.agent(office.tenant, "fresh"))
    await office.services.new_readers.round()
    assert not woken


async def test_many_are_told_one_part_after_the_other(office: Office, woken: list[str | None]) -> None:
    await office.hold()
    many = [f"agent-{number}" for number in range(HOLDERS_TOLD + 1)]
    office.services.new_readers._left[office.tenant] = list(many)
    await office.services.new_readers.round()
    assert woken == many[:HOLDERS_TOLD]
    await office.services.new_readers.round()
    assert woken == many
