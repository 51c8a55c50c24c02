"""The rig itself: home has no way to the device, cables do what they are told, and nothing is left behind."""

from __future__ import annotations

import errno
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import trio
from rig import connected, standing_on
from tunnel_rig import CLOUD, DEVICE, HOME, OFFICE, Sites, sites

pytestmark = [pytest.mark.anyio, pytest.mark.system]
LETTER = Path(__file__).parents[1] / "documents" / "01-a4-1p-gray.pdf"


@pytest.fixture(scope="module")
async def here(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Sites]:
    async with sites(tmp_path_factory.mktemp("sites")) as made:
        yield made


async def test_home_has_no_route_to_the_device_and_the_office_prints_on_it(here: Sites) -> None:
    address = str(here.hosts[DEVICE].address)
    with standing_on(here.hosts[HOME]), pytest.raises(OSError) as refused:
        await connected(address, 631)
    assert refused.value.errno == errno.ENETUNREACH
    printer = (await here.api("POST", "printers", name="Lobby", uri=here.device.uris[DEVICE]))["id"]
    assert (await here.knows(OFFICE[0], printer))["id"] == printer
    await here.agents[OFFICE[0]].tympan("print", str(LETTER), "--printer", printer, "--title", "Near")
    assert (await here.come_out("Near")).ended == "completed"


async def test_a_cable_is_slow_loses_and_is_cut_as_told(here: Sites) -> None:
    address = str(here.hosts[CLOUD].address)

    async def greeted(within_s: float) -> float:
        """How long a connection took; for ever where none came about."""
        begun = trio.current_time()
        with trio.move_on_after(within_s), standing_on(here.hosts[OFFICE[1]]):
            await (await connected(address, 8443)).aclose()
            return trio.current_time() - begun
        return float("inf")

    cable = here.cable(OFFICE[1])
    cable.delay_s = 0.25
    assert 0.5 <= await greeted(20.0) < float("inf")
    cable.mend()
    cable.loss, before = 0.4, cable.lost
    for _ in range(4):
        await greeted(5.0)
    assert cable.lost > before
    cable.cut = True
    assert await greeted(0.3) == float("inf")
    cable.mend()
    assert await greeted(20.0) < float("inf")
