"""Devices on loopback: found, told apart, gone."""

from __future__ import annotations

import datetime as dt
import socket
import uuid
from collections.abc import Sequence
from ipaddress import ip_network

import pytest
import trio
from wsd_rig import OASIS, USUAL, Responder, about, envelope, hurry, responding, running

from tympan.plugin import Sighting
from tympan_discovery_wsd import _sockets
from tympan_discovery_wsd._codec import Match
from tympan_discovery_wsd._interfaces import Interface
from tympan_discovery_wsd._names import PRINT_DEVICE
from tympan_discovery_wsd._view import View
from tympan_net.device_look import DeviceLook, Silence
from tympan_wire.device import Description

pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    hurry(monkeypatch)


async def test_a_printer_is_found_and_says_what_it_is() -> None:
    device = Responder(address="127.0.1.1")
    async with responding(device), running() as bench:
        [sighting] = await bench.until_seen()
        assert sighting.method == "wsd"
        assert sighting.key == f"{device.endpoint} 127.0.1.1"
        assert (sighting.uri, sighting.addresses) == ("", ("127.0.1.1",))
        said = sighting.description
        assert said.uuid == str(uuid.UUID(device.endpoint))
        assert (said.name, said.serial, said.make_and_model, said.firmware) == ("Front", "SN1", "Acme Laser 9", "1.2")
        assert sighting.services == ("http://127.0.0.1/wsd",)
        assert "IPP" in sighting.detail


async def test_numbers_known_to_be_nobodys_are_not_said() -> None:
    """Merging by them would make one device of many: the same that is believed over IPP, and no more."""
    spoken = DeviceLook(
        uri="ipp://127.0.1.1:631/ipp/print", fingerprint="", description=Description(make_and_model="Acme Laser 9")
    )

    async def look(uris: Sequence[str]) -> DeviceLook | Silence:
        await trio.lowlevel.checkpoint()
        return spoken if "127.0.1.1" in uris[0] else Silence(why="It says nothing.")

    nil = uuid.UUID(int=0).urn
    devices = [Responder(address=f"127.0.1.{number}", endpoint=nil, serial="0000000000") for number in (1, 2)]
    async with responding(*devices), running(look) as bench:
        seen = await bench.until_seen(2)
        assert [(one.description.uuid, one.description.serial) for one in seen] == [("", ""), ("", "")]
        assert {device.serial for device in bench.service._view} == {""}


async def test_both_wordings_are_understood() -> None:
    devices = Responder(address="127.0.1.1"), Responder(address="127.0.1.2", wording=OASIS)
    async with responding(*devices), running() as bench:
        await bench.until_seen(2)


async def test_every_repetition_has_one_id_and_each_device_is_asked_once() -> None:
    device = Responder(address="127.0.1.1")
    async with responding(device), running() as bench:
        await bench.until_seen()
        await bench.until(lambda: bench.service.standing.swept_at)
        assert len(device.heard) == 3
        assert len({question.id for question in device.heard}) == 1
        assert device.fetched == 1


async def test_without_addresses_it_is_resolved() -> None:
    device = Responder(address="127.0.1.1", tells_where=False)
    async with responding(device), running() as bench:
        [sighting] = await bench.until_seen()
        assert sighting.description.name == "Front"
        assert "Resolve" in {question.kind for question in device.heard}


async def test_several_devices_in_one_answer() -> None:
    endpoints = [uuid.uuid4().urn for _ in range(5)]

    def answer(question: object, usual: bytes) -> list[bytes]:
        inner = "".join(about("ProbeMatch", each, "pr:PrintDeviceType", device.where) for each in endpoints)
        body = f"<wsd:ProbeMatches>{inner}</wsd:ProbeMatches>"
        return [envelope(USUAL, f"{USUAL.discovery}/ProbeMatches", body, question.id)]  # type: ignore[attr-defined]

    device = Responder(address="127.0.1.1", answer=answer)
    async with responding(device), running() as bench:
        assert len(await bench.until_seen(5)) == 5


async def test_computers_and_cameras_are_passed_over() -> None:
    others = (
        Responder(address="127.0.1.1", types="x:Device pub:Computer"),
        Responder(address="127.0.1.2", types="x:Device pub:Camera"),
        Responder(address="127.0.1.3", types="x:Device", services="pub:Other"),
    )
    printer = Responder(address="127.0.1.4", types="x:Device")
    async with responding(*others, printer), running() as bench:
        await bench.until_seen()
        await bench.until(lambda: bench.service.standing.swept_at)
        [sighting] = await bench.service.sightings()
        assert sighting.addresses == ("127.0.1.4",)
        assert not others[0].fetched and not others[1].fetched


