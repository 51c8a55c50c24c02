"""This computer, as a hub hears of it: a name for people, the system it runs, and this agent's release."""

from __future__ import annotations

import platform
import socket
from importlib.metadata import version

import attrs

from tympan_transport_https._limits import NAME_BYTES
from tympan_wire.hub import Platform

_PLATFORMS = {"Linux": Platform.LINUX, "Darwin": Platform.MACOS, "Windows": Platform.WINDOWS}
_NAMELESS = "computer"


@attrs.frozen(kw_only=True)
class Computer:
    """What a hub shows of an agent before anybody gave it a name."""

    name: str
    platform: Platform
    release: str


def this_computer() -> Computer:
    """The one this runs on."""
    return Computer(
        name=computer_name(socket.gethostname()),
        platform=_PLATFORMS.get(platform.system(), Platform.UNKNOWN),
        release=version("tympan"),
    )


def computer_name(host: str) -> str:
    """A host name as a hub takes it: printable, at most ``NAME_BYTES`` of UTF-8, and never blank."""
    printable = "".join(character for character in host if character.isprintable())
    return printable.encode("utf-8", "ignore")[:NAME_BYTES].decode("utf-8", "ignore").strip() or _NAMELESS
