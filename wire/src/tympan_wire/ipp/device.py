"""What a device says of itself, read from its printer attributes. Pure.

Everything here was said by somebody on a network: texts are cleaned and cut, lists bounded, a uuid or serial number
known to be bogus (``quirks/*.toml``) counts as not said.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final
from urllib.parse import urlsplit

from tympan_wire.device import Description
from tympan_wire.ipp import _device_limits as limits
from tympan_wire.ipp._codes import PrinterState
from tympan_wire.ipp._device_id import DeviceId
from tympan_wire.ipp._device_texts import clean, clean_each
from tympan_wire.ipp._message import Group
from tympan_wire.ipp._quirks import QUIRKS
from tympan_wire.ipp._supplies import supplies

__all__ = ["ASKED", "clean", "describe_device", "plain_page", "plain_serial", "plain_uuid"]

ASKED: Final = (
    "printer-uuid", "printer-device-id", "printer-serial-number", "printer-info", "printer-name", "printer-dns-sd-name",
    "printer-make-and-model", "printer-location", "printer-firmware-string-version", "document-format-supported",
    "color-supported", "print-color-mode-supported", "sides-supported", "media-supported", "printer-state",
    "printer-state-reasons", "marker-names", "marker-types", "marker-colors", "marker-levels", "printer-supply",
    "printer-supply-description", "printer-more-info",
)  # fmt: skip
"""The attributes ``describe_device`` looks at, for ``requested-attributes``."""

_UUID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_STATES: Final[dict[int, str]] = {
    PrinterState.IDLE: "idle",
    PrinterState.PROCESSING: "processing",
    PrinterState.STOPPED: "stopped",
}


def describe_device(said: Group) -> Description:
    """Normalises a device's printer attributes (RFC 8011 section 5.4, PWG 5100.9 and 5100.13)."""
    device_id = DeviceId.parse(said.string("printer-device-id") or "")
    model = _text(said, "printer-make-and-model") or clean(device_id.make_and_model, limits.NAME_CHARS)
    return Description(
        uuid=plain_uuid(said.string("printer-uuid") or "", model),
        serial=_serial(said, device_id, model),
        name=_text(said, "printer-info") or _text(said, "printer-name") or _text(said, "printer-dns-sd-name"),
        make_and_model=model,
        location=_text(said, "printer-location"),
        firmware=_text(said, "printer-firmware-string-version"),
        formats=_words(said.strings("document-format-supported"), limits.FORMATS),
        color=_color(said),
        sides=_words(said.strings("sides-supported"), limits.SIDES),
        media=_words(said.strings("media-supported"), limits.MEDIA),
        state=_STATES.get(said.integer("printer-state") or 0, ""),
        reasons=_words(_reasons(said), limits.REASONS),
        supplies=supplies(said),
        more_info=plain_page(said.string("printer-more-info") or ""),
    )


def plain_uuid(text: str, make_and_model: str = "") -> str:
    """A uuid in lower case, without ``urn:uuid:``; "" for what is none, or is known to be no device's own."""
    plain = text.strip().lower().removeprefix("urn:uuid:")
    return QUIRKS.read("uuid", plain, make_and_model) if _UUID.fullmatch(plain) else ""


def plain_serial(text: str, make_and_model: str = "") -> str:
    """A serial number as people read it from the device; "" for what is known to be no device's own."""
    plain = clean(text, limits.SERIAL_CHARS)
    return QUIRKS.read("serial", plain, make_and_model) if plain else ""


def _serial(said: Group, device_id: DeviceId, model: str) -> str:
    return plain_serial(said.string("printer-serial-number") or "", model) or plain_serial(device_id.serial, model)


def _text(said: Group, name: str) -> str:
    return clean(said.string(name) or "", limits.NAME_CHARS)


def _words(words: Iterable[str], most: int) -> tuple[str, ...]:
    return clean_each(words, limits.WORD_CHARS, most)


def _reasons(said: Group) -> Iterable[str]:
    return (reason for reason in said.strings("printer-state-reasons") if reason != "none")


def _color(said: Group) -> bool | None:
    supported = said.boolean("color-supported")
    modes = said.strings("print-color-mode-supported")
    return ("color" in modes) if supported is None and modes else supported


def plain_page(uri: str) -> str:
    """The device's page; only what a browser opens as a page, and nothing with a password in it."""
    if len(uri) > limits.URI_CHARS or not uri.isascii() or not uri.isprintable() or " " in uri:
        return ""
    try:
        parts = urlsplit(uri)
    except ValueError:
        return ""
    return uri if parts.scheme in ("http", "https") and parts.hostname and "@" not in parts.netloc else ""
