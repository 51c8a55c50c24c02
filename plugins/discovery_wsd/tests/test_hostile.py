"""What nobody should send: nothing crashes, hangs or grows without bound, and what is dropped is counted."""

from __future__ import annotations

import random
import socket
import tracemalloc
import uuid
from collections.abc import Awaitable, Callable, Sequence

import pytest
import trio
from wsd_rig import OASIS, USUAL, Responder, about, described, envelope, http, hurry, request_of, responding, running

from tympan_discovery_wsd import _asking
from tympan_discovery_wsd._codec import Match, get, probe, read, read_metadata, resolve
from tympan_discovery_wsd._errors import WsdError
from tympan_discovery_wsd._hearing import Hearing
from tympan_discovery_wsd._limits import (
    ALL_BURST,
    CLONES,
    DEVICES,
    METADATA_BYTES,
    PACKET_BYTES,
    SOURCE_BURST,
    SOURCE_DEVICES,
    SOURCES,
    WAITING,
)
from tympan_discovery_wsd._names import PRINT_DEVICE, SOAP
from tympan_discovery_wsd._pace import Pace
from tympan_discovery_wsd._reach import places
from tympan_discovery_wsd._view import View
from tympan_net.device_look import Silence

ENDPOINT = "urn:uuid:0f5d3a52-9a1c-4e0e-8f5e-3b7f2ce6f4a1"


def matches(*inner: str, relates_to: str = "urn:x") -> bytes:
    return envelope(
        USUAL, f"{USUAL.discovery}/ProbeMatches", f"<wsd:ProbeMatches>{''.join(inner)}</wsd:ProbeMatches>", relates_to
    )


def hello(body: str = "", *, before: str = "") -> bytes:
    whole = envelope(USUAL, f"{USUAL.discovery}/Hello", about("Hello", ENDPOINT, "pr:PrintDeviceType") + body)
    return whole.replace(b'<?xml version="1.0"?>', b'<?xml version="1.0"?>' + before.encode())


def wide(attribute: str, count: int) -> str:
    """An element of many attributes."""
    return f"<wide {' '.join(attribute.format(number) for number in range(count))}/>"


PACKETS = [
    hello(),
    matches(
        *(
            about("ProbeMatch", ENDPOINT, "pr:PrintDeviceType x:Device", "http://10.0.0.1/ http://[fe80::1]:5357/x")
            for _ in range(3)
        )
    ),
    envelope(OASIS, f"{OASIS.discovery}/Bye", about("Bye", ENDPOINT)),
    probe(uuid.uuid4(), USUAL),
    resolve(uuid.uuid4(), OASIS, ENDPOINT),
    get(uuid.uuid4(), USUAL, ENDPOINT, uuid.uuid4()),
]


def mutated(chance: random.Random, packet: bytes) -> bytes:
    """A packet with a few faults."""
    data = bytearray(packet)
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(data) or 1)
        match chance.randrange(6):
            case 0:
                data[at : at + 1] = bytes([chance.randrange(256)])
            case 1:
                del data[at : at + chance.randint(1, 60)]
            case 2:
                piece = data[chance.randrange(len(data) or 1) :][: chance.randint(1, 120)]
                data[at:at] = piece * chance.randint(1, 20)
            case 3:
                data[at:at] = chance.choice(
                    [b"<", b">", b"&", b"]]>", b"<!--", b"<![CDATA[", b"\0", b"xmlns:x=''", "é\u202e".encode()]
                )
            case 4:
                data[at:at] = bytes(chance.randrange(256) for _ in range(chance.randint(1, 30)))
            case _:
                del data[at:]
    return bytes(data)


def fuzz(seed: int, count: int) -> None:
    chance = random.Random(seed)
    metadata = [described(USUAL), described(OASIS)]
    read_well = 0
    for _ in range(count):
        for take, packets in ((read, PACKETS), (read_metadata, metadata)):
            packet = mutated(chance, chance.choice(packets))
            try:
                take(packet)
                read_well += 1
            except WsdError:
                continue
    assert 0 < read_well < 2 * count, "faults that are never or always noticed test nothing"


