"""Settings."""

from __future__ import annotations

import attrs

from tympan.plugin import BadSetting, Settings

_PORTS = 65_535


@attrs.frozen(kw_only=True)
class ScanSettings:
    """Settings, as in ``plugin.toml``."""

    connections: int = 64
    connections_per_network: int = 16
    per_second: int = 500
    connect_s: float = 1.5
    again_s: float = 3600.0
    ports: tuple[str, ...] = ("631", "443")
    loopback: bool = False

    @classmethod
    def of(cls, settings: Settings) -> ScanSettings:
        """As the host gives them."""
        return cls(
            connections=settings.integer("connections"),
            connections_per_network=settings.integer("connections_per_network"),
            per_second=settings.integer("per_second"),
            connect_s=settings.number("connect_s"),
            again_s=settings.number("again_s"),
            ports=settings.texts("ports"),
            loopback=settings.flag("loopback"),
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
