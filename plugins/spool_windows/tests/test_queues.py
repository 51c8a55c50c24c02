"""Rules of queues: whose, which kind, which device, which state."""

from __future__ import annotations

import pytest

from tympan.plugin import QueueChange, QueueKind, QueueState
from tympan_spool_windows._queues import (
    changes,
    endpoint_port,
    http_url,
    identity_of,
    ipp_uri,
    kind_of,
    queue_from,
    queue_name,
    reasons_of,
    state_of,
)
from tympan_spool_windows._records import QueueFlag, QueueRecord, QueueStatus

OURS = "http://127.0.0.1:39149/ipp/print/front"


def record(**more: object) -> QueueRecord:
    return QueueRecord(**{"name": "Desk", "port": "USB001", "driver": "ACME 3000", **more})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("port", "driver", "kind"),
    [
        ("USB001", "ACME 3000", QueueKind.PRINTER),
        ("http://printer/", "Microsoft IPP Class Driver", QueueKind.PRINTER),
        ("FILE:", "Generic / Text Only", QueueKind.FILE),
        ("PORTPROMPT:", "Microsoft Print To PDF", QueueKind.FILE),
        ("PORTPROMPT:", "Microsoft XPS Document Writer v4", QueueKind.FILE),
        ("nul:", "Send to Microsoft OneNote 16 Driver", QueueKind.FILE),
        ("SHRFAX:", "Microsoft Shared Fax Driver", QueueKind.FAX),
        ("COM3", "ACME Fax 12", QueueKind.FAX),
    ],
)
def test_fax_and_file_queues_are_told_from_printers(port: str, driver: str, kind: QueueKind) -> None:
    assert kind_of(record(port=port, driver=driver)) is kind


def test_a_queue_with_the_flag_of_a_fax_is_one() -> None:
    assert kind_of(record(flags=QueueFlag.FAX)) is QueueKind.FAX


def test_a_queue_is_ours_by_its_port_and_not_by_its_name() -> None:
    assert queue_from(record(port=OURS), (39149,), {}).ours
    assert queue_from(record(port=OURS), (39149,), {}).uri == "ipp://127.0.0.1:39149/ipp/print/front"
    assert not queue_from(record(name="front", port="USB001"), (39149,), {}).ours


@pytest.mark.parametrize(
    "port",
    [
        "http://127.0.0.1:631/ipp/print/front",
        "http://192.0.2.7:39149/ipp/print/front",
        "http://127.0.0.1:39149/other",
        "http://127.0.0.1:39149/ipp/printers",
        "http://127.0.0.1.example:39149/ipp/print/front",
        "http://[::1/ipp/print",
    ],
)
def test_attack_a_port_that_only_looks_like_ours_is_not(port: str) -> None:
    assert not queue_from(record(port=port), (39149,), {}).ours


def test_a_queue_at_a_port_windows_gave_to_ours_is_ours() -> None:
    made = {"WSD-7": "ipp://127.0.0.1:39149/ipp/print/front"}
    told = queue_from(record(port="WSD-7"), (39149,), made)
    assert told.ours and told.printer == "front"
    assert not queue_from(record(port="WSD-8"), (39149,), made).ours


def test_the_device_is_the_port_whatever_the_queue_is_called() -> None:
    assert identity_of(record(name="Desk")) == identity_of(record(name="Front", port="usb001")) == "windows:usb001"
    assert identity_of(record(port="USB002")) != identity_of(record())
    assert identity_of(record(port="LPT1:,LPT2:")) == identity_of(record(port="")) == ""


def test_a_connection_is_known_by_its_server_and_share() -> None:
    told = identity_of(record(name=r"\\Server\Desk", server=r"\\SERVER", port="IP_192.0.2.7"))
    assert told == r"windows:\\server\desk"


@pytest.mark.parametrize(
    ("status", "state", "reasons"),
    [
        (QueueStatus(0), QueueState.IDLE, ()),
        (QueueStatus.PRINTING, QueueState.PROCESSING, ()),
        (QueueStatus.PRINTING | QueueStatus.PAPER_OUT, QueueState.STOPPED, ("media-empty-error",)),
        (QueueStatus.TONER_LOW, QueueState.IDLE, ("toner-low-warning",)),
        (QueueStatus.OFFLINE | QueueStatus.NOT_AVAILABLE, QueueState.STOPPED, ("offline-report",)),
        (QueueStatus.DOOR_OPEN, QueueState.STOPPED, ("cover-open-error",)),
    ],
    ids=str,
)
def test_states_and_reasons_are_those_of_ipp(status: QueueStatus, state: QueueState, reasons: tuple[str, ...]) -> None:
    assert (state_of(status), reasons_of(status)) == (state, reasons)


def test_a_queue_set_to_work_offline_is_stopped() -> None:
    told = queue_from(record(flags=QueueFlag.WORK_OFFLINE), (), {})
    assert (told.state, told.reasons) == (QueueState.STOPPED, ("offline-report",))


@pytest.mark.parametrize(
    ("asked", "name"),
    [
        ("Front desk", "Front desk"),
        (r"a\b,c!d", "a_b_c_d"),
        ("  ", "printer"),
        ("x" * 300, "x" * 220),
        ("Büro", "Büro"),
    ],
)
def test_names_are_made_such_that_windows_takes_them(asked: str, name: str) -> None:
    assert queue_name(asked) == name


def test_addresses_go_to_the_cmdlet_as_http_with_their_port() -> None:
    assert http_url("ipp://localhost:39149/ipp/print/a") == "http://localhost:39149/ipp/print/a"
    assert http_url("ipp://[::1]/ipp/print/a") == "http://[::1]:631/ipp/print/a"
    assert ipp_uri("https://h/x") == "ipps://h/x" and ipp_uri("USB001") == "USB001"
    assert endpoint_port("ipp://[::1]:39150/ipp/print/a") == 39150


def test_what_changed_between_two_looks_is_told() -> None:
    a, b = (queue_from(record(name=name), (), {}) for name in "ab")
    moved = queue_from(record(name="b", comment="new"), (), {})
    told = [(event.name, event.change) for event in changes((a, b), (moved, queue_from(record(name="c"), (), {})))]
    assert told == [("a", QueueChange.REMOVED), ("c", QueueChange.ADDED), ("b", QueueChange.CHANGED)]
