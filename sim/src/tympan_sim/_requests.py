"""Requests: what every IPP request must have before it is looked at (RFC 8011 section 4.1)."""

from itertools import pairwise

import attrs

from tympan_sim._addresses import Address, path_of
from tympan_sim._errors import IppRefusal
from tympan_wire.ipp import Attribute, GroupTag, Message, Status, Tag

_CHARSETS = ("utf-8", "us-ascii")


@attrs.frozen(kw_only=True)
class Call:
    """A request that passed the checks.

    Attributes:
        message: as received.
        secure: whether it came over IPPS.
        job_id: the job it speaks of, by job-id or job-uri; None if it names none.
    """

    message: Message
    secure: bool = False
    job_id: int | None = None

    @property
    def user(self) -> str:
        """requesting-user-name, a claim."""
        return self.message.operation.string("requesting-user-name") or "anonymous"

    @property
    def ticket(self) -> tuple[Attribute, ...]:
        """The job attributes."""
        return self.message.first(GroupTag.JOB).attributes

    def requested(self, default: str) -> frozenset[str]:
        """requested-attributes, or the one name or group that stands for it when it is absent."""
        return frozenset(self.message.operation.strings("requested-attributes") or (default,))


def check(message: Message, address: Address, *, secure: bool) -> Call:
    """Check what all operations share.

    Raises:
        IppRefusal: The request is not one, or not for this printer.
    """
    if message.version[0] not in (1, 2):
        raise IppRefusal(Status.SERVER_ERROR_VERSION_NOT_SUPPORTED, "IPP versions 1 and 2 are spoken here")
    if message.request_id < 1:
        raise _bad("request-id is not positive")
    _check_groups(message)
    return Call(message=message, secure=secure, job_id=_target(message, address))


def _bad(text: str) -> IppRefusal:
    return IppRefusal(Status.CLIENT_ERROR_BAD_REQUEST, text)


def _check_groups(message: Message) -> None:
    tags = [group.tag for group in message.groups]
    if not tags or tags[0] != GroupTag.OPERATION or any(later < earlier for earlier, later in pairwise(tags)):
        raise _bad("the attribute groups are missing or out of order")
    first = message.groups[0].attributes[:2]
    if [(at.name, at.tag) for at in first] != [
        ("attributes-charset", Tag.CHARSET),
        ("attributes-natural-language", Tag.NATURAL_LANGUAGE),
    ]:
        raise _bad("attributes-charset and attributes-natural-language do not come first")
    if str(first[0].value).lower() not in _CHARSETS:
        raise IppRefusal(Status.CLIENT_ERROR_CHARSET_NOT_SUPPORTED, "the charset is not utf-8")


def _target(message: Message, address: Address) -> int | None:
    operation = message.operation
    job_uri, printer_uri = operation.string("job-uri"), operation.string("printer-uri")
    if printer_uri is None and job_uri is None:
        raise _bad("neither printer-uri nor job-uri")
    if printer_uri is not None:
        if not address.is_printer(path_of(printer_uri)):
            raise IppRefusal(Status.CLIENT_ERROR_NOT_FOUND, "there is no such printer")
        return operation.integer("job-id")
    found = address.job_of(path_of(job_uri or ""))
    if found is None:
        raise IppRefusal(Status.CLIENT_ERROR_NOT_FOUND, "there is no such job")
    return found
