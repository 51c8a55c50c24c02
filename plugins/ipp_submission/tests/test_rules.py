"""Pure rules: states, statuses, ends, evidence, addresses, tickets, formats."""

from __future__ import annotations

import subprocess
import sys

import attrs
import pytest
from submission_bench import ticket

from tympan.plugin import Aborted, CanceledAtDevice, Completed, Deferred
from tympan_ipp_submission import _kinship, _rules
from tympan_ipp_submission._address import Address, offered
from tympan_ipp_submission._device import sent_name, sent_user
from tympan_ipp_submission._errors import DeviceAway, DeviceRefused, DeviceUntrusted, PinNotKept
from tympan_ipp_submission._evidence import Evidence, Step
from tympan_ipp_submission._format import Direct, RenderPlan, Unprintable, choose, compression, media_types
from tympan_ipp_submission._layout import back_transform, chosen_pages, place
from tympan_ipp_submission._limits import EVIDENCE_BYTES
from tympan_ipp_submission._model import DeviceFacts, JobReport, RasterOffer
from tympan_ipp_submission._sniff import true_type
from tympan_ipp_submission._ticket import Ticket, media_um
from tympan_wire.ipp import (
    Attribute,
    Group,
    GroupTag,
    JobState,
    Message,
    PrinterState,
    Resolution,
    Status,
    Tag,
    Value,
    attr,
)

EVIDENCE = Evidence(step=Step.CREATED, uri="ipp://x/", name="a", user="u", at=5.0, up_time_s=100, job_id=7)
BOTH = frozenset({"srgb_8", "sgray_8"})
RASTER = RasterOffer(dpi=(150, 300, 600), types=BOTH)


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        (DeviceFacts(), "none"),
        (DeviceFacts(state=PrinterState.PROCESSING, reasons=("toner-low-warning",)), "none"),
        (DeviceFacts(state=PrinterState.STOPPED), "printer-stopped"),
        (DeviceFacts(state=PrinterState.STOPPED, reasons=("toner-low-report", "door-open-error")), "door-open-error"),
        (DeviceFacts(state=PrinterState.STOPPED, reasons=("paused",)), "paused"),
        (DeviceFacts(accepting=False), "printer-not-accepting-jobs"),
    ],
)
def test_the_condition_of_a_device(facts: DeviceFacts, reason: str) -> None:
    found = _rules.condition(facts)
    assert (found.reason, bool(found.detail)) == (reason, reason != "none")


@pytest.mark.parametrize(
    ("status", "kind", "reason"),
    [
        (Status.SERVER_ERROR_BUSY, Deferred, "printer-busy"),
        (Status.SERVER_ERROR_NOT_ACCEPTING_JOBS, Deferred, "printer-not-accepting-jobs"),
        (Status.SERVER_ERROR_PRINTER_IS_DEACTIVATED, Deferred, "printer-stopped"),
        (Status.SERVER_ERROR_INTERNAL_ERROR, Deferred, "other-error"),
        (Status.CLIENT_ERROR_DOCUMENT_FORMAT_NOT_SUPPORTED, Aborted, "unsupported-document-format"),
        (Status.CLIENT_ERROR_NOT_AUTHENTICATED, Aborted, "account-authorization-failed"),
        (Status.CLIENT_ERROR_BAD_REQUEST, Aborted, "aborted-by-system"),
        (0x04FE, Aborted, "aborted-by-system"),
    ],
)
def test_a_refusal(status: int, kind: type, reason: str) -> None:
    outcome = _rules.refusal(DeviceRefused("It said no.", status=status))
    assert isinstance(outcome, kind) and outcome.reason == reason


def test_troubles_name_the_next_step() -> None:
    assert _rules.trouble(DeviceAway("gone."), "p").reason == "offline-report"
    assert "trust" not in _rules.trouble(PinNotKept("no space."), "p").detail
    changed = _rules.trouble(DeviceUntrusted("old, new."), "p")
    assert changed.reason == "certificate-changed" and changed.detail.endswith("tympan printers trust p")


