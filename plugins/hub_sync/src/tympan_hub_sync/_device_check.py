"""Looks whether a device answers, and what it is: asks for its attributes and sends nothing."""

from __future__ import annotations

from attrs import frozen

from tympan.plugin import TympanError
from tympan_hub_sync._reports import cut, few, on_both_sides
from tympan_net.device_look import DeviceLook, Silence, look_at
from tympan_wire.device import Description
from tympan_wire.hub import DeviceFound


@frozen(kw_only=True)
class DeviceCheck:
    """What a device says of itself: for people, and for the hub."""

    sentence: str
    found: DeviceFound


async def check_device(uri: str) -> DeviceCheck:
    """What a device says of itself at exactly this address.

    Raises:
        TympanError: It does not answer, or the address is none.
    """
    look = await look_at([uri], usual_paths=False)
    if isinstance(look, Silence):
        raise TympanError(look.why.rstrip("."))
    return DeviceCheck(sentence=cut(_sentence(look.description)), found=_found(look))


def _found(look: DeviceLook) -> DeviceFound:
    told = look.description
    return DeviceFound(
        make_and_model=cut(told.make_and_model),
        formats=few(told.formats),
        color=told.color,
        duplex=on_both_sides(told.sides),
        media=few(told.media),
        fingerprint=look.fingerprint,
    )


def _sentence(told: Description) -> str:
    name = told.make_and_model or "a device that does not name itself"
    formats = ", ".join(told.formats) or "nothing it names"
    color = "in colour" if told.color else "in black"
    sides = "on both sides" if on_both_sides(told.sides) else "on one side"
    return f"{name} answers; it prints {color}, {sides}, and takes {formats}"
