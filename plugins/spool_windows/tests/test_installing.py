"""Queues of ours: made, proved, described, never taken from others, and taken away again when they do not work."""

from __future__ import annotations

import attrs
import pytest
from rig import EvePrinter
from windows_of_tests import FolderWindows

from tympan.plugin import BadInput, QueueRequest
from tympan_spool_windows._endpoint import missing_for_windows
from tympan_spool_windows._errors import EndpointUnheard, PowerShellFailed, QueueNotUsable, QueueOfAnother
from tympan_spool_windows._records import QueueRecord
from tympan_spool_windows._spooler import WindowsSpooler
from tympan_wire.ipp import Group, GroupTag, attr

pytestmark = [pytest.mark.anyio, pytest.mark.system]


def request(eve: EvePrinter, **more: str) -> QueueRequest:
    return QueueRequest(**{"name": "Front, desk", "uri": eve.uri, "info": "Front desk", "location": "Hall", **more})


async def test_a_queue_is_named_and_described_as_asked(
    spooler: WindowsSpooler, windows: FolderWindows, eve: EvePrinter
) -> None:
    made = await spooler.install(request(eve))
    assert (made.name, made.info, made.location, made.ours) == ("Front_ desk", "Front desk", "Hall", True)
    assert list(windows.records) == ["Front_ desk"]


async def test_a_queue_of_that_name_in_any_case_that_is_not_ours_is_left_alone(
    spooler: WindowsSpooler, windows: FolderWindows, eve: EvePrinter
) -> None:
    windows.put(QueueRecord(name="FRONT_ DESK", port="USB001", driver="ACME"))
    with pytest.raises(QueueOfAnother, match="USB001"):
        await spooler.install(request(eve))
    with pytest.raises(QueueOfAnother):
        await spooler.remove("Front, desk")
    assert list(windows.records) == ["FRONT_ DESK"]


async def test_a_queue_whose_driver_tells_of_no_paper_is_taken_away_again(
    spooler: WindowsSpooler, windows: FolderWindows, eve: EvePrinter
) -> None:
    windows.half = True
    with pytest.raises(QueueNotUsable, match="no paper within 1 s"):
        await spooler.install(request(eve))
    assert windows.records == {}


async def test_a_queue_at_a_port_that_is_no_address_is_known_for_ours_by_what_was_seen(
    spooler: WindowsSpooler, windows: FolderWindows, eve: EvePrinter, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def add(url: str) -> None:
        windows.put(QueueRecord(name="Made", port="WSD-7", driver="Microsoft IPP Class Driver"))

    monkeypatch.setattr(windows, "add", add)
    made = await spooler.install(request(eve))
    assert made.ours and made.uri == eve.uri
    assert await spooler.install(request(eve)) == made, "it was made a second time"
    assert await spooler.remove(made.name) is True


async def test_a_queue_of_an_agent_that_moved_is_made_anew_under_its_name(
    spooler: WindowsSpooler, windows: FolderWindows, eve: EvePrinter
) -> None:
    windows.put(QueueRecord(name="Front_ desk", port="http://127.0.0.1:39149/ipp/print/front", driver="ACME"))
    made = await spooler.install(request(eve))
    assert made.uri == eve.uri
    assert list(windows.records) == ["Front_ desk"]


async def test_a_cmdlet_that_fails_spares_the_queue_there_is(
    spooler: WindowsSpooler, windows: FolderWindows, eve: EvePrinter, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = QueueRecord(name="Front_ desk", port="http://127.0.0.1:39149/ipp/print/front", driver="ACME")
    windows.put(before)

    async def add(url: str) -> None:
        raise PowerShellFailed("make a queue", "no")

    monkeypatch.setattr(windows, "add", add)
    with pytest.raises(PowerShellFailed):
        await spooler.install(request(eve))
    assert windows.records == {"Front_ desk": before}


async def test_two_queues_that_come_at_once_are_not_guessed_at(
    spooler: WindowsSpooler, windows: FolderWindows, eve: EvePrinter, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = windows.add

    async def add(url: str) -> None:
        windows.put(QueueRecord(name="Other", port="USB009", driver="ACME"))
        await own(url)

    monkeypatch.setattr(windows, "add", add)
    with pytest.raises(QueueNotUsable, match="which is which"):
        await spooler.install(request(eve))
    assert list(windows.records) == ["Other"], "another's queue was taken away, or ours was left"


async def test_what_is_no_endpoint_of_this_machine_is_refused(spooler: WindowsSpooler) -> None:
    with pytest.raises(BadInput):
        await spooler.install(QueueRequest(name="a", uri="ipp://192.0.2.7:631/ipp/print/a"))


async def test_an_endpoint_that_answers_with_an_error_is_named(spooler: WindowsSpooler, eve: EvePrinter) -> None:
    with pytest.raises(EndpointUnheard, match="does not answer"):
        await spooler.install(request(eve, uri=f"{eve.uri}/nobody"))


async def test_what_an_endpoint_lacks_for_windows_is_named() -> None:
    told = missing_for_windows(Group(GroupTag.PRINTER, (attr.keyword("media-supported", "iso_a4_210x297mm"),)))
    assert "media-supported" not in told and {"printer-device-id", "printer-uuid"} <= set(told)


async def test_a_name_does_not_make_ours_what_leads_elsewhere(
    spooler: WindowsSpooler, windows: FolderWindows, eve: EvePrinter
) -> None:
    made = await spooler.install(request(eve))
    windows.put(attrs.evolve(windows.records[made.name], port="USB001"))
    [queue] = await spooler.list_queues()
    assert not queue.ours