@pytest.mark.parametrize(
    ("report", "again"),
    [
        (JobReport(state=JobState.ABORTED, impressions=0, started=False), True),
        (JobReport(state=JobState.ABORTED, impressions=0, started=True), False),
        (JobReport(state=JobState.ABORTED, impressions=3, started=True), False),
        (JobReport(state=JobState.ABORTED, impressions=0), False),
        (JobReport(state=JobState.ABORTED, started=False, reasons=("document-format-error",)), False),
        (JobReport(state=JobState.CANCELED, started=False, reasons=("job-canceled-at-device",)), False),
        (JobReport(state=JobState.COMPLETED, impressions=0, started=False), False),
    ],
)
def test_only_what_the_device_never_began_is_sent_again(report: JobReport, again: bool) -> None:
    assert _rules.may_send_again(report) is again


def test_the_ends_of_jobs() -> None:
    assert _rules.outcome_of(JobReport(state=JobState.COMPLETED, impressions=4)) == Completed(impressions=4)
    assert _rules.outcome_of(JobReport(state=JobState.COMPLETED, impressions=0)) == Completed(impressions=None)
    for doubt in ("job-completed-with-errors", "job-completed-with-warnings"):
        ended = _rules.outcome_of(JobReport(state=JobState.COMPLETED, impressions=4, reasons=(doubt,), message="hm"))
        assert isinstance(ended, Completed) and doubt in ended.detail and "hm" in ended.detail
    assert isinstance(_rules.outcome_of(JobReport(state=JobState.CANCELED)), CanceledAtDevice)
    aborted = _rules.outcome_of(JobReport(state=JobState.ABORTED, reasons=("document-format-error",)))
    assert isinstance(aborted, Aborted) and aborted.reason == "document-format-error"


def test_evidence_survives_and_fits() -> None:
    assert Evidence.decode(EVIDENCE.encode()) == EVIDENCE
    long = Evidence(step=Step.SENT, uri="ipp://x/" + "y" * 900, name="ä" * 5000, user="\ud800" * 999)
    assert len(long.encode()) <= EVIDENCE_BYTES
    worst = Evidence(
        step=Step.SENT,
        uri="ipp://x/" + "\0" * 1000,
        name="\0" * 999,
        user="\0" * 999,
        job_uri="ipp://x/" + "y" * 40_000,
        job_uuid="\0" * 40_000,
    )
    assert len(worst.encode()) <= EVIDENCE_BYTES
    kept = Evidence.decode(worst.encode())
    assert kept is not None and (kept.job_uri, kept.job_uuid) == ("", worst.job_uuid)
    for damaged in (b"", b"{}", b"[]", b"\xff", b'{"step": "nonsense", "uri": ""}'):
        assert Evidence.decode(damaged) is None


def test_a_job_is_ours_by_uuid_else_by_name_and_time() -> None:
    known = Evidence(step=Step.SENT, uri="", name="a", up_time_s=100, job_id=7, job_uuid="urn:1")
    assert _kinship.same_job(JobReport(uuid="urn:1", name="other"), known)
    assert not _kinship.same_job(JobReport(uuid="urn:2", name="a"), known)
    long = Evidence(step=Step.SENT, uri="", name="a", job_uuid="urn:" + "x" * 5000)
    assert _kinship.same_job(JobReport(uuid="urn:" + "x" * 5000), long)
    assert not _kinship.same_job(JobReport(uuid="urn:" + "x" * 4999), long)
    assert _kinship.same_job(JobReport(name="a", created_s=101), EVIDENCE)
    assert not _kinship.same_job(JobReport(name="b", created_s=101), EVIDENCE)
    assert not _kinship.same_job(JobReport(name="a", created_s=3), EVIDENCE)


@pytest.mark.parametrize(
    ("shown", "sent", "expected"),
    [
        ("letter", "letter", "exact"),
        ("Bericht f?r Ada", "Bericht für Ada", "cleaned"),
        ("quarterly re", "quarterly report 2026", "cleaned"),
        ("QUARTERLY_REPORT", "quarterly report", "cleaned"),
        ("報告書報告書報告", "報告書報告書報告書", "cleaned"),
        ("qua", "quarterly report", "other"),
        ("???", "報告書", "untold"),
        ("", "letter", "untold"),
        ("Print Job", "letter", "other"),
    ],
)
def test_names_as_devices_make_them(shown: str, sent: str, expected: str) -> None:
    assert _kinship.likeness(shown, sent, telling=8).value == expected