@pytest.mark.parametrize("seed", range(4))
def test_mutated_messages_are_read_or_refused(seed: int) -> None:
    fuzz(seed, 250)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(100, 110))
def test_mutated_messages_are_read_or_refused_in_long(seed: int) -> None:
    fuzz(seed, 3_000)


@pytest.mark.parametrize(
    "packet",
    [
        b"",
        b"\0" * 100,
        b"<a/>",
        b"<a>" * 5_000,
        b"<?xml version='1.0' encoding='utf-7'?><a/>",
        b"<?xml version='1.0' encoding='no-such'?><a/>",
        hello(before='<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">]>'),
        hello(before='<!DOCTYPE x [<!ENTITY a "aa"><!ENTITY b "&a;&a;&a;&a;">]>').replace(ENDPOINT.encode(), b"&b;"),
        hello(before='<!DOCTYPE x SYSTEM "http://127.0.0.1:1/x.dtd">'),
        hello(before='<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'),
        hello("<deep>" * 30 + "</deep>" * 30),
        hello("<many/>" * 3_000),
        hello(f"<long>{'x' * 5_000}</long>"),
        hello(wide("a{}=''", 40)),
        hello(wide("xmlns:a{0}='urn:{0}'", 80)),
        hello(wide("a{}=''", 50_000)),
        hello(" " * PACKET_BYTES),
        hello().replace(b"Hello", b"Goodbye"),
        hello().replace(SOAP.encode(), b"urn:other"),
    ],
    ids=range(19),
)  # fmt: skip
def test_bombs_and_nonsense_are_refused(packet: bytes) -> None:
    tracemalloc.start()
    try:
        with pytest.raises(WsdError):
            read(packet)
        with pytest.raises(WsdError):
            read_metadata(packet)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 20 * METADATA_BYTES


def test_a_million_attributes_cost_what_the_bound_allows() -> None:
    with pytest.raises(WsdError):
        read_metadata(described(USUAL, name=wide("a{}=''", 1_000_000)))


def test_one_answer_holds_only_so_many_devices() -> None:
    heard = read(matches(*(about("ProbeMatch", uuid.uuid4().urn) for _ in range(90))))
    assert len(heard.matches) == 64


def test_ten_thousand_fakes_of_one_host_are_few_and_counted() -> None:
    view = View()
    for _ in range(200):
        heard = read(matches(*(about("ProbeMatch", uuid.uuid4().urn, "pr:PrintDeviceType") for _ in range(50))))
        for match in heard.matches:
            view.hear(match, "10.0.0.66", USUAL, 1)
    assert len(view) == SOURCE_DEVICES
    assert view.dropped == 10_000 - SOURCE_DEVICES
    assert view.hear(heard.matches[0], "10.0.0.7", USUAL, 1), "others are heard all the same"


def test_fakes_of_many_hosts_are_bounded_too() -> None:
    view = View()
    for number in range(3 * DEVICES):
        match = Match(endpoint=f"urn:{number}", types=(PRINT_DEVICE,))
        view.hear(match, f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}", USUAL, 1)
    assert len(view) == DEVICES
    assert view.dropped == 2 * DEVICES


def test_one_name_of_many_hosts_is_bounded() -> None:
    view = View()
    for number in range(1_000):
        match = Match(endpoint=ENDPOINT, types=(PRINT_DEVICE,))
        view.hear(match, f"10.0.{number >> 8}.{number & 255}", USUAL, 1)
    assert len(view) == CLONES


def test_a_flood_costs_the_host_that_makes_it_its_own_voice() -> None:
    pace = Pace()
    assert sum(pace.take("10.0.0.66", 1.0) for _ in range(10_000)) == SOURCE_BURST
    assert pace.take("10.0.0.7", 1.0)
    assert sum(pace.take(f"10.0.{number >> 8}.{number & 255}", 1.0) for number in range(10_000)) < ALL_BURST
    assert len(pace._sources) <= SOURCES


