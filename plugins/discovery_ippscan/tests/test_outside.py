"""Outside private space nothing is asked that was not confirmed, wherever a name leads and whenever."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import attrs
import pytest
import trio
from ippscan_rig import NET, devices, free_port, order, running

from tympan_discovery_ippscan import _ranges, _scan
from tympan_discovery_ippscan._pace import Turns
from tympan_discovery_ippscan._plan import Cursor
from tympan_discovery_ippscan._ranges import private, ranges
from tympan_net.device_look import DeviceLook, Silence, look_at

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("address", ["10.1.2.3", "100.64.0.1", "127.0.0.1", "192.168.9.9", "fd00::1", "::1"])
def test_private_addresses(address: str) -> None:
    assert private(address)


@pytest.mark.parametrize("address", ["9.9.9.9", "172.32.0.1", "203.0.113.9", "2001:db8::1", "64:ff9b::a01:203"])
def test_addresses_outside_private_space(address: str) -> None:
    assert not private(address)


@pytest.mark.parametrize(
    ("targets", "inside"),
    [
        (["10.0.0.0/9", "fd00::/112"], True),
        (["192.168.0.0/16", "printer.example"], True),
        (["192.167.255.255-192.168.0.1"], False),
        (["10.0.0.0/24", "9.255.255.255"], False),
        (["10.255.255.254-11.0.0.0"], False),
        (["2001:db8::1"], False),
    ],
)
def test_ranges_tell_whether_all_of_them_is_private(targets: list[str], inside: bool) -> None:
    assert ranges(targets).inside is inside


async def test_what_was_not_confirmed_is_passed_over_by_address_and_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_ranges, "INSIDE", ())  # the loopback addresses of this test are outside now
    port = free_port()
    wanted = order(f"{NET}.5", "localhost")
    async with devices(port, f"{NET}.5", "127.0.0.1", "::1"), running(port) as bench:
        assert (await bench.scan(wanted)).probed == 2
        assert bench.service._tried == 0
        assert not await bench.found()
        assert (await bench.scan(attrs.evolve(wanted, outside=True))).found == 2


async def test_what_was_found_outside_stays_in_view(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_ranges, "INSIDE", ())
    port = free_port()
    async with devices(port, f"{NET}.5"), running(port, again_s=0.01) as bench:
        await bench.scan(attrs.evolve(order(f"{NET}.5"), outside=True))
        tried = bench.service._tried
        await bench.until(lambda: bench.service._tried > tried)
        swept = bench.service.standing.swept_at
        await bench.until(lambda: bench.service.standing.swept_at != swept)
        assert await bench.found() == {f"{NET}.5"}


async def test_the_address_that_was_checked_is_the_one_that_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that leads elsewhere a moment later leads nobody there."""
    port, looked = free_port(), list[str]()

    async def look(uris: Sequence[str], *, opened: trio.SocketStream | None = None) -> DeviceLook | Silence:
        looked.extend(uris)
        return await look_at(uris, opened=opened)

    async def addresses_of(name: str) -> tuple[str, ...]:
        return (f"{NET}.4", f"{NET}.5")

    monkeypatch.setattr(_scan, "addresses_of", addresses_of)
    async with devices(port, f"{NET}.5"), running(port, look=look) as bench:
        assert (await bench.scan(order("printer.example"))).found == 1
        [sighting] = await bench.service.sightings()
    assert looked == [f"ipps://{NET}.5:{port}", f"ipp://{NET}.5:{port}"]
    assert (sighting.uri, sighting.host) == (f"ipp://printer.example:{port}/ipp/print", "printer.example")


async def test_all_scans_together_keep_to_one_pace(monkeypatch: pytest.MonkeyPatch) -> None:
    given, turn = Counter[Turns](), Turns.turn

    async def counted(self: Turns) -> None:
        given[self] += 1
        await turn(self)

    monkeypatch.setattr(Turns, "turn", counted)
    port = free_port()
    async with running(port) as bench:
        for net in (f"{NET}.0/28", f"{NET}.64/28"):
            await bench.scan(order(net))
        shared = bench.service._begin(order(f"{NET}.9"), Cursor()).shared
        assert given[shared] == 28