def test_names_are_sent_as_they_are_recorded() -> None:
    assert (sent_name(""), sent_name("\n\t"), sent_user("")) == ("Untitled", "Untitled", "anonymous")
    assert sent_name("a\nb\0") == "a b" and len(sent_name("報" * 200).encode()) == 255


def test_candidates_are_newer_and_ours() -> None:
    mark = Evidence(step=Step.PRINTING, uri="", name="a", user="u", up_time_s=100, newest_id=4)
    ours = JobReport(id=5, name="a", user="u", created_s=101)
    others = (
        JobReport(id=4, name="a", user="u", created_s=101),
        JobReport(id=6, name="b", user="u", created_s=101),
        JobReport(id=7, name="a", user="w", created_s=101),
        JobReport(id=8, name="a", user="u", created_s=900),
    )
    assert _kinship.candidates((ours, *others), mark) == (ours,)
    assert _kinship.restarted(3, mark) and not _kinship.restarted(100, mark) and not _kinship.restarted(0, mark)


def test_a_newer_job_that_may_be_ours_is_doubtful() -> None:
    mark = Evidence(step=Step.PRINTING, uri="", name="letter to Bo", user="ada", up_time_s=100, newest_id=4)
    doubtful = (
        JobReport(id=5, name="Print Job", user="ada", created_s=101),
        JobReport(id=6, name="Print Job", created_s=101),
        JobReport(id=7, name="letter to Bo", user="guest", created_s=101),
        JobReport(id=8, name="letter to Bo", user="ada", created_s=900),
    )
    others = (
        JobReport(id=4, name="letter to Bo", user="ada"),
        JobReport(id=9, name="letter to Bo", user="ada", created_s=50),
        JobReport(id=10, name="another", user="bob", created_s=101),
    )
    assert _kinship.doubtful((*doubtful, *others), mark) == doubtful
    assert _kinship.candidates((*doubtful, *others), mark) == ()


@pytest.mark.parametrize(
    ("uri", "expected"),
    [
        ("ipp://h/ipp/print", "ipp://h:631/ipp/print"),
        ("http://h/x?y=1", "ipp://h:80/x?y=1"),
        ("https://[::1]/", "ipps://[::1]:443/"),
        ("ipps://H.example:9", "ipps://h.example:9/"),
    ],
)
def test_addresses(uri: str, expected: str) -> None:
    assert Address.parse(uri).uri == expected


@pytest.mark.parametrize("uri", ["lpd://h/", "ipp:///x", "ipp://h:0/", "ipp://h:65536/", "ipp://h:ipp/"])
def test_a_port_that_is_none_is_no_address_and_does_not_become_the_usual_one(uri: str) -> None:
    with pytest.raises(ValueError, match=r"no address|[Pp]ort"):
        Address.parse(uri)


def test_an_offered_address_keeps_our_host() -> None:
    plain = Address.parse("ipp://10.0.0.5/ipp/print")
    uris = ("ipp://p.local/ipp/print", "nonsense", "ipps://evil.example:1443/other", "ipps://p.local:444/ipp/print")
    better = offered(plain, uris)
    assert better is not None and better.uri == "ipps://10.0.0.5:444/ipp/print"
    assert offered(plain, ("ipp://p.local/ipp/print",)) is None


def test_a_ticket_goes_through_whole() -> None:
    strange = Attribute("x-vendor", (Value(0x7E, b"\0\1"), Value(Tag.NO_VALUE, None)))
    known = attr.keyword("sides", "two-sided-long-edge")
    read = Ticket.read(ticket(strange, known, attr.name_("job-name", "dropped")))
    assert read.attributes == (strange, known) and read.adapted == ()


def test_a_ticket_is_adapted_with_a_reason() -> None:
    column = attr.collection("media-col", [attr.keyword("media-size-name", "na_letter_8.5x11in")])
    read = Ticket.read(ticket(attr.keyword("media", "iso_a4_210x297mm"), column))
    assert [entry.name for entry in read.attributes] == ["media-col"] and "media-col" in read.adapted[0]
    assert read.media_um == (215_900, 279_400)
    assert "damaged" in Ticket.read(b"garbage").adapted[0]
    assert media_um("iso_a4_210x297mm") == (210_000, 297_000) and media_um("a4") is None


