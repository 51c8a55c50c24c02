"""Addresses: the URIs of one printer, and which request paths are its own."""

import re
from urllib.parse import urlsplit

import attrs

PRINT_PATH = "/ipp/print"
CONTROL_PATH = "/sim/printers"
ICON_PATH = "/sim/icon.png"
_JOB = re.compile(r"(?P<printer>.*?)/(?P<job>[1-9]\d{0,9})")


@attrs.frozen(kw_only=True)
class Address:
    """Where one printer is reached.

    Attributes:
        host: name or address, as in its URIs.
        port: TCP port of IPP and, with `tls`, of IPPS.
        name: the printer's.
        tls: whether IPPS is spoken.
        alone: whether /ipp/print, without a name, is this printer too.
    """

    host: str
    port: int
    name: str
    tls: bool = True
    alone: bool = False

    def _uri(self, scheme: str, path: str) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{scheme}://{host}:{self.port}{path}"

    @property
    def path(self) -> str:
        """The printer's path."""
        return f"{PRINT_PATH}/{self.name}"

    @property
    def uri(self) -> str:
        """The printer over plain IPP."""
        return self._uri("ipp", self.path)

    @property
    def ipps_uri(self) -> str | None:
        """The printer over IPPS, if it speaks that."""
        return self._uri("ipps", self.path) if self.tls else None

    def web(self, path: str) -> str:
        """A page of the simulator."""
        return self._uri("http", path)

    def printer_uri(self, *, secure: bool) -> str:
        """The printer by the scheme the client came by."""
        return self._uri("ipps" if secure else "ipp", self.path)

    def job_uri(self, job_id: int, *, secure: bool) -> str:
        """A job by the scheme the client came by."""
        return f"{self.printer_uri(secure=secure)}/{job_id}"

    def is_printer(self, path: str) -> bool:
        """Whether a path is this printer's."""
        path = path.rstrip("/")
        return path == self.path or (self.alone and path == PRINT_PATH)

    def owns(self, path: str) -> bool:
        """Whether a request path is this printer's or one of its jobs'."""
        return self.is_printer(path) or self.job_of(path) is not None

    def job_of(self, path: str) -> int | None:
        """The job-id a path of this printer names; None if it names no job of it."""
        found = _JOB.fullmatch(path)
        return int(found["job"]) if found is not None and self.is_printer(found["printer"]) else None


def path_of(uri: str) -> str:
    """The path of a URI; empty if it is none."""
    try:
        return urlsplit(uri).path
    except ValueError:
        return ""
