"""The IEEE 1284 device ID: ``MFG:Example;MDL:Laser 9;SN:123;``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Self

from attrs import frozen

from tympan_wire.ipp._device_limits import DEVICE_ID_CHARS
from tympan_wire.ipp._quirks import QUIRKS

_LONG_NAMES: Final = {
    "MANUFACTURER": "MFG",
    "MODEL": "MDL",
    "SERIALNUMBER": "SN",
    "SERN": "SN",
    "SERIAL": "SN",
}


@frozen
class DeviceId:
    """Its keys, upper case, long names as their short ones; the first of a key counts."""

    keys: Mapping[str, str]

    @classmethod
    def parse(cls, text: str) -> Self:
        """Reads what is there; what is no ``key:value`` is passed over."""
        keys: dict[str, str] = {}
        for pair in text[:DEVICE_ID_CHARS].split(";"):
            key, colon, value = pair.partition(":")
            key = QUIRKS.read("device-id-key", key.strip().upper(), "")
            if colon and value.strip():
                keys.setdefault(_LONG_NAMES.get(key, key), value.strip())
        return cls(keys)

    @property
    def serial(self) -> str:
        """The serial number; "" where there is none."""
        return self.keys.get("SN", "")

    @property
    def make_and_model(self) -> str:
        """Manufacturer and model, the former once; "" where there is no model."""
        make, model = self.keys.get("MFG", ""), self.keys.get("MDL", "")
        named = model.lower().startswith(make.lower())
        return model if named or not model else f"{make} {model}"
