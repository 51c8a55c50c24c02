"""Settings."""

from __future__ import annotations

import attrs

from tympan.plugin import BadSetting, Settings

_PORTS = 65_535


@attrs.frozen(kw_only=True)
class WsdSettings:
    """Settings, as in ``plugin.toml``."""

    interval_s: float = 3600.0
    interfaces: tuple[str, ...] = ()
    ports: tuple[str, ...] = ("631", "443")

    @classmethod
    def of(cls, settings: Settings) -> WsdSettings:
        """As the host gives them."""
        return cls(
            interval_s=settings.number("interval_s"),
            interfaces=settings.texts("interfaces"),
            ports=settings.texts("ports"),
        )

    @property
    def port_numbers(self) -> tuple[int, ...]:
        """Ports as numbers.

        Raises:
            BadSetting: One is none.
        """
        for text in self.ports:
            if not (text.isascii() and text.isdecimal() and 0 < int(text) <= _PORTS):
                raise BadSetting(f"the setting 'ports' has {text[:20]!r}, which is no port")
        return tuple(int(text) for text in self.ports)
