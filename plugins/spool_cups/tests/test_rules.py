"""The pure rules: addresses, names, whose a queue is, what it lacks, what changed."""

import pytest

from tympan.plugin import Queue, QueueChange, QueueState
from tympan_spool_cups._model import Server
from tympan_spool_cups._rules import (
    changes,
    endpoint_port,
    is_ours,
    is_usable,
    locate_server,
    missing_for_ppd,
    parse_server,
    queue_from,
    queue_name,
    reasons_in_log,
)
from tympan_wire.ipp import Attribute, Group, GroupTag, Operation, Resolution, attr


@pytest.mark.parametrize(
    ("text", "server"),
    [
        ("/run/cups/cups.sock", Server(socket="/run/cups/cups.sock")),
        ("printhost", Server(host="printhost", port=631)),
        ("127.0.0.1:6310", Server(host="127.0.0.1", port=6310)),
        ("localhost:632/version=1.1", Server(host="localhost", port=632)),
        ("[::1]:633", Server(host="::1", port=633)),
    ],
)
def test_server_is_read_as_cups_programs_read_it(text: str, server: Server) -> None:
    assert parse_server(text) == server


def test_server_with_a_wrong_port_is_refused() -> None:
    with pytest.raises(ValueError, match="Port"):
        parse_server("host:printer")


def test_setting_goes_before_environment_before_socket_before_port() -> None:
    there = {"/run/cups/cups.sock"}.__contains__
    assert locate_server("a:1", {"CUPS_SERVER": "b:2"}, there) == Server(host="a", port=1)
    assert locate_server("", {"CUPS_SERVER": "b:2"}, there) == Server(host="b", port=2)
    assert locate_server(" ", {}, there) == Server(socket="/run/cups/cups.sock")
    assert locate_server("", {}, lambda _: False) == Server(host="localhost", port=631)


@pytest.mark.parametrize(
    ("server", "authority", "shown"),
    [
        (Server(socket="/s"), "localhost", "/s"),
        (Server(host="::1", port=7), "[::1]:7", "[::1]:7"),
    ],
)
def test_server_names_itself(server: Server, authority: str, shown: str) -> None:
    assert (server.authority, str(server)) == (authority, shown)


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("front-desk", "front-desk"),
        ("Büro 2", "Buro_2"),
        ("-x root", "x_root"),
        ("a/b#c", "a_b_c"),
        ("'; rm -rf ~", "rm_-rf"),
        ("印刷", "printer"),
        ("", "printer"),
        ("x" * 300, "x" * 127),
    ],
)
def test_queue_name_is_safe_for_cups_and_command_lines(name: str, safe: str) -> None:
    assert queue_name(name) == safe


@pytest.mark.parametrize(
    ("uri", "port"),
    [
        ("ipp://localhost:39149/ipp/print/front-desk", 39149),
        ("ipp://127.0.0.2:39149/ipp/print/x", 39149),
        ("http://[::1]:39150/ipp/print/x", 39150),
        ("ipp://localhost/ipp/print/x", 631),
        ("ipp://localhost:39149/ipp/printer/x", None),
        ("ipp://localhost:39149/printers/x", None),
        ("ipp://localhost.evil.example:39149/ipp/print/x", None),
        ("ipp://printer.example:39149/ipp/print/x", None),
        ("socket://localhost:39149/ipp/print/x", None),
        ("ipp://localhost:999999/ipp/print/x", None),
        ("ipp://[oops/ipp/print/x", None),
        ("", None),
    ],
)
def test_endpoint_is_known_by_its_loopback_address(uri: str, port: int | None) -> None:
    assert endpoint_port(uri) == port


def test_ours_needs_a_port_our_endpoint_has_had() -> None:
    uri = "ipp://localhost:8000/ipp/print/label"
    assert not is_ours(uri, (39149,))
    assert is_ours(uri, (39149, 8000))


def printer(*attributes: Attribute) -> Group:
    return Group(GroupTag.PRINTER, attributes)


