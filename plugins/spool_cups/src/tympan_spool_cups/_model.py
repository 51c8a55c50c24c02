"""Values of this plugin: where CUPS is, and what a user may set."""

from __future__ import annotations

import attrs

from tympan.plugin import Settings


@attrs.frozen(kw_only=True)
class Server:
    """Where CUPS listens: a Unix socket, or a TCP host and port when ``socket`` is ""."""

    socket: str = ""
    host: str = "localhost"
    port: int = 631

    @property
    def authority(self) -> str:
        """Host and port as URIs write them."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return "localhost" if self.socket else f"{host}:{self.port}"

    def __str__(self) -> str:
        return self.socket or self.authority


@attrs.frozen(kw_only=True)
class SpoolSettings:
    """The settings of ``plugin.toml``, with the same defaults; times in seconds."""

    server: str = ""
    error_log: str = "/var/log/cups/error_log"
    install_timeout_s: float = 30.0
    request_timeout_s: float = 10.0
    watch_interval_s: float = 10.0

    @classmethod
    def read(cls, settings: Settings) -> SpoolSettings:
        """Takes them from the host."""
        return cls(
            server=settings.text("server"),
            error_log=settings.text("error_log"),
            install_timeout_s=settings.number("install_timeout_s"),
            request_timeout_s=settings.number("request_timeout_s"),
            watch_interval_s=settings.number("watch_interval_s"),
        )
