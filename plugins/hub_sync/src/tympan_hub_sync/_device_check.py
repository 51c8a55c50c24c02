"""Looks whether a device answers, and what it is: asks for its attributes and sends nothing."""

from __future__ import annotations

from tympan.plugin import TympanError
from tympan_hub_sync._limits import ORDER_S
from tympan_hub_sync._reports import cut, duplex
from tympan_net.ipp_client import ClientLimits, FirstUse, IppClient, NetError
from tympan_wire.ipp import Group

_ASKED = (
    "printer-make-and-model", "printer-state", "document-format-supported", "color-supported", "sides-supported",
)  # fmt: skip


async def check_device(uri: str) -> str:
    """What a device says of itself, a sentence.

    Raises:
        TympanError: It does not answer, or the address is none.
    """
    limits = ClientLimits(answer_timeout_s=ORDER_S / 2)
    try:
        # Nothing is confided to it, so any certificate will do; it is pinned when a printer is made of the device.
        async with IppClient(uri, trust=FirstUse(), limits=limits) as client:
            return cut(_sentence(await client.get_printer_attributes(*_ASKED)))
    except (NetError, ValueError) as error:
        raise TympanError(str(error).rstrip(".")) from error


def _sentence(said: Group) -> str:
    name = said.string("printer-make-and-model") or "a device that does not name itself"
    formats = ", ".join(said.strings("document-format-supported")) or "nothing it names"
    color = "in colour" if said.boolean("color-supported") else "in black"
    sides = "on both sides" if duplex(said) else "on one side"
    return f"{name} answers; it prints {color}, {sides}, and takes {formats}"