def test_only_the_link_and_only_answers_of_ours_are_believed() -> None:
    hearing = Hearing()
    ours = hearing.question().urn
    answer = matches(about("ProbeMatch", ENDPOINT), relates_to=ours)
    assert hearing.take(answer, "10.0.0.7", 1.0, near=False) is None
    assert hearing.dropped == 1
    assert (
        hearing.take(matches(about("ProbeMatch", ENDPOINT), relates_to="urn:other"), "10.0.0.7", 1.0, near=True) is None
    )
    assert hearing.take(answer, "10.0.0.7", 1.0, near=True) is not None
    assert hearing.take(answer, "10.0.0.7", 1.0, near=True) is None, "a repetition"
    assert hearing.take(answer, "10.0.0.8", 1.0, near=True) is not None, "nobody takes another's id away"
    for _ in range(1_000):
        hearing.question()
    assert len(hearing._asked) < 1_000


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("http://10.0.0.7:5357/x", ["http://10.0.0.7:5357/x"]),
        ("http://10.0.0.1/admin http://10.0.0.7/x", ["http://10.0.0.7:80/admin", "http://10.0.0.7:80/x"]),
        ("http://metadata.internal:8080/x", ["http://10.0.0.7:8080/x"]),
        ("http://127.0.0.1:8080/", ["http://10.0.0.7:8080/"]),
        ("http://169.254.169.254/latest", ["http://10.0.0.7:80/latest"]),
        ("http://10.0.0.7:22/ http://10.0.0.7:25/ http://10.0.0.7:445/", []),
        ("file:///etc/passwd ftp://10.0.0.7/ gopher://10.0.0.7:70/", []),
        ("http://root@10.0.0.7/ http:///x http://10.0.0.7:99999/ http://[::/ x", []),
        ("http://10.0.0.7:5357/a\u00e9 http://10.0.0.7:5357/" + "a" * 600, []),
        (
            " ".join(f"http://10.0.0.7:80/{number}" for number in range(9)),
            [f"http://10.0.0.7:80/{n}" for n in range(3)],
        ),
        ("http://[fe80::7]:5357/x", ["http://[fe80::7%eth0]:5357/x"]),
    ],
)
def test_nobody_makes_us_call_somebody_else(given: str, expected: list[str]) -> None:
    assert list(places(given.split(" "), ["10.0.0.7", "fe80::7%eth0"])) == expected


pytestmark = pytest.mark.anyio


