"""Pure rules: what a device's state, status or end of a job means for the job."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

import attrs

from tympan.plugin import Aborted, CanceledAtDevice, Completed, Deferred, Outcome
from tympan_ipp_submission._errors import (
    DeviceAway,
    DeviceConfused,
    DeviceRefused,
    DeviceUntrusted,
    PinNotKept,
    PrinterRemoved,
    SubmissionError,
)
from tympan_ipp_submission._limits import BUSY_RETRY_S
from tympan_ipp_submission._model import DeviceFacts, JobReport
from tympan_wire.ipp import JobState, PrinterState, Status, status_keyword

AWAY: Final = "offline-report"
"""IPP ``printer-state-reasons`` of a device that does not answer (RFC 8011 section 5.4.12)."""


@attrs.frozen(kw_only=True)
class Condition:
    """Whether and why the device cannot print now: an IPP keyword (``none`` when it can) and a sentence."""

    reason: str = "none"
    detail: str = ""

    @property
    def good(self) -> bool:
        """Whether it can print."""
        return self.reason == "none"


_SENTENCES: Final = {
    "media-empty": "The device is out of paper; load some and it goes on by itself.",
    "media-needed": "The device asks for paper; load it and it goes on by itself.",
    "media-jam": "Paper is jammed in the device; remove it and it goes on by itself.",
    "door-open": "A door of the device is open; close it.",
    "cover-open": "A cover of the device is open; close it.",
    "interlock-open": "A cover of the device is open; close it.",
    "toner-empty": "The device is out of toner; replace it.",
    "marker-supply-empty": "The device is out of ink or toner; replace it.",
    "marker-waste-full": "The device's waste container is full; replace it.",
    "output-area-full": "The device's output tray is full; empty it.",
    "input-tray-missing": "A paper tray of the device is missing; put it in.",
    "paused": "Somebody paused the device; resume it there.",
    "moving-to-paused": "Somebody pauses the device; resume it there.",
    "shutdown": "The device is shutting down.",
    "deactivated": "The device is deactivated; activate it.",
    "timed-out": "The device's print engine does not respond; restart it.",
}
_SEVERITIES: Final = ("-error", "-warning", "-report")


def bare(reason: str) -> str:
    """A ``printer-state-reasons`` keyword without its severity: ``media-empty-error`` is ``media-empty``."""
    return next((reason.removesuffix(end) for end in _SEVERITIES if reason.endswith(end)), reason)


def condition(facts: DeviceFacts) -> Condition:
    """Whether a device that answered can print now."""
    if facts.state == PrinterState.STOPPED:
        reason = _gravest(facts.reasons) or "printer-stopped"
        return Condition(reason=reason, detail=sentence(reason, facts.message))
    if not facts.accepting:
        return Condition(
            reason="printer-not-accepting-jobs", detail="The device takes no new jobs now; it is tried again."
        )
    return Condition()


def held(report: JobReport) -> Condition:
    """Whether and why the device holds a job back: for its PIN, or until a time."""
    why = next(iter(report.reasons), "job-hold-until-specified")
    return Condition(reason=why, detail=f"The device holds the job{_told(report)}; release it at its panel.")


def _gravest(reasons: tuple[str, ...]) -> str:
    """The reason that stops it: an error before one without severity, those before warnings and reports."""
    ranked = sorted(reasons, key=lambda name: (not name.endswith("-error"), name.endswith(("-warning", "-report"))))
    return ranked[0] if ranked else ""


def sentence(reason: str, message: str = "") -> str:
    """A sentence for the user about a reason the device gave."""
    known = _SENTENCES.get(bare(reason))
    if known:
        return known
    told = f" ({message})" if message else ""
    return f"The device has stopped: {bare(reason).replace('-', ' ')}{told}. Look at its panel."


def trouble(error: SubmissionError, printer: str) -> Condition:
    """What it means for a printer that its device could not be asked."""
    if isinstance(error, PinNotKept):
        return Condition(reason="other-error", detail=f"{error.cause} Nothing is sent to it until that works.")
    if isinstance(error, PrinterRemoved):
        return Condition(reason="printer-stopped", detail=error.cause)
    if isinstance(error, DeviceUntrusted):
        step = f"If the device was replaced or renewed its certificate, accept it with: tympan printers trust {printer}"
        return Condition(reason="certificate-changed", detail=f"{error.cause} {step}")
    if isinstance(error, DeviceAway):
        return Condition(reason=AWAY, detail=f"The device does not answer. {error.cause}")
    if isinstance(error, DeviceConfused):
        return Condition(reason="other-error", detail=f"The device's answer cannot be understood. {error.cause}")
    if isinstance(error, DeviceRefused) and error.status in _WANTS_LOGIN:
        return Condition(reason="account-authorization-failed", detail=f"The device wants a login. {error.cause}")
    return Condition(reason="other-error", detail=f"The device refuses to answer. {error.cause}")


def wait_for(found: Condition, *, retry_after_s: float | None = None) -> Deferred:
    """The job waits until the device is better."""
    return Deferred(reason=found.reason, detail=found.detail, retry_after_s=retry_after_s)


# ---------------------------------------------------------------------------------------------- refusals


class Cure(StrEnum):
    """What can be done about an error status before any document left."""

    WAIT = "wait"
    CONVERT = "convert"
    PLAIN = "plain"
    """Send without compression."""
    DROP = "drop"
    """Leave out the attributes the device named."""
    OLDER = "older"
    """Ask in IPP/1.1."""
    IN_ONE = "in-one"
    """Send job and document in one request."""
    GIVE_UP = "give-up"


_S = Status
_WANTS_LOGIN: Final = frozenset(
    {_S.CLIENT_ERROR_FORBIDDEN, _S.CLIENT_ERROR_NOT_AUTHENTICATED, _S.CLIENT_ERROR_NOT_AUTHORIZED}
)
_CURES: Final[Mapping[int, Cure]] = {
    _S.CLIENT_ERROR_DOCUMENT_FORMAT_NOT_SUPPORTED: Cure.CONVERT,
    _S.CLIENT_ERROR_COMPRESSION_NOT_SUPPORTED: Cure.PLAIN,
    _S.CLIENT_ERROR_COMPRESSION_ERROR: Cure.PLAIN,
    _S.CLIENT_ERROR_ATTRIBUTES_OR_VALUES_NOT_SUPPORTED: Cure.DROP,
    _S.CLIENT_ERROR_CONFLICTING_ATTRIBUTES: Cure.DROP,
    _S.CLIENT_ERROR_TIMEOUT: Cure.WAIT,
    _S.SERVER_ERROR_INTERNAL_ERROR: Cure.WAIT,
    _S.SERVER_ERROR_SERVICE_UNAVAILABLE: Cure.WAIT,
    _S.SERVER_ERROR_DEVICE_ERROR: Cure.WAIT,
    _S.SERVER_ERROR_TEMPORARY_ERROR: Cure.WAIT,
    _S.SERVER_ERROR_NOT_ACCEPTING_JOBS: Cure.WAIT,
    _S.SERVER_ERROR_BUSY: Cure.WAIT,
    _S.SERVER_ERROR_PRINTER_IS_DEACTIVATED: Cure.WAIT,
    _S.SERVER_ERROR_TOO_MANY_JOBS: Cure.WAIT,
    _S.SERVER_ERROR_VERSION_NOT_SUPPORTED: Cure.OLDER,
    _S.SERVER_ERROR_OPERATION_NOT_SUPPORTED: Cure.IN_ONE,
}
_BUSY: Final = frozenset({_S.SERVER_ERROR_BUSY, _S.SERVER_ERROR_SERVICE_UNAVAILABLE, _S.SERVER_ERROR_TOO_MANY_JOBS})
_STOPPED: Final = frozenset({_S.SERVER_ERROR_PRINTER_IS_DEACTIVATED, _S.SERVER_ERROR_DEVICE_ERROR})
_JOB_REASONS: Final[Mapping[int, str]] = {
    _S.CLIENT_ERROR_DOCUMENT_FORMAT_NOT_SUPPORTED: "unsupported-document-format",
    _S.CLIENT_ERROR_DOCUMENT_FORMAT_ERROR: "document-format-error",
    _S.CLIENT_ERROR_ATTRIBUTES_OR_VALUES_NOT_SUPPORTED: "unsupported-attributes-or-values",
    _S.CLIENT_ERROR_CONFLICTING_ATTRIBUTES: "conflicting-attributes",
    _S.CLIENT_ERROR_DOCUMENT_PASSWORD_ERROR: "document-password-error",
    _S.CLIENT_ERROR_DOCUMENT_PERMISSION_ERROR: "document-permission-error",
    _S.CLIENT_ERROR_DOCUMENT_SECURITY_ERROR: "document-security-error",
    _S.CLIENT_ERROR_DOCUMENT_UNPRINTABLE_ERROR: "document-unprintable-error",
    _S.CLIENT_ERROR_ACCOUNT_INFO_NEEDED: "account-info-needed",
    _S.CLIENT_ERROR_ACCOUNT_CLOSED: "account-closed",
    _S.CLIENT_ERROR_ACCOUNT_LIMIT_REACHED: "account-limit-reached",
    _S.CLIENT_ERROR_ACCOUNT_AUTHORIZATION_FAILED: "account-authorization-failed",
}


def cure(status: int) -> Cure:
    """What can be done about an error status; most say that this job can never be taken."""
    return _CURES.get(status, Cure.GIVE_UP)


def refusal(error: DeviceRefused) -> Deferred | Aborted:
    """What becomes of a job the device refuses, when there is nothing else to try."""
    if cure(error.status) is Cure.WAIT:
        return _refused_for_now(error)
    reason = _JOB_REASONS.get(error.status)
    if error.status in _WANTS_LOGIN:
        reason = "account-authorization-failed"
    named = f" It names: {', '.join(error.unsupported)}." if error.unsupported else ""
    return Aborted(
        reason=reason or "aborted-by-system",
        detail=f"The device refuses the job ({status_keyword(error.status)}).{named} {error.cause}".strip(),
    )


def _refused_for_now(error: DeviceRefused) -> Deferred:
    if error.status in _BUSY:
        return Deferred(
            reason="printer-busy",
            detail="The device is busy with another job; this one follows by itself.",
            retry_after_s=BUSY_RETRY_S,
        )
    if error.status in _STOPPED:
        return Deferred(reason="printer-stopped", detail="The device has stopped; look at its panel.")
    if error.status == Status.SERVER_ERROR_NOT_ACCEPTING_JOBS:
        return Deferred(
            reason="printer-not-accepting-jobs", detail="The device takes no new jobs now; it is tried again."
        )
    return Deferred(reason="other-error", detail=f"The device could not take the job. {error.cause}")


# ---------------------------------------------------------------------------------------------- the end of a job

_HOPELESS: Final = frozenset(
    {
        "document-format-error",
        "unsupported-document-format",
        "document-unprintable-error",
        "document-password-error",
        "document-permission-error",
        "document-security-error",
        "document-access-error",
        "compression-error",
        "unsupported-compression",
        "unsupported-attributes-or-values",
        "account-info-needed",
        "account-closed",
        "account-limit-reached",
        "account-authorization-failed",
        "digital-signature-did-not-verify",
    }
)
_BUT: Final = frozenset({"job-completed-with-errors", "job-completed-with-warnings"})
_BY_A_PERSON: Final = frozenset({"job-canceled-by-user", "job-canceled-by-operator", "job-canceled-at-device"})


def may_send_again(report: JobReport) -> bool:
    """Whether a job that is over at the device put nothing on paper and may succeed another time."""
    if not report.untouched or _HOPELESS & set(report.reasons):
        return False
    return report.state == JobState.ABORTED or (
        report.state == JobState.CANCELED and not _BY_A_PERSON & set(report.reasons)
    )


def outcome_of(report: JobReport) -> Outcome:
    """How a job ended that is over at the device and is not sent again."""
    if report.state == JobState.COMPLETED:
        doubts = bool(_BUT & set(report.reasons))
        told = f"The device calls it complete, but not all is well{_told(report)}." if doubts else ""
        return Completed(impressions=report.impressions or None, detail=told)
    if report.state == JobState.CANCELED:
        return CanceledAtDevice(detail=f"The job was canceled at the device{_told(report)}.")
    hopeless = next((name for name in report.reasons if name in _HOPELESS), "aborted-by-system")
    printed = f" after {report.impressions} page sides" if report.impressions else ""
    return Aborted(reason=hopeless, detail=f"The device gave the job up{printed}{_told(report)}.")


def _told(report: JobReport) -> str:
    words = [*report.reasons, *([report.message] if report.message else [])]
    return f" ({', '.join(words)})" if words else ""