@pytest.mark.parametrize(
    ("declared", "head", "expected"),
    [
        ("application/octet-stream", b"%PDF-1.4", "application/pdf"),
        ("", b"junk\n%PDF-1.4", "application/pdf"),
        ("application/octet-stream", b"UNIRAST\0", "image/urf"),
        ("application/octet-stream", b"RaS2", "image/pwg-raster"),
        ("application/octet-stream", b"\xff\xd8\xff\xe0", "image/jpeg"),
        ("application/octet-stream", b"%!PS", "application/postscript"),
        ("application/octet-stream", b"hello", "application/octet-stream"),
        ("Text/Plain; charset=utf-8", b"%PDF-1.4", "text/plain"),
    ],
)
def test_true_types(declared: str, head: bytes, expected: str) -> None:
    assert true_type(declared, head) == expected


def test_formats() -> None:
    both = DeviceFacts(formats=frozenset({"application/pdf", "image/pwg-raster"}), raster=RASTER)
    raster = DeviceFacts(formats=frozenset({"image/pwg-raster"}), raster=RASTER)
    jpeg = DeviceFacts(formats=frozenset({"image/jpeg"}))
    assert choose("application/pdf", both, Ticket()) == Direct(format="application/pdf")
    plan = choose("application/pdf", raster, Ticket())
    assert isinstance(plan, RenderPlan) and (plan.dpi, plan.color, plan.format) == (300, True, "image/pwg-raster")
    assert isinstance(choose("application/pdf", DeviceFacts(formats=frozenset({"image/urf"})), Ticket()), Unprintable)
    assert media_types(both) == ("application/pdf", "image/pwg-raster")
    assert media_types(jpeg) == ("application/pdf", "image/jpeg")
    assert media_types(DeviceFacts(formats=frozenset({"image/urf"}))) == ("image/urf",)


@pytest.mark.parametrize(
    ("keys", "offer"),
    [
        (("V1.4", "CP1", "W8", "SRGB24", "RS600-300", "DM1"), RasterOffer(dpi=(300, 600), types=BOTH)),
        (("W8", "RS600", "DM2"), RasterOffer(dpi=(600,), types=frozenset({"sgray_8"}), sheet_back="flipped")),
        (("w8", "srgb24", "rs300", "dm3"), RasterOffer(dpi=(300,), types=BOTH, sheet_back="rotated")),
        (("SRGB24", "RS300", "DM4"), RasterOffer(dpi=(300,), types=frozenset({"srgb_8"}), sheet_back="manual-tumble")),
        (
            ("W8", "RS0", "RS", "RS-300", "RS300-", "RS9999999", "ADOBERGB24-48", "DM9"),
            RasterOffer(types=frozenset({"sgray_8"})),
        ),
        ((), RasterOffer()),
    ],
)
def test_the_keys_of_urf_are_read(keys: tuple[str, ...], offer: RasterOffer) -> None:
    told = [attr.keyword("urf-supported", *keys)] if keys else []
    assert RasterOffer.of_urf(Group(GroupTag.PRINTER, told)) == offer
    assert offer.usable == bool(offer.dpi)


def test_urf_is_rendered_where_there_is_no_pwg_raster() -> None:
    urf = DeviceFacts(formats=frozenset({"image/urf", "image/jpeg"}), urf=RasterOffer(dpi=(600,), types=BOTH))
    plan = choose("application/pdf", urf, Ticket.read(ticket(attr.keyword("sides", "two-sided-long-edge"))))
    assert isinstance(plan, RenderPlan)
    assert (plan.format, plan.dpi, plan.color, plan.duplex) == ("image/urf", 600, True, True)
    gray = attrs.evolve(urf, urf=RasterOffer(dpi=(600,), types=frozenset({"srgb_8"})))
    plan = choose("application/pdf", gray, Ticket.read(ticket(attr.keyword("print-color-mode", "monochrome"))))
    assert isinstance(plan, RenderPlan) and (plan.color, plan.grays) == (True, True)


