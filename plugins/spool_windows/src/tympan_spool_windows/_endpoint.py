"""Asking an endpoint what Windows will ask it, because Windows would say nothing about a bad answer."""

from __future__ import annotations

from typing import Final

from tympan.plugin import QueueRequest
from tympan_net.ipp_client import ClientLimits, IppClient, PeerError
from tympan_spool_windows._errors import EndpointLacking, EndpointUnheard
from tympan_wire.ipp import Group, GroupTag, Message, Operation, attr, status_keyword

_NEEDED: Final = (
    "document-format-supported",
    "document-format-default",
    "ipp-features-supported",
    "media-supported",
    "media-default",
    "printer-device-id",
    "printer-uuid",
    "pwg-raster-document-resolution-supported",
    "pwg-raster-document-type-supported",
)
"""What the IPP class driver is reported to need: reports, for no Windows was at hand."""
_FIRST_ERROR: Final = 0x0400


async def check_endpoint(wanted: QueueRequest, *, timeout_s: float) -> None:
    """Nothing when Windows can make a queue of what the endpoint says.

    Raises:
        EndpointUnheard: It does not answer, or with an error.
        EndpointLacking: Something is missing in its answer.
    """
    try:
        answer = await _asked(wanted.uri, timeout_s)
    except (PeerError, ValueError) as error:
        raise EndpointUnheard(wanted.name, wanted.uri, str(error)) from error
    if answer.code >= _FIRST_ERROR:
        raise EndpointUnheard(wanted.name, wanted.uri, f"it says {status_keyword(answer.code)}")
    missing = missing_for_windows(answer.first(GroupTag.PRINTER))
    if missing:
        raise EndpointLacking(wanted.name, wanted.uri, ", ".join(missing))


async def _asked(uri: str, timeout_s: float) -> Message:
    limits = ClientLimits(
        connect_timeout_s=timeout_s,
        answer_timeout_s=timeout_s,
        printing_timeout_s=timeout_s,
        send_timeout_s=timeout_s,
        connections=1,
    )
    target = Group(GroupTag.OPERATION, (attr.uri("printer-uri", uri), attr.keyword("requested-attributes", "all")))
    client = IppClient(uri, limits=limits)
    try:
        return await client.request(Message.request(Operation.GET_PRINTER_ATTRIBUTES, 1, target))
    finally:
        await client.aclose()


def missing_for_windows(printer: Group) -> tuple[str, ...]:
    """Attributes without which the IPP class driver is reported to make no queue that works."""
    told = (name for name in _NEEDED if (attribute := printer.get(name)) is None or attribute.value is None)
    return tuple(told)
