"""One device at one address: the IPP operations a delivery needs, and errors in our own words.

Owns: the connections of its client, which are closed when idle; ``aclose`` closes the rest.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Final

import attrs
import trio

from tympan_ipp_submission._address import Address
from tympan_ipp_submission._errors import (
    DeviceAway,
    DeviceConfused,
    DeviceRefused,
    DeviceSilent,
    DeviceUntrusted,
    DeviceWantsTls,
    SubmissionError,
)
from tympan_ipp_submission._limits import (
    ASK_TIMEOUT_S,
    CREATE_TIMEOUT_S,
    JOBS_LISTED,
    LOOK_TIMEOUT_S,
    RENDER_STALL_S,
    STALL_TIMEOUT_S,
)
from tympan_ipp_submission._model import DeviceFacts, JobReport
from tympan_net import ipp_client, tls
from tympan_wire.ipp import Attribute, Group, GroupTag, Message, Operation, Status, attr, status_keyword

EVERYTHING: Final = ("all", "media-col-database")
"""What the watcher asks for: the database comes only when named (PWG 5100.14)."""

BEFORE_A_JOB: Final = (
    "printer-state",
    "printer-state-reasons",
    "printer-state-message",
    "printer-is-accepting-jobs",
    "printer-up-time",
    "printer-uri-supported",
    "document-format-supported",
    "operations-supported",
    "compression-supported",
    "color-supported",
    "pwg-raster-document-resolution-supported",
    "pwg-raster-document-sheet-back",
    "pwg-raster-document-type-supported",
    "printer-resolution-supported",
    "urf-supported",
)
"""What a delivery must know: a small answer costs a millisecond, the whole one several."""

STATE_ONLY: Final = BEFORE_A_JOB[:5]
"""Why a job does not move."""

NAME_BYTES: Final = 255
"""The most an IPP name may have (RFC 8011 section 5.1.3)."""

JOB_NAMES: Final = (
    "job-id",
    "job-uri",
    "job-uuid",
    "job-name",
    "job-originating-user-name",
    "job-state",
    "job-state-reasons",
    "job-state-message",
    "job-impressions-completed",
    "job-media-sheets-completed",
    "job-printer-up-time",
    "time-at-creation",
    "time-at-processing",
)


@attrs.frozen(kw_only=True)
class NewDeviceJob:
    """What a device is told when a job is made: name, user, job attributes in the user's order."""

    name: str
    user: str
    attributes: tuple[Attribute, ...]


@attrs.frozen(kw_only=True)
class Shipment:
    """A document on its way: format, compression keyword, and the bytes."""

    format: str
    compression: str
    pieces: AsyncIterator[bytes]


@attrs.frozen(kw_only=True)
class Taken:
    """The device took a job. ``dropped`` names attributes it said it ignores or substitutes."""

    report: JobReport
    dropped: tuple[str, ...] = ()


