"""What a user may set."""

from __future__ import annotations

import attrs

from tympan.plugin import Settings


@attrs.frozen(kw_only=True)
class SpoolSettings:
    """The settings of ``plugin.toml``, with the same defaults; times in seconds."""

    install_timeout_s: float = 60.0
    request_timeout_s: float = 10.0
    watch_interval_s: float = 10.0
    render_dpi: int = 600

    @classmethod
    def read(cls, settings: Settings) -> SpoolSettings:
        """Takes them from the host."""
        return cls(
            install_timeout_s=settings.number("install_timeout_s"),
            request_timeout_s=settings.number("request_timeout_s"),
            watch_interval_s=settings.number("watch_interval_s"),
            render_dpi=settings.integer("render_dpi"),
        )
