"""Requests: the checks every one passes before an operation sees it (RFC 8011 section 4.1).

- Order of the checks: version, operation, request number and order of the attributes, charset, target.
- The target is what ``printer-uri`` or ``job-uri`` names; the path of the HTTP request only brought it here.
"""

from __future__ import annotations

import re

import attrs

from tympan.plugin import Printer, PrinterId, Printers
from tympan_ipp_endpoint._documents import Incoming
from tympan_ipp_endpoint._errors import Refusal
from tympan_wire.ipp import Group, Message, Status, check_order

_TARGET = re.compile(r"(?:ipps?|https?)://[^/]*/ipp/print/([a-z0-9-]{1,63})(?:/(\d{1,10}))?/?", re.IGNORECASE)
_CHARSETS = ("utf-8", "us-ascii")


@attrs.frozen(kw_only=True)
class Call:
    """One request, checked, on its way to an operation.

    Attributes:
        message: The request.
        printer: The printer it names.
        job_number: The job it names; None when it names none.
        authority: Host and port as the client spells them, for URIs in the answer.
        incoming: What follows the message.
        first: Whether no request came before it on its connection.
    """

    message: Message
    printer: Printer
    job_number: int | None
    authority: str
    incoming: Incoming
    first: bool = True

    @property
    def operation(self) -> Group:
        """The operation attributes."""
        return self.message.operation

    @property
    def user(self) -> str:
        """``requesting-user-name``: a claim by the client (RFC 8011 section 9.3)."""
        return self.operation.string("requesting-user-name") or "anonymous"

    @property
    def printer_uri(self) -> str:
        """The printer's URI as this client reaches it."""
        return f"ipp://{self.authority}/ipp/print/{self.printer.id}"

    def requested(self) -> frozenset[str] | None:
        """Names in ``requested-attributes``; None when the client asks for no particular ones."""
        names = self.operation.get("requested-attributes")
        return frozenset(names.strings()) if names is not None else None


def check(message: Message, known: frozenset[int]) -> None:
    """Checks header and opening of a request.

    Raises:
        Refusal: version-not-supported, bad-request, operation-not-supported or charset-not-supported.
    """
    if message.version[0] not in (1, 2):
        raise Refusal(Status.SERVER_ERROR_VERSION_NOT_SUPPORTED, "only IPP versions 1.x and 2.x are spoken here")
    if message.code not in known:
        raise Refusal(Status.SERVER_ERROR_OPERATION_NOT_SUPPORTED, f"operation 0x{message.code:04x} is not offered")
    broken = check_order(message)
    if broken is not None:
        raise _bad(broken)
    if (message.operation.string("attributes-charset") or "").lower() not in _CHARSETS:
        raise Refusal(Status.CLIENT_ERROR_CHARSET_NOT_SUPPORTED, "only utf-8 and us-ascii are understood")


def target(message: Message, printers: Printers) -> tuple[Printer, int | None]:
    """The printer, and the number of the job, that a request names.

    Raises:
        Refusal: bad-request when it names none, not-found when there is no such printer.
    """
    operation = message.operation
    job_uri = operation.string("job-uri")
    uri = job_uri or operation.string("printer-uri")
    if uri is None:
        raise _bad("printer-uri or job-uri is missing")
    match = _TARGET.fullmatch(uri)
    printer = offered(printers, match[1]) if match else None
    if match is None or printer is None:
        raise Refusal(
            Status.CLIENT_ERROR_NOT_FOUND, f"there is no printer at {uri}", next_step="See `tympan printers list`."
        )
    return printer, int(match[2]) if job_uri and match[2] else operation.integer("job-id")


def offered(printers: Printers, name: str) -> Printer | None:
    """A printer that programs may print to; None where there is none, or held jobs come out and nothing else."""
    printer = printers.get(PrinterId(name))
    return printer if printer is not None and printer.offered else None


def _bad(cause: str) -> Refusal:
    return Refusal(Status.CLIENT_ERROR_BAD_REQUEST, cause)