def test_queue_is_read_from_what_cups_tells() -> None:
    group = printer(
        attr.name_("printer-name", "front"),
        attr.uri("device-uri", "ipp://localhost:39149/ipp/print/front"),
        attr.text("printer-info", "Front desk"),
        attr.text("printer-location", "Hall"),
        attr.enum("printer-state", 5),
        attr.keyword("printer-state-reasons", "paused", "offline-report"),
        attr.boolean("printer-is-accepting-jobs", False),
        attr.text("printer-make-and-model", "Eve - IPP Everywhere"),
    )
    assert queue_from(group, (39149,)) == Queue(
        name="front",
        uri="ipp://localhost:39149/ipp/print/front",
        info="Front desk",
        location="Hall",
        state=QueueState.STOPPED,
        reasons=("paused", "offline-report"),
        accepting=False,
        usable=True,
        ours=True,
        identity="ipp:localhost:39149/ipp/print/front",
        make_and_model="Eve - IPP Everywhere",
    )


def test_no_reason_is_no_reason() -> None:
    assert queue_from(printer(attr.keyword("printer-state-reasons", "none")), ()).reasons == ()


@pytest.mark.parametrize(
    ("model", "kind", "usable"),
    [
        ("Local Raw Printer", 4, False),
        ("Eve - IPP Everywhere", 4, True),
        ("Local Printer Class", 1, True),
        ("Local Raw Printer", 1, True),
    ],
)
def test_only_a_queue_with_a_ppd_or_a_class_is_usable(model: str, kind: int, usable: bool) -> None:
    group = printer(attr.text("printer-make-and-model", model), attr.enum("printer-type", kind))
    assert is_usable(group) is usable


def test_a_queue_that_says_nothing_of_its_model_is_not_usable() -> None:
    assert not is_usable(printer())


def test_changes_tell_what_came_went_and_changed() -> None:
    stays, goes, before = (Queue(name=name, uri="x") for name in ("stays", "goes", "turns"))
    after, comes = Queue(name="turns", uri="x", accepting=False), Queue(name="comes", uri="x")
    events = changes((stays, goes, before), (comes, after, stays))
    assert [(event.name, event.change) for event in events] == [
        ("goes", QueueChange.REMOVED),
        ("comes", QueueChange.ADDED),
        ("turns", QueueChange.CHANGED),
    ]


COMPLETE = (
    attr.mime("document-format-supported", "application/pdf", "image/pwg-raster", "image/urf"),
    attr.keyword("media-supported", "iso_a4_210x297mm"),
    attr.keyword("media-default", "iso_a4_210x297mm"),
    attr.enum("operations-supported", Operation.PRINT_JOB),
    attr.keyword("urf-supported", "W8", "RS300"),
    attr.resolution("pwg-raster-document-resolution-supported", Resolution(300, 300)),
)


def test_a_complete_endpoint_lacks_nothing() -> None:
    assert missing_for_ppd(printer(*COMPLETE)) == ()


@pytest.mark.parametrize("name", [each.name for each in COMPLETE])
def test_an_endpoint_without_one_attribute_is_told_so(name: str) -> None:
    left = printer(*(each for each in COMPLETE if each.name != name))
    assert [missing.split()[0] for missing in missing_for_ppd(left)] == [name]


def test_urf_without_a_resolution_is_told() -> None:
    rest = [each for each in COMPLETE if each.name != "urf-supported"]
    assert missing_for_ppd(printer(*rest, attr.keyword("urf-supported", "W8"))) == (
        "urf-supported with a resolution (RS)",
    )


def test_octets_alone_are_no_format_cups_can_make() -> None:
    rest = [each for each in COMPLETE if each.name != "document-format-supported"]
    octets = attr.mime("document-format-supported", "application/octet-stream")
    assert missing_for_ppd(printer(octets, *rest)) == ("a format CUPS can make: PDF, PWG raster, URF, JPEG",)


def test_log_gives_the_errors_of_one_queue_once() -> None:
    log = (
        "D [21/Nov/2026:06:33:36 +0000] front: Generating PPD\n"
        "E [21/Nov/2026:06:33:36 +0000] front: PPD creation failed: No media\n"
        "E [21/Nov/2026:06:33:37 +0000] front: PPD creation failed: No media\n"
        "E [21/Nov/2026:06:33:37 +0000] other: Unable to connect\n"
    )
    assert reasons_in_log(log, "front") == ("PPD creation failed: No media",)
    assert reasons_in_log(log, "fro.t") == ()


def test_a_queue_that_may_do_other_things_now_has_changed() -> None:
    before, after = (Queue(name="front", uri="x", revision=revision) for revision in "12")
    assert before == after
    assert [event.change for event in changes([before], [after])] == [QueueChange.CHANGED]
