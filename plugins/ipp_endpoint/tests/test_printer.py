"""Get-Printer-Attributes: whole, filtered, living, and true when the device is away."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import TYPE_CHECKING

import attrs
import pytest
import trio.testing

from tympan.plugin import DeviceWanted, JobStep, PortsChanged, PrinterId
from tympan_wire.ipp import Group, GroupTag, Operation, Status, attr

if TYPE_CHECKING:
    from plugins.ipp_endpoint.tests.conftest import Counter

DATABASE = "media-col-database"


async def look(counter: Counter, *names: str) -> Group:
    requested = (attr.keyword("requested-attributes", *names),) if names else ()
    answer = await counter.ask(Operation.GET_PRINTER_ATTRIBUTES, *requested)
    assert answer.code == 0
    (group,) = answer.groups_of(GroupTag.PRINTER)
    assert len({a.name for a in group}) == len(group), "an attribute came twice"
    return group


@pytest.mark.anyio
async def test_everything_but_the_media_database_comes_unasked(counter: Counter) -> None:
    group = await look(counter)
    assert DATABASE not in group and "printer-state" in group and "media-col-ready" in group
    assert DATABASE not in await look(counter, "all")
    assert DATABASE in await look(counter, "all", DATABASE)


@pytest.mark.anyio
@pytest.mark.parametrize("name", ["printer-uri-supported", "printer-state", DATABASE, "sides-supported"])
async def test_one_name_gives_one_attribute(counter: Counter, name: str) -> None:
    assert [a.name for a in await look(counter, name)] == [name]


@pytest.mark.anyio
async def test_groups_of_names(counter: Counter) -> None:
    template, description = await look(counter, "job-template"), await look(counter, "printer-description")
    assert "sides-default" in template and "job-hold-until-supported" in template and "printer-state" not in template
    assert "printer-state" in description and "sides-default" not in description
    assert {a.name for a in template} | {a.name for a in description} == {a.name for a in await look(counter)}


@pytest.mark.anyio
async def test_the_group_of_defaults_is_every_default(counter: Counter) -> None:
    everything, defaults = await look(counter), await look(counter, "printer-defaults")
    assert {a.name for a in defaults} == {a.name for a in everything if a.name.endswith("-default")} != set()


@pytest.mark.anyio
@pytest.mark.parametrize("asked", ["text/plain", "text/plain; charset=utf-8", "Text/Plain;charset=us-ascii"])
@pytest.mark.parametrize("operation", [Operation.GET_PRINTER_ATTRIBUTES, Operation.VALIDATE_JOB])
async def test_parameters_of_a_format_do_not_matter(
    counter: Counter, seen_bytes: bytes, operation: int, asked: str
) -> None:
    counter.see(seen_bytes, media_types=("application/pdf", "text/plain; charset=utf-8"))
    assert (await counter.ask(operation, attr.mime("document-format", asked))).code == Status.SUCCESSFUL_OK
    wrong = await counter.ask(operation, attr.mime("document-format", "text/html; charset=utf-8"))
    assert wrong.code == Status.CLIENT_ERROR_DOCUMENT_FORMAT_NOT_SUPPORTED


@pytest.mark.anyio
async def test_identity_is_the_printers_own_and_constant(counter: Counter, seen_bytes: bytes) -> None:
    before = await look(counter)
    counter.see(seen_bytes)
    after = await look(counter)
    for name in ("printer-uuid", "printer-name", "printer-location", "printer-uri-supported"):
        assert before.get(name) == after.get(name)
    assert after.string("printer-name") == "Front Desk" and after.string("printer-location") == "Lobby"
    assert after.string("printer-uri-supported") == "ipp://localhost:39149/ipp/print/front-desk"


@pytest.mark.anyio
async def test_a_new_look_at_the_device_shows_at_once(counter: Counter, seen_bytes: bytes) -> None:
    assert "two-sided-long-edge" not in (await look(counter)).strings("sides-supported")
    counter.see(seen_bytes)
    assert "two-sided-long-edge" in (await look(counter)).strings("sides-supported")
    counter.see(seen_bytes, media_types=("application/pdf",))
    assert (await look(counter)).strings("document-format-supported")[1:] == ("application/pdf",)


@pytest.mark.anyio
async def test_a_renamed_printer_shows_at_once(counter: Counter) -> None:
    await look(counter)
    (printer,) = counter.host.printers.all()
    counter.host.printers.add(attrs.evolve(printer, name="Back Office"))
    assert (await look(counter)).string("printer-info") == "Back Office"


@pytest.mark.anyio
async def test_the_configuration_changes_only_when_it_does(
    counter: Counter, seen_bytes: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    times = []
    for attributes in (b"", seen_bytes, seen_bytes):
        if attributes:
            counter.see(attributes)
        times.append((await look(counter)).get("printer-config-change-date-time"))
        monkeypatch.setattr(counter.host, "now", _later(counter.host.now))
    assert times[0] != times[1] == times[2]


def _later(now: Callable[[], dt.datetime]) -> Callable[[], dt.datetime]:
    return lambda: now() + dt.timedelta(minutes=1)


@pytest.mark.anyio
async def test_a_device_never_seen_is_said_to_be(counter: Counter) -> None:
    group = await look(counter)
    assert group.strings("printer-state-reasons") == ("connecting-to-device",)
    assert "not answered" in (group.string("printer-state-message") or "")
    assert group.boolean("printer-is-accepting-jobs") is True


@pytest.mark.anyio
async def test_a_printer_to_which_nothing_delivers_says_so(counter: Counter, seen_bytes: bytes) -> None:
    counter.see(seen_bytes)
    routes, counter.host.offered = counter.host.offered, []
    counter.host.bus.publish(PortsChanged())
    await trio.testing.wait_all_tasks_blocked()
    group = await look(counter)
    assert group.strings("printer-state-reasons") == ("connecting-to-device", "other-warning")
    assert "tympan plugins" in (group.string("printer-state-message") or "")
    assert (group.integer("printer-state"), group.boolean("printer-is-accepting-jobs")) == (3, True)
    counter.host.offered = routes
    counter.host.bus.publish(PortsChanged())
    await trio.testing.wait_all_tasks_blocked()
    assert (await look(counter)).strings("printer-state-reasons") == ("none",)


@pytest.mark.anyio
async def test_a_device_away_keeps_its_capabilities_and_the_printer_accepts(
    counter: Counter, seen_bytes: bytes
) -> None:
    counter.see(seen_bytes, reachable=False, reason="offline-report", detail="The device does not answer.")
    group = await look(counter)
    assert group.strings("printer-state-reasons") == ("offline-report",)
    assert (group.integer("printer-state"), group.boolean("printer-is-accepting-jobs")) == (3, True)
    assert group.string("printer-state-message") == "The device does not answer."
    assert "two-sided-long-edge" in group.strings("sides-supported")


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("reason", "state"), [("none", 3), ("toner-low-warning", 3), ("media-empty-error", 5), ("media-jam-error", 5)]
)
async def test_a_device_that_answers_says_itself_whether_it_stands(
    counter: Counter, seen_bytes: bytes, reason: str, state: int
) -> None:
    counter.see(seen_bytes, reason=reason)
    group = await look(counter)
    assert (group.integer("printer-state"), group.strings("printer-state-reasons")) == (state, (reason,))


@pytest.mark.anyio
async def test_the_queue_is_counted_live(counter: Counter, seen_bytes: bytes) -> None:
    counter.see(seen_bytes)
    pdf = attr.mime("document-format", "application/pdf")
    for _ in range(2):
        await counter.ask(Operation.PRINT_JOB, pdf, document=[b"x"])
    first, second = counter.host.jobs.all()
    group = await look(counter)
    assert (group.integer("printer-state"), group.integer("queued-job-count")) == (3, 2)
    counter.advance(first, JobStep.CLAIM)
    assert (await look(counter)).integer("printer-state") == 4
    counter.advance(first, JobStep.COMPLETE)
    counter.advance(second, JobStep.CANCEL)
    group = await look(counter)
    assert (group.integer("printer-state"), group.integer("queued-job-count")) == (3, 0)


@pytest.mark.anyio
async def test_an_old_look_is_asked_to_be_renewed_once(counter: Counter, seen_bytes: bytes) -> None:
    desk = counter.endpoint._desk
    assert desk is not None
    with counter.host.bus.subscribe(DeviceWanted) as wanted:
        for _ in range(5):
            await look(counter)
        first = await wanted.receive()
        counter.see(seen_bytes, observed_at=counter.host.now() - dt.timedelta(seconds=30))
        desk._wanted.clear()
        await look(counter)
        counter.see(seen_bytes)
        desk._wanted.clear()
        await look(counter)
        second = await wanted.receive()
        assert first == second == DeviceWanted(printer=PrinterId("front-desk"))
        the_end = DeviceWanted(printer=PrinterId("the-end"))
        counter.host.bus.publish(the_end)
        assert await wanted.receive() == the_end, "a fresh look was asked to be renewed"


@pytest.mark.anyio
async def test_garbage_from_the_device_is_no_reason_to_fall_over(counter: Counter) -> None:
    counter.see(b"\x02\x00\x00\x00\x00\x00\x00\x01\x04\xff")
    assert (await look(counter)).strings("sides-supported") == ("one-sided",)


@pytest.mark.anyio
async def test_too_many_names_are_refused(counter: Counter) -> None:
    names = attr.keyword("requested-attributes", *(f"name-{n}" for n in range(600)))
    assert (await counter.ask(Operation.GET_PRINTER_ATTRIBUTES, names)).code == 0x0400


@pytest.mark.anyio
async def test_identify_leaves_a_line_in_the_log(counter: Counter) -> None:
    assert (await counter.ask(Operation.IDENTIFY_PRINTER, attr.text("message", "here"))).code == 0
    assert "here" in str(counter.host.logged)


@pytest.mark.anyio
@pytest.mark.parametrize("reason", ["none", "media-empty-error"])
async def test_an_unreachable_device_does_not_stop_the_printer(
    counter: Counter, seen_bytes: bytes, reason: str
) -> None:
    counter.see(seen_bytes, reachable=False, reason=reason)
    group = await look(counter)
    expected = ("offline-report",) if reason == "none" else (reason,)
    assert (group.integer("printer-state"), group.strings("printer-state-reasons")) == (3, expected)
    assert "returns" in (group.string("printer-state-message") or "")