async def test_prefixes_are_names_of_this_message_and_not_words() -> None:
    """A prefix called wprt that means something else is no printer; one called z that means it is one."""

    def renamed(question: object, usual: bytes) -> list[bytes]:
        return [
            usual.replace(b"pr:PrintDeviceType", b"wprt:PrintDeviceType").replace(
                b"<wsd:Types>", b'<wsd:Types xmlns:wprt="urn:other">'
            )
        ]

    def inner(question: object, usual: bytes) -> list[bytes]:
        types = b'<wsd:Types xmlns:z="http://schemas.microsoft.com/windows/2006/08/wdp/print">z:PrintDeviceType'
        return [usual.replace(b"<wsd:Types>x:Device pr:PrintDeviceType", types)]

    liar, real = Responder(address="127.0.1.1", answer=renamed), Responder(address="127.0.1.2", answer=inner)
    async with responding(liar, real), running() as bench:
        await bench.until_seen()
        await bench.until(lambda: bench.service.standing.swept_at)
        assert [sighting.addresses for sighting in await bench.service.sightings()] == [("127.0.1.2",)]


async def test_hello_comes_into_view_and_bye_goes_out_of_it() -> None:
    async with running() as bench:
        await bench.until(lambda: bench.service.standing.swept_at)
        device = Responder(address="127.0.1.1")
        async with responding(device):
            await device.say("Hello")
            await bench.until_seen()
            await device.say("Bye")
            await bench.until_seen(0)


async def test_only_who_spoke_for_a_device_can_say_that_it_goes() -> None:
    device = Responder(address="127.0.1.1")
    liar = Responder(address="127.0.1.2", endpoint=device.endpoint, types="pub:Computer")
    async with responding(device, liar), running() as bench:
        await bench.until_seen()
        await liar.say("Bye")
        await bench.swept()
        assert len(await bench.service.sightings()) == 1


async def test_two_devices_with_one_cloned_name_stay_two() -> None:
    device = Responder(address="127.0.1.1")
    clone = Responder(address="127.0.1.2", endpoint=device.endpoint, serial="SN2")
    async with responding(device, clone), running() as bench:
        seen = await bench.until_seen(2)
        assert len({sighting.key for sighting in seen}) == 2


async def test_one_that_went_without_a_word_is_out_of_view_after_a_sweep() -> None:
    async with running() as bench:
        async with responding(Responder(address="127.0.1.1")):
            await bench.swept()
            await bench.until_seen()
        await bench.swept()
        assert not await bench.service.sightings()


async def test_one_that_misses_the_question_but_answers_itself_stays() -> None:
    device = Responder(address="127.0.1.1")
    async with responding(device), running() as bench:
        await bench.until_seen()
        device.answer = lambda _, usual: ()
        await bench.swept()
        assert len(await bench.service.sightings()) == 1


async def test_off_closes_the_port_at_once_and_a_sweep_in_the_middle_does_not_matter() -> None:
    def held() -> bool:
        with open("/proc/net/udp") as table:
            return f":{_sockets.PORT:04X} " in table.read()

    assert not held()
    async with running() as bench:
        await bench.until(held)
    assert not held()


async def test_it_shares_the_port() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("", _sockets.PORT))
        async with responding(Responder(address="127.0.1.1")), running() as bench:
            await bench.until_seen()
            assert not bench.host.logged
    await trio.lowlevel.checkpoint()


@pytest.mark.parametrize("first", ["10.0.0.7", "fe80::7%eth0"])
def test_over_both_ip_versions_it_is_one_with_what_says_more(first: str) -> None:
    """Whichever answers first, the address that takes jobs stays."""
    view, second = View(), ({"10.0.0.7", "fe80::7%eth0"} - {first}).pop()
    match = Match(endpoint="urn:uuid:x", types=(PRINT_DEVICE,))
    now = dt.datetime(2026, 1, 2, tzinfo=dt.UTC)
    for source in (first, second):
        device = view.hear(match, source, USUAL, 1)
        assert device is not None
        uri = "ipp://10.0.0.7/ipp/print" if source == "10.0.0.7" else ""
        device.serial = "SN1"
        device.sighting = Sighting(method="wsd", key=device.key, seen_at=now, uri=uri, addresses=(source,))
        view.fold(device)
    [sighting] = view.sightings()
    assert sighting.uri == "ipp://10.0.0.7/ipp/print"
    assert sighting.addresses == ("10.0.0.7", "fe80::7%eth0")
    assert sighting.key == f"urn:uuid:x {first}"


def test_link_local_addresses_have_the_zone_they_came_from() -> None:
    link = Interface(name="eth9", index=9, networks=(ip_network("fe80::/64"), ip_network("10.0.0.0/24")))
    assert link.zoned("fe80::7") == "fe80::7%eth9"
    assert link.zoned("fe80::7%9") == "fe80::7%eth9"
    assert link.zoned("10.0.0.7") == "10.0.0.7"
    assert link.has("fe80::7%eth9") and link.has("10.0.0.7")
    assert not link.has("fe80::7%eth1") and not link.has("10.0.1.7") and not link.has("fd00::7")