class Device:
    """Speaks IPP with one device.

    Args:
        address: Where.
        fingerprint: The certificate it must show, when ``address`` is secure.
    """

    def __init__(self, address: Address, fingerprint: str = "") -> None:
        self.address = address
        trust = ipp_client.Pinned(fingerprint) if address.secure else None
        self._client = ipp_client.IppClient(address.uri, trust=trust, limits=_CLIENT_LIMITS)

    async def aclose(self) -> None:
        """Closes its connections."""
        await self._client.aclose()

    @staticmethod
    async def first_fingerprint(address: Address) -> str:
        """The certificate the device shows now; nothing is sent to it."""
        with _our_errors():
            return await tls.fetch_fingerprint(address.host, address.port)

    async def facts(self, wanted: tuple[str, ...]) -> tuple[DeviceFacts, Message]:
        """Get-Printer-Attributes; in IPP/1.1 where the device knows no newer."""
        try:
            answer = await self._ask(
                Operation.GET_PRINTER_ATTRIBUTES, attr.keyword("requested-attributes", *wanted), within_s=LOOK_TIMEOUT_S
            )
        except (DeviceRefused, DeviceConfused) as error:
            if not _maybe_too_new(error) or not self.speak_older():
                raise
            return await self._facts_in_older(wanted)
        return DeviceFacts.of(answer), answer

    async def _facts_in_older(self, wanted: tuple[str, ...]) -> tuple[DeviceFacts, Message]:
        """The version is kept only when it was what the device minded."""
        try:
            return await self.facts(wanted)
        except SubmissionError:
            self._client.version = _NEWER
            raise

    def speak_older(self) -> bool:
        """From now on IPP/1.1; False when that is spoken already."""
        if self._client.version != _NEWER:
            return False
        self._client.version = _OLDER
        return True

    async def validate(self, job: NewDeviceJob, media_type: str) -> None:
        """Validate-Job."""
        await self._ask(
            Operation.VALIDATE_JOB,
            *_naming(job),
            attr.mime("document-format", media_type),
            job=job,
            within_s=CREATE_TIMEOUT_S,
        )

    async def create_job(self, job: NewDeviceJob) -> Taken:
        """Create-Job."""
        answer = await self._ask(Operation.CREATE_JOB, *_naming(job), job=job, within_s=CREATE_TIMEOUT_S)
        taken = _taken(answer)
        if not taken.report.id:
            raise DeviceConfused("The device made a job without a number.")
        return taken

    async def send_document(self, job_id: int, user: str, shipment: Shipment) -> Taken:
        """Send-Document with the last-document flag."""
        operation = (_user(user), *_shipping(shipment), attr.boolean("last-document", True))
        return _taken(await self._ask(Operation.SEND_DOCUMENT, *operation, job_id=job_id, shipment=shipment))

    async def print_job(self, job: NewDeviceJob, shipment: Shipment) -> Taken:
        """Print-Job."""
        operation = (*_naming(job), *_shipping(shipment))
        return _taken(await self._ask(Operation.PRINT_JOB, *operation, job=job, shipment=shipment))

    async def cancel_job(self, job_id: int, user: str) -> None:
        """Cancel-Job."""
        await self._ask(Operation.CANCEL_JOB, _user(user), job_id=job_id)

    async def job(self, job_id: int, user: str) -> JobReport:
        """Get-Job-Attributes."""
        answer = await self._ask(
            Operation.GET_JOB_ATTRIBUTES,
            _user(user),
            attr.keyword("requested-attributes", *JOB_NAMES),
            job_id=job_id,
        )
        report = JobReport.of(answer.first(GroupTag.JOB))
        if not report.state:
            raise DeviceConfused("The device tells no state of the job.")
        return attrs.evolve(report, id=report.id or job_id)

    async def jobs(self, which: str, user: str) -> tuple[JobReport, ...]:
        """Get-Jobs: ``which`` is ``completed`` or ``not-completed``."""
        answer = await self._ask(
            Operation.GET_JOBS,
            _user(user),
            attr.integer("limit", JOBS_LISTED),
            attr.keyword("requested-attributes", *JOB_NAMES),
            attr.keyword("which-jobs", which),
        )
        return tuple(JobReport.of(group) for group in answer.groups_of(GroupTag.JOB))

    async def known_jobs(self, user: str) -> tuple[JobReport, ...]:
        """All the device remembers; in this order, so that a job that ends between the two questions is in one."""
        return await self.jobs("not-completed", user) + await self.jobs("completed", user)

    async def _ask(
        self,
        operation: Operation,
        *attributes: Attribute,
        job_id: int | None = None,
        job: NewDeviceJob | None = None,
        shipment: Shipment | None = None,
        within_s: float = ASK_TIMEOUT_S,
    ) -> Message:
        groups = (Group(GroupTag.JOB, job.attributes),) if job is not None and job.attributes else ()
        request = self._client.build(operation, *attributes, job_id=job_id, groups=groups)
        with _our_errors():
            if shipment is None:
                with trio.fail_after(within_s):
                    answer = await self._client.request(request)
            else:
                answer = await self._client.request(request, shipment.pieces)
        if answer.code >= _FIRST_ERROR:
            raise _refused(answer)
        return answer


_FIRST_ERROR: Final = 0x0100
"""Statuses below are successes; above come redirections and errors (RFC 8011 appendix B)."""

