"""One service that a device announces: its record, checked."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Self

from attrs import field, frozen

from tympan_discovery_bonjour._limits import TXT_BYTES, TXT_KEYS
from tympan_wire.ipp.device import plain_uuid


class ServiceType(StrEnum):
    """Service types of devices (PROTOCOLS of printing: RFC 6763, Bonjour Printing 1.2.1, Mopria eSCL)."""

    IPPS = "_ipps._tcp"
    IPP = "_ipp._tcp"
    RAW = "_pdl-datastream._tcp"
    LPD = "_printer._tcp"
    SCAN = "_uscan._tcp"


@frozen
class Txt:
    """A TXT record: its keys in lower case, the first of each (RFC 6763 section 6.4)."""

    keys: Mapping[str, str] = field(factory=dict, hash=False)

    @classmethod
    def parse(cls, raw: bytes) -> Self:
        """Reads what is there.

        Raises:
            ValueError: It is larger than a record of a device may be.
        """
        if len(raw) > TXT_BYTES:
            raise ValueError(f"a TXT record of {len(raw)} bytes")
        keys: dict[str, str] = {}
        at = 0
        while at < len(raw) and len(keys) < TXT_KEYS:
            end = at + 1 + raw[at]
            name, equals, value = raw[at + 1 : end].partition(b"=")
            if name and equals:
                keys.setdefault(name.decode("ascii", "replace").lower(), value.decode("utf-8", "replace"))
            at = end
        return cls(keys)

    def get(self, name: str) -> str:
        """A value; "" where the key is absent."""
        return self.keys.get(name.lower(), "")

    def flag(self, name: str) -> bool | None:
        """T or F; None where it does not say."""
        return {"T": True, "F": False}.get(self.get(name).upper())


@frozen(kw_only=True)
class Announcement:
    """A service in view.

    Attributes:
        type: What it offers.
        instance: Its name, without type and domain.
        domain: Such as ``local``.
        host: Where it is, a name without the dot at the end.
        port: Its TCP port, never 0.
        addresses: Of the host; link-local ones of IPv6 with their zone.
        txt: What it says beside.
        uuid: Of the device; "" where it does not say, or what is known to be bogus. Of `txt`, and read once: folding
            asks for it ten times, whenever anything is heard.
    """

    type: ServiceType
    instance: str
    domain: str
    host: str
    port: int
    addresses: tuple[str, ...]
    txt: Txt
    uuid: str = field(init=False, eq=False)

    @uuid.default
    def _read_uuid(self) -> str:
        return plain_uuid(self.txt.get("UUID"), self.txt.get("ty"))
