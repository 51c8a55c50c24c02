"""Answers: what a virtual printer tells of itself and of its jobs as IPP attributes (RFC 8011 sections 5.3 and 5.4)."""

import datetime
from collections.abc import Callable, Iterator

from tympan_sim._addresses import CONTROL_PATH, ICON_PATH, Address
from tympan_sim._capabilities import capabilities, job_template, media_database
from tympan_sim._jobs import DeviceJob
from tympan_sim._printer import VirtualPrinter
from tympan_wire.ipp import Attribute, DateTime, attr

DATABASE = "media-col-database"
_MESSAGES = {
    "media-empty-error": "Out of paper.",
    "media-needed-error": "Out of paper.",
    "media-jam-error": "Paper jam.",
}


class Answers:
    """Attributes of one printer and its jobs, as of now."""

    def __init__(self, printer: VirtualPrinter, address: Address, *, wall: Callable[[], datetime.datetime]) -> None:
        self._printer = printer
        self._address = address
        self._wall = wall
        self._constant = (*capabilities(printer.profile), *_links(address))
        self._template = job_template(printer.profile)
        self._database = media_database(printer.profile)

    # ---- the printer ---------------------------------------------------------------------------------------------

    def of_printer(self, requested: frozenset[str]) -> tuple[Attribute, ...]:
        """Printer attributes: those asked for by name or group; the media database only by its own name."""
        every = "all" in requested
        found = self._picked(self._constant, requested, every or "printer-description" in requested)
        found += self._picked(self._template, requested, every or "job-template" in requested)
        found += self._picked(tuple(self._live()), requested, every or "printer-description" in requested)
        if DATABASE in requested:
            found.append(self._database)
        return tuple(found)

    @staticmethod
    def _picked(attributes: tuple[Attribute, ...], requested: frozenset[str], whole: bool) -> list[Attribute]:
        return [attribute for attribute in attributes if whole or attribute.name in requested]

    def _live(self) -> Iterator[Attribute]:
        printer = self._printer
        reasons = printer.stopped
        yield attr.enum("printer-state", printer.state)
        yield attr.keyword("printer-state-reasons", *(reasons or ("none",)))
        yield attr.text("printer-state-message", _MESSAGES[reasons[0]] if reasons else "")
        yield attr.boolean("printer-is-accepting-jobs", printer.accepting)
        yield attr.integer("queued-job-count", len(printer.active))
        yield attr.integer("printer-up-time", printer.up_time_s)
        yield attr.date_time("printer-current-time", DateTime.from_datetime(self._wall()))
        yield attr.integer("printer-state-change-time", printer.state_changed_s)
        yield self._dated("printer-state-change-date-time", printer.state_changed_s)
        yield attr.integer("printer-config-change-time", printer.config_changed_s)
        yield self._dated("printer-config-change-date-time", printer.config_changed_s)

    def _dated(self, name: str, at_s: int | None) -> Attribute:
        if at_s is None:
            return attr.no_value(name)
        age = datetime.timedelta(seconds=self._printer.up_time_s - at_s)
        return attr.date_time(name, DateTime.from_datetime(self._wall() - age))

    # ---- a job ---------------------------------------------------------------------------------------------------

    def of_new_job(self, job: DeviceJob, *, secure: bool) -> tuple[Attribute, ...]:
        """What Print-Job, Create-Job and Send-Document answer (RFC 8011 section 4.2.1.2)."""
        return tuple(self._naming(job, secure)) + tuple(self._state(job))

    def of_job(self, job: DeviceJob, requested: frozenset[str], *, secure: bool) -> tuple[Attribute, ...]:
        """Job attributes: those asked for by name or group."""
        every = "all" in requested
        description = tuple(self._description(job, secure))
        found = self._picked(description, requested, every or "job-description" in requested)
        known = {attribute.name for attribute in description}
        ticket = tuple(attribute for attribute in job.ticket if attribute.name not in known)
        return (*found, *self._picked(ticket, requested, every or "job-template" in requested))

    def _naming(self, job: DeviceJob, secure: bool) -> Iterator[Attribute]:
        yield attr.integer("job-id", job.id)
        yield attr.uri("job-uri", self._address.job_uri(job.id, secure=secure))
        yield attr.uri("job-uuid", job.uuid)

    def _state(self, job: DeviceJob) -> Iterator[Attribute]:
        yield attr.enum("job-state", job.state)
        yield attr.keyword("job-state-reasons", *job.reasons)
        yield attr.text("job-state-message", _MESSAGES.get(next(iter(self._printer.stopped), ""), ""))

    def _description(self, job: DeviceJob, secure: bool) -> Iterator[Attribute]:
        yield from self._naming(job, secure)
        yield from self._state(job)
        yield attr.name_("job-name", job.name)
        yield attr.name_("job-originating-user-name", job.user)
        yield attr.uri("job-printer-uri", self._address.printer_uri(secure=secure))
        yield attr.integer("job-printer-up-time", self._printer.up_time_s)
        yield from self._times(job)
        document = job.document
        yield attr.integer("job-k-octets", -(-document.bytes // 1024) if document else 0)
        yield attr.integer("job-impressions", job.impressions)
        yield attr.integer("job-impressions-completed", job.printed)
        yield attr.integer("job-media-sheets-completed", _sheets(job))
        yield attr.integer("number-of-documents", 1 if document else 0)
        if job.format:
            yield attr.mime("document-format", job.format)

    def _times(self, job: DeviceJob) -> Iterator[Attribute]:
        times = {"creation": job.created_s, "processing": job.processing_s, "completed": job.completed_s}
        for event, at_s in times.items():
            name = f"time-at-{event}"
            yield attr.integer(name, at_s) if at_s is not None else attr.no_value(name)
            yield self._dated(f"date-time-at-{event}", at_s)


def _sheets(job: DeviceJob) -> int:
    sides = next((attribute.value for attribute in job.ticket if attribute.name == "sides"), "one-sided")
    return job.printed if sides == "one-sided" else -(-job.printed // 2)


def _links(address: Address) -> Iterator[Attribute]:
    """Where the printer and its pages are; uri, security and authentication stand in parallel."""
    uris = [uri for uri in (address.uri, address.ipps_uri) if uri is not None]
    yield attr.uri("printer-uri-supported", *uris)
    yield attr.keyword("uri-security-supported", *["none", "tls"][: len(uris)])
    yield attr.keyword("uri-authentication-supported", *["none"] * len(uris))
    yield attr.uri("printer-more-info", address.web(CONTROL_PATH))
    yield attr.uri("printer-supply-info-uri", address.web(CONTROL_PATH))
    yield attr.uri("printer-icons", address.web(ICON_PATH))