async def _endless(stream: trio.SocketStream) -> None:
    await request_of(stream)
    await stream.send_all(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        await stream.send_all(b"<x>" * 10_000)


async def _endless_head(stream: trio.SocketStream) -> None:
    await request_of(stream)
    await stream.send_all(b"HTTP/1.1 200 OK\r\n")
    while True:
        await stream.send_all(b"x-more: " + b"x" * 1_000 + b"\r\n")


async def _byte_by_byte(stream: trio.SocketStream) -> None:
    await request_of(stream)
    for byte in http(described(USUAL)):
        await stream.send_all(bytes([byte]))
        await trio.sleep(0.05)


async def _silent(stream: trio.SocketStream) -> None:
    await trio.sleep_forever()


async def _bomb(stream: trio.SocketStream) -> None:
    await request_of(stream)
    lines = "".join(f'<!ENTITY e{number + 1} "{f"&e{number};" * 10}">' for number in range(9))
    await stream.send_all(http(f'<!DOCTYPE x [<!ENTITY e0 "x">{lines}]><x>&e9;</x>'.encode()))


async def _nonsense(stream: trio.SocketStream) -> None:
    await stream.send_all(b"SSH-2.0-OpenSSH_9.9\r\n" * 50)


@pytest.mark.parametrize("serve", [_endless, _endless_head, _byte_by_byte, _silent, _bomb, _nonsense])
async def test_a_server_that_misbehaves_costs_its_deadline(
    monkeypatch: pytest.MonkeyPatch, serve: Callable[[trio.SocketStream], Awaitable[None]]
) -> None:
    hurry(monkeypatch)
    monkeypatch.setattr(_asking, "METADATA_S", 0.4)
    async with responding(Responder(address="127.0.1.1", serve=serve)), running() as bench:
        [sighting] = await bench.until_seen()
        assert sighting.description.name == ""


async def test_a_redirect_is_not_followed(monkeypatch: pytest.MonkeyPatch) -> None:
    hurry(monkeypatch)
    other = Responder(address="127.0.1.9")

    async def serve(stream: trio.SocketStream) -> None:
        await request_of(stream)
        await stream.send_all(http(b"", "307 Temporary Redirect", f"Location: http://127.0.1.9:{other.port}/\r\n"))

    async with responding(Responder(address="127.0.1.1", serve=serve), other), running() as bench:
        other.answer = lambda _, usual: ()
        other.fetched = 0
        await bench.until(lambda: bench.service.standing.swept_at)
        assert other.fetched == 0


async def test_one_slow_host_holds_nobody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    """A host that is sixty devices, each of which never answers, beside an honest one."""
    hurry(monkeypatch)
    endpoints = [uuid.uuid4().urn for _ in range(60)]

    def answer(question: object, usual: bytes) -> list[bytes]:
        inner = (about("ProbeMatch", each, "pr:PrintDeviceType", slow.where) for each in endpoints)
        return [matches(*inner, relates_to=question.id)]  # type: ignore[attr-defined]

    slow = Responder(address="127.0.1.1", serve=_silent, answer=answer)
    async with responding(slow, Responder(address="127.0.1.2")), running() as bench:
        [sighting] = await bench.until_seen()
        assert sighting.addresses == ("127.0.1.2",)
        assert slow.fetched <= 2


async def test_names_with_markup_and_control_characters_are_texts(monkeypatch: pytest.MonkeyPatch) -> None:
    hurry(monkeypatch)
    name = "&lt;script&gt;alert(1)&lt;/script&gt;\u202e\u0085"
    async with responding(Responder(address="127.0.1.1", name=name)), running() as bench:
        [sighting] = await bench.until_seen()
        assert sighting.description.name.startswith("<script>alert(1)</script>")
        assert sighting.description.name.isprintable()


async def test_thousands_of_packets_of_one_host_leave_the_service_well(monkeypatch: pytest.MonkeyPatch) -> None:
    hurry(monkeypatch)

    async def look(uris: object) -> Silence:
        await trio.lowlevel.checkpoint()
        return Silence(why="Nobody.")

    liar, honest = Responder(address="127.0.1.1", serve=_nonsense), Responder(address="127.0.1.2")
    async with responding(liar, honest), running(look) as bench:
        await bench.until_seen(2)
        for number in range(3_000):
            await liar.send(
                envelope(USUAL, f"{USUAL.discovery}/Hello", about("Hello", uuid.uuid4().urn, "pr:PrintDeviceType"))
            )
            if number % 100 == 0:
                await trio.lowlevel.checkpoint()
        await honest.say("Bye")
        await bench.until(lambda: not bench.service._view.known(honest.endpoint, "127.0.1.2"))
        assert len(bench.service._view) <= SOURCE_DEVICES
        assert len(bench.service._queue._waiting) <= WAITING
        assert bench.service.standing.dropped > 1_000


async def test_a_fuzzed_service_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    hurry(monkeypatch)
    chance = random.Random(7)
    device = Responder(address="127.0.1.1")
    async with responding(device), running() as bench:
        await bench.until_seen()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as voice:
            voice.bind(("127.0.1.3", 0))
            for ear in bench.service._ears:
                if ear.asks and ear.family is socket.AF_INET:
                    for _ in range(500):
                        voice.sendto(mutated(chance, chance.choice(PACKETS))[:60_000], ear.socket.getsockname())
                        await trio.lowlevel.checkpoint()
        await device.say("Bye")
        await bench.until_seen(0)


async def test_what_nobody_foresaw_harms_one_device(monkeypatch: pytest.MonkeyPatch) -> None:
    hurry(monkeypatch)

    async def look(uris: Sequence[str]) -> Silence:
        await trio.lowlevel.checkpoint()
        if "127.0.1.1" in uris[0]:
            raise RuntimeError("unforeseen")
        return Silence(why="Nobody.")

    async with responding(Responder(address="127.0.1.1"), Responder(address="127.0.1.2")), running(look) as bench:
        [sighting] = await bench.until_seen()
        assert sighting.addresses == ("127.0.1.2",)
        await bench.until(lambda: "unforeseen" in str(bench.host.logged))