def test_a_picture_has_the_resolution_of_its_device() -> None:
    told = attr.resolution("printer-resolution-supported", Resolution(600, 600), Resolution(1200, 600))
    mime = attr.mime("document-format-supported", "image/jpeg")
    answer = Message(version=(2, 0), code=0, request_id=1, groups=(Group(GroupTag.PRINTER, [told, mime]),))
    plan = choose("application/pdf", DeviceFacts.of(answer), Ticket())
    assert isinstance(plan, RenderPlan) and (plan.format, plan.dpi) == ("image/jpeg", 600)


@pytest.mark.parametrize(("asked", "dpi"), [(600, 600), (300, 300), (450, 300)])
def test_a_resolution_asked_for_is_taken_where_the_device_has_it(asked: int, dpi: int) -> None:
    facts = DeviceFacts(formats=frozenset({"image/pwg-raster"}), raster=RASTER)
    order = Ticket.read(ticket(attr.resolution("printer-resolution", Resolution(asked, asked))))
    plan = choose("application/pdf", facts, order)
    assert isinstance(plan, RenderPlan) and plan.dpi == dpi


def test_the_ticket_steers_rendering() -> None:
    raster = DeviceFacts(formats=frozenset({"image/pwg-raster"}), raster=RASTER)
    order = Ticket.read(
        ticket(
            attr.keyword("print-color-mode", "monochrome"),
            attr.enum("print-quality", 5),
            attr.keyword("sides", "two-sided-short-edge"),
        )
    )
    plan = choose("application/pdf", raster, order)
    assert isinstance(plan, RenderPlan)
    assert (plan.color, plan.dpi, plan.duplex, plan.tumble, plan.quality) == (False, 600, True, True, 5)


@pytest.mark.parametrize(
    ("sheet_back", "tumble", "expected"),
    [
        ("normal", False, (1, 1)),
        ("flipped", False, (1, -1)),
        ("flipped", True, (-1, 1)),
        ("rotated", False, (-1, -1)),
        ("rotated", True, (1, 1)),
        ("manual-tumble", False, (1, 1)),
        ("manual-tumble", True, (-1, -1)),
    ],
)
def test_back_sides(sheet_back: str, tumble: bool, expected: tuple[int, int]) -> None:
    plan = RenderPlan(format="image/pwg-raster", dpi=300, color=True, duplex=True, tumble=tumble, sheet_back=sheet_back)
    assert back_transform(plan) == expected


def test_placing_pages() -> None:
    a4 = RenderPlan(format="image/pwg-raster", dpi=300, color=True, media_um=(210_000, 297_000))
    portrait, landscape, a3 = place((595, 842), a4), place((842, 595), a4), place((842, 1191), a4)
    assert (portrait.width, portrait.height, portrait.quarter_turns) == (2480, 3508, 0)
    assert (landscape.width, landscape.height, landscape.quarter_turns) == (2480, 3508, 1)
    unasked = place((842, 595), RenderPlan(format="image/urf", dpi=300, color=True))
    assert (unasked.width, unasked.height, unasked.quarter_turns) == (2479, 3508, 1), "a phone asks for no paper"
    assert a3.page_width <= 2480 and a3.page_height <= 3508 and a3.page_height > 3400
    assert chosen_pages(5, ((2, 3), (5, 99))) == [1, 2, 4] and chosen_pages(2, ()) == [0, 1]


def test_compression_only_where_it_pays() -> None:
    facts = DeviceFacts(compressions=frozenset({"none", "gzip"}))
    text = "text/plain"
    assert compression(facts, loopback=False, media_type=text, size_bytes=100_000) == "gzip"
    assert compression(facts, loopback=True, media_type=text, size_bytes=100_000) == "none"
    assert compression(facts, loopback=False, media_type="application/pdf", size_bytes=100_000) == "none"
    assert compression(DeviceFacts(), loopback=False, media_type=text, size_bytes=100_000) == "none"


def test_starting_the_plugin_imports_no_renderer_and_no_http_client() -> None:
    program = (
        "import sys, tympan_ipp_submission.plugin as p; p.register_services(); p.register_routes();"
        "print([name for name in ('pypdfium2', 'PIL', 'pyipp', 'httpx', 'aiohttp') if name in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert found.stdout.strip() == "[]"
