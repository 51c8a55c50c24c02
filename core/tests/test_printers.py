"""The printers file and what is kept of devices."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import attrs
import pytest
import trio
from plugin_maker import making, running

from tympan._bus import Bus
from tympan._errors import BadInput, NotFound, Overloaded
from tympan._events import DeviceChanged, PrintersChanged
from tympan._given_printers import GivenPrinters
from tympan._home import Home
from tympan._ids import PrinterId
from tympan._limits import DEFAULTS
from tympan._printer_file import PrinterFile, find_printer
from tympan._printers import PrinterBook
from tympan._store import KERNEL
from tympan._values import DeviceSnapshot, PrinterMode

URI = "ipp://device.example/ipp/print"
NOW = dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.UTC)


def file_of(tmp_path: Path) -> PrinterFile:
    return PrinterFile(Home(tmp_path))


def test_what_is_added_is_read_again(tmp_path: Path) -> None:
    file = file_of(tmp_path)
    assert file.read() == ()
    one = file.add("Front Desk", URI, mode=PrinterMode.PULL, location="Hall")
    two = file.add("front desk!", "ipps://[::1]:8631/")
    assert (one.id, two.id) == ("front-desk", "front-desk-2")
    assert file.read() == (one, two)
    assert file.remove("Front Desk") == one
    assert file.read() == (two,)


@pytest.mark.parametrize(
    ("name", "uri"),
    [
        ("", URI), ("x" * 128, URI), ("a\nb", URI), ("ok", "lpd://x/"), ("ok", "ipp:///x"), ("ok", "ipp://x:99999/"),
        ("ok", "ipp://x:0/"), ("ok", "ipp://x:ipp/"),
        ("ok", "ipp://[::1/"), ("ok", "ipp://ann:secret@x/"), ("ok", "ipp://ann@x/"),
        ("ok", "not a uri"), ("ok", "ipp://x/" + "a" * 1023),
    ],
)  # fmt: skip
def test_a_name_or_uri_no_printer_can_have_is_refused(tmp_path: Path, name: str, uri: str) -> None:
    with pytest.raises(BadInput):
        file_of(tmp_path).add(name, uri)
    assert file_of(tmp_path).read() == ()


@pytest.mark.parametrize(
    ("name", "made"),
    [("Büro Süd", "buro-sud"), ("Straße", "strasse"), ("Ö/1", "o-1"), ("日本", "printer"), ("ｆｕｌｌ", "full")],
)
def test_an_id_keeps_the_letters_of_its_name(tmp_path: Path, name: str, made: str) -> None:
    assert file_of(tmp_path).add(name, URI).id == made


def test_one_name_is_taken_once(tmp_path: Path) -> None:
    file_of(tmp_path).add("Front", URI)
    with pytest.raises(BadInput, match="already"):
        file_of(tmp_path).add("Front", URI)


def test_there_is_a_last_printer(tmp_path: Path) -> None:
    row = {"name": "p", "uri": URI, "mode": "push", "fingerprint": "", "location": ""}
    rows = [{"id": f"p{number}", **row} for number in range(DEFAULTS.printers)]
    (tmp_path / "printers.json").write_text(json.dumps({"format": 1, "printers": rows}))
    with pytest.raises(Overloaded, match="Remove one first"):
        file_of(tmp_path).add("One more", URI)


def test_a_printer_is_found_by_id_then_by_name(tmp_path: Path) -> None:
    file = file_of(tmp_path)
    one, two = file.add("Front", URI), file.add("Back", URI)
    assert find_printer(file.read(), "back") == two
    assert find_printer(file.read(), "Front") == one
    with pytest.raises(NotFound, match="Known printers: front, back"):
        find_printer(file.read(), "side")


ENTRY = '{"id": "a", "name": "a", "uri": "ipp://x/"}'
BROKEN = {
    "no JSON": "{",
    "no object": "[]",
    "a number": "7",
    "another format": '{"format": 2, "printers": []}',
    "no printers": '{"format": 1}',
    "printers of another kind": '{"format": 1, "printers": 3}',
    "a text for a printer": '{"format": 1, "printers": ["x"]}',
    "null for a printer": '{"format": 1, "printers": [null]}',
    "a number for a name": '{"format": 1, "printers": [{"id": "a", "name": 1, "uri": "ipp://x/"}]}',
    "an unknown key": '{"format": 1, "printers": [{"id": "a", "name": "a", "uri": "ipp://x/", "colour": "red"}]}',
    "an unknown mode": '{"format": 1, "printers": [{"id": "a", "name": "a", "uri": "ipp://x/", "mode": "shove"}]}',
    "no uri": '{"format": 1, "printers": [{"id": "a", "name": "a"}]}',
    "no id": '{"format": 1, "printers": [{"id": "../etc", "name": "a", "uri": "ipp://x/"}]}',
    "a bad uri": '{"format": 1, "printers": [{"id": "a", "name": "a", "uri": "gopher://x/"}]}',
    "one id twice": '{"format": 1, "printers": ['
    + ",".join(['{"id": "a", "name": "a", "uri": "ipp://x/"}'] * 2)
    + "]}",
    "too deep": '{"format": 1, "printers": ' + "[" * 100_000,
}


def book_of(tmp_path: Path) -> tuple[PrinterBook, Bus, list[object]]:
    kept: list[object] = []

    async def keep(printer: PrinterId, snapshot: DeviceSnapshot) -> None: ...

    bus = Bus()
    return (
        PrinterBook(file_of(tmp_path), GivenPrinters(Home(tmp_path)), bus, keep, lambda *task: kept.append(task)),
        bus,
        kept,
    )


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_file_leaves_the_old_printers_and_shows_the_problem(tmp_path: Path, case: str) -> None:
    printer = file_of(tmp_path).add("Front", URI)
    book, _, _ = book_of(tmp_path)
    assert book.refresh()
    (tmp_path / "printers.json").write_text(BROKEN[case])
    assert not book.refresh()
    assert book.all() == (printer,)
    assert "printers.json cannot be understood" in book.problems[0]
    file_of(tmp_path).write((printer,))
    assert not book.refresh()
    assert book.problems == ()


@pytest.mark.anyio
async def test_a_file_edited_under_the_running_agent_is_taken_up_or_shown(tmp_path: Path) -> None:
    with making(tmp_path / "site"):
        async with running(tmp_path / "home") as bench:
            file = PrinterFile(bench.home)

            async def add() -> None:
                file.add("Front", URI)

            await bench.heard(PrintersChanged, add)
            await bench.poll(lambda: [printer.id for printer in bench.agent.printers.all()] == ["front"], "it is known")
            (bench.home.root / "printers.json").write_text(BROKEN["no id"])
            await bench.poll(lambda: bench.agent.printers.problems, "the problem is shown")
            status = bench.agent.status()
            assert isinstance(status, dict)
            assert "printers.json cannot be understood" in str(status["problems"])
            assert [printer.id for printer in bench.agent.printers.all()] == ["front"]


def test_a_look_at_a_device_is_told_when_it_differs_in_more_than_the_time(tmp_path: Path) -> None:
    printer = file_of(tmp_path).add("Front", URI)
    book, bus, kept = book_of(tmp_path)
    book.refresh()
    told = 0
    seen = DeviceSnapshot(reachable=True, observed_at=NOW)
    later = DeviceSnapshot(reachable=True, observed_at=NOW + dt.timedelta(seconds=9))
    away = DeviceSnapshot(reachable=False, observed_at=NOW, reason="offline-report")
    for snapshot, expected in ((seen, 1), (later, 1), (away, 2)):
        with bus.subscribe(DeviceChanged) as events:
            book.observe(printer.id, snapshot)
            told += events._receive.statistics().current_buffer_used
        assert (told, len(kept)) == (expected, expected)
        assert book.snapshot(printer.id) == snapshot


def test_a_pin_is_kept_in_the_file(tmp_path: Path) -> None:
    printer = file_of(tmp_path).add("Front", URI)
    book, _, _ = book_of(tmp_path)
    book.refresh()
    book.pin(printer.id, "ab" * 32)
    book.pin(PrinterId("gone"), "cd" * 32)
    assert [one.fingerprint for one in file_of(tmp_path).read()] == ["ab" * 32]


@pytest.mark.anyio
async def test_what_was_seen_survives_a_restart_as_unreachable(tmp_path: Path) -> None:
    with making(tmp_path / "site"):
        async with running(tmp_path / "home") as bench:
            printer = PrinterFile(bench.home).add("Front", URI)
            await bench.agent.refresh()
            snapshot = DeviceSnapshot(
                reachable=True, observed_at=NOW, answered_at=NOW, attributes=b"\x02\x00", media_types=("image/jpeg",)
            )
            bench.agent.printers.observe(printer.id, snapshot)
            key = f"device {printer.id}"
            with trio.fail_after(10):
                while await bench.agent.store.kv_get(KERNEL, key) is None:
                    await trio.sleep(0.005)
        async with running(tmp_path / "home") as bench:
            kept = bench.agent.printers.snapshot(printer.id)
            assert kept is not None
            assert (kept.reachable, kept.attributes, kept.media_types) == (False, b"\x02\x00", ("image/jpeg",))


@pytest.mark.anyio
@pytest.mark.parametrize("running_then", [True, False])
async def test_what_was_seen_is_forgotten_with_the_device_it_was_seen_on(tmp_path: Path, running_then: bool) -> None:
    with making(tmp_path / "site"):
        async with running(tmp_path / "home") as bench:
            file = PrinterFile(bench.home)
            printer = file.add("Front", URI)
            await bench.agent.refresh()
            bench.agent.printers.observe(
                printer.id, DeviceSnapshot(reachable=True, observed_at=NOW, attributes=b"\x02")
            )
            with trio.fail_after(10):
                while await bench.agent.store.kv_get(KERNEL, f"device {printer.id}") is None:
                    await trio.sleep(0.005)
            if running_then:
                file.change(attrs.evolve(printer, uri="ipp://other.example/ipp/print"))
                await bench.agent.refresh()
                assert bench.agent.printers.snapshot(printer.id) is None
        file.change(attrs.evolve(printer, uri="ipp://other.example/ipp/print"))
        async with running(tmp_path / "home") as bench:
            assert bench.agent.printers.snapshot(printer.id) is None
