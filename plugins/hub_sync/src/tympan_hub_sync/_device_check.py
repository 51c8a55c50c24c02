"""Looks whether a device answers, and what it is: asks for its attributes and sends nothing."""

from __future__ import annotations

from attrs import frozen

from tympan.plugin import TympanError
from tympan_hub_sync._limits import ORDER_S
from tympan_hub_sync._reports import cut, duplex, few
from tympan_net.ipp_client import ClientLimits, FirstUse, IppClient, NetError
from tympan_wire.hub import DeviceFound
from tympan_wire.ipp import Group

_ASKED = (
    "printer-make-and-model", "printer-state", "document-format-supported", "color-supported", "sides-supported",
    "media-supported",
)  # fmt: skip


@frozen(kw_only=True)
class DeviceLook:
    """What a device says of itself: for people, and for the hub."""

    sentence: str
    found: DeviceFound


async def check_device(uri: str) -> DeviceLook:
    """What a device says of itself.

    Raises:
        TympanError: It does not answer, or the address is none.
    """
    limits = ClientLimits(answer_timeout_s=ORDER_S / 2)
    try:
        # Nothing is confided to it, so any certificate will do; it is pinned when a printer is made of the device.
        async with IppClient(uri, trust=FirstUse(), limits=limits) as client:
            said = await client.get_printer_attributes(*_ASKED)
            return DeviceLook(sentence=cut(_sentence(said)), found=_found(said, client.fingerprint or ""))
    except (NetError, ValueError) as error:
        raise TympanError(str(error).rstrip(".")) from error


def _found(said: Group, fingerprint: str) -> DeviceFound:
    return DeviceFound(
        make_and_model=cut(said.string("printer-make-and-model") or ""),
        formats=few(said.strings("document-format-supported")),
        color=said.boolean("color-supported"),
        duplex=duplex(said),
        media=few(said.strings("media-supported")),
        fingerprint=fingerprint,
    )


def _sentence(said: Group) -> str:
    name = said.string("printer-make-and-model") or "a device that does not name itself"
    formats = ", ".join(said.strings("document-format-supported")) or "nothing it names"
    color = "in colour" if said.boolean("color-supported") else "in black"
    sides = "on both sides" if duplex(said) else "on one side"
    return f"{name} answers; it prints {color}, {sides}, and takes {formats}"