_CLIENT_LIMITS: Final = ipp_client.ClientLimits(
    connect_timeout_s=LOOK_TIMEOUT_S, send_timeout_s=STALL_TIMEOUT_S, document_timeout_s=RENDER_STALL_S + 60.0
)
_HTTP_MEANS: Final = {
    401: Status.CLIENT_ERROR_NOT_AUTHENTICATED,
    403: Status.CLIENT_ERROR_FORBIDDEN,
    413: Status.CLIENT_ERROR_REQUEST_ENTITY_TOO_LARGE,
    503: Status.SERVER_ERROR_SERVICE_UNAVAILABLE,
}
"""HTTP statuses of devices that answer below IPP."""

_NEWER: Final = (2, 0)
_OLDER: Final = (1, 1)
_MAYBE_TOO_NEW: Final = (Status.CLIENT_ERROR_BAD_REQUEST, Status.SERVER_ERROR_VERSION_NOT_SUPPORTED)
_HTTP_BAD_REQUEST: Final = 400
_HTTP_UPGRADE_REQUIRED: Final = 426


def _maybe_too_new(error: SubmissionError) -> bool:
    """Whether the version may be what the device minds; some say so below IPP, with an HTTP 400."""
    if isinstance(error, DeviceRefused):
        return error.status in _MAYBE_TOO_NEW
    cause = error.__cause__
    return isinstance(cause, ipp_client.HttpStatusError) and cause.status == _HTTP_BAD_REQUEST


@contextmanager
def _our_errors() -> Iterator[None]:
    """Errors of the network in this plugin's words, the cause chained."""
    try:
        yield
    except trio.TooSlowError as error:
        raise DeviceSilent("It did not answer in time.") from error
    except ipp_client.CertificateChanged as error:
        raise DeviceUntrusted(
            f"The device shows another certificate than before (pinned {error.expected}, found {error.found})."
        ) from error
    except ipp_client.TimedOut as error:
        raise DeviceSilent(str(error)) from error
    except (ipp_client.Unreachable, ipp_client.TlsFailed) as error:
        raise DeviceAway(str(error)) from error
    except ipp_client.HttpStatusError as error:
        raise _http_refused(error) from error
    except ipp_client.NetError as error:
        raise DeviceConfused(str(error)) from error


def _http_refused(error: ipp_client.HttpStatusError) -> DeviceRefused | DeviceConfused:
    if error.status == _HTTP_UPGRADE_REQUIRED:
        return DeviceWantsTls(str(error))
    status = _HTTP_MEANS.get(error.status)
    return DeviceRefused(str(error), status=status) if status else DeviceConfused(str(error))


def _refused(answer: Message) -> DeviceRefused:
    said = answer.operation.string("status-message") or ""
    unsupported = tuple(entry.name for entry in answer.first(GroupTag.UNSUPPORTED))
    cause = f"It answered {status_keyword(answer.code)}{f': {said}' if said else ''}."
    return DeviceRefused(cause, status=answer.code, unsupported=unsupported)


def _taken(answer: Message) -> Taken:
    dropped = tuple(dict.fromkeys(entry.name for entry in answer.first(GroupTag.UNSUPPORTED)))
    return Taken(report=JobReport.of(answer.first(GroupTag.JOB)), dropped=dropped)


def _naming(job: NewDeviceJob) -> tuple[Attribute, ...]:
    return (_user(job.user), attr.name_("job-name", sent_name(job.name)))


def _user(user: str) -> Attribute:
    return attr.name_("requesting-user-name", sent_user(user))


def _shipping(shipment: Shipment) -> tuple[Attribute, ...]:
    packed = (attr.keyword("compression", shipment.compression),) if shipment.compression != "none" else ()
    return (*packed, attr.mime("document-format", shipment.format))


def sent_name(name: str, *, most: int = NAME_BYTES) -> str:
    """A ``job-name`` as it is sent, never empty: a device would make one up, and the job could not be found by it."""
    return _short(name, most) or "Untitled"


def sent_user(user: str) -> str:
    """A ``requesting-user-name`` as it is sent."""
    return _short(user, NAME_BYTES) or "anonymous"


def _short(name: str, most: int) -> str:
    """One line of at most so many bytes."""
    line = "".join(character if character.isprintable() else " " for character in name).strip()
    return line.encode("utf-8", "replace")[:most].decode("utf-8", "ignore").rstrip()
