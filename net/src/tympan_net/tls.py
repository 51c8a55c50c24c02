"""Whom to trust over TLS: the operating system's store, one pinned certificate, or the first one seen."""

import ssl
from typing import Self

import attrs
import trio

from tympan_net._dial import dial_tcp, shake_hands
from tympan_net._endpoint import authority
from tympan_net._errors import CertificateChanged, NetError, Retry, TimedOut, TlsFailed, Unreachable
from tympan_net._limits import ClientLimits
from tympan_net._pin import Pin, fingerprint, pinned_context

__all__ = [
    "CertificateChanged",
    "ClientTls",
    "FirstUse",
    "NetError",
    "OsStore",
    "Pinned",
    "Retry",
    "TimedOut",
    "TlsFailed",
    "Trust",
    "Unreachable",
    "fetch_certificate",
    "fetch_fingerprint",
    "fingerprint",
]


def _plain_hex(text: str) -> str:
    return text.replace(":", "").strip().lower()


@attrs.frozen
class OsStore:
    """Certificates issued by whom the operating system trusts, for the host's name (RFC 9525)."""


@attrs.frozen
class Pinned:
    """Exactly one certificate, self-signed or not.

    Attributes:
        fingerprint: SHA-256 of the DER leaf certificate, hexadecimal; colons and upper case are accepted.
    """

    fingerprint: str = attrs.field(converter=_plain_hex, validator=attrs.validators.matches_re(r"[0-9a-f]{64}"))


@attrs.frozen
class FirstUse:
    """Whatever certificate is seen first, from then on that one; `ClientTls.fingerprint` reports it."""


Trust = OsStore | Pinned | FirstUse


class ClientTls:
    """One trust decision as an SSL context, made once and used for every connection.

    Attributes:
        context: for trio.SSLStream and httpx.
    """

    __slots__ = ("_pin", "context")

    def __init__(self, context: ssl.SSLContext, pin: Pin | None) -> None:
        self.context = context
        self._pin = pin

    @classmethod
    def of(cls, trust: Trust) -> Self:
        """The context that carries out a trust decision."""
        if isinstance(trust, OsStore):
            return cls(_os_context(), None)
        pin = Pin(trust.fingerprint if isinstance(trust, Pinned) else None)
        return cls(pinned_context(pin), pin)

    @property
    def fingerprint(self) -> str | None:
        """The certificate this is bound to; None for the OS store, or before the first is seen."""
        return self._pin.expected if self._pin else None


def _os_context() -> ssl.SSLContext:
    import truststore  # costs ctypes and the platform's certificate API, so only where it is used

    return truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


async def fetch_certificate(
    host: str, port: int, trust: Trust | ssl.SSLContext, *, limits: ClientLimits | None = None
) -> bytes:
    """Connects, shakes hands, sends nothing, and gives the server's certificate.

    Args:
        host: name or address.
        port: a TCP port that speaks TLS from the first byte.
        trust: whom to believe, or a context that decides it.
        limits: deadlines; the defaults when None.

    Returns:
        The leaf certificate, DER.

    Raises:
        PeerError: it cannot be reached, speaks no TLS, or is not believed.
    """
    limits, peer = limits or ClientLimits(), authority(host, port)
    context = trust if isinstance(trust, ssl.SSLContext) else ClientTls.of(trust).context
    stream = await dial_tcp(host, port, limits)
    try:
        secured = await shake_hands(stream, context, host, peer, limits)
        shown: bytes | None = secured.getpeercert(binary_form=True)
    finally:
        await trio.aclose_forcefully(stream)
    if not shown:
        raise TlsFailed(peer, "it showed no certificate")
    return shown


async def fetch_fingerprint(host: str, port: int, *, limits: ClientLimits | None = None) -> str:
    """Connects, shakes hands, sends nothing, and reports the server's certificate.

    Args:
        host: name or address.
        port: a TCP port that speaks TLS from the first byte.
        limits: deadlines; the defaults when None.

    Returns:
        SHA-256 of the DER leaf certificate, 64 hexadecimal digits.

    Raises:
        PeerError: it cannot be reached, or speaks no TLS.
    """
    limits = limits or ClientLimits()
    tls = ClientTls.of(FirstUse())
    stream = await dial_tcp(host, port, limits)
    try:
        await shake_hands(stream, tls.context, host, authority(host, port), limits)
    finally:
        await trio.aclose_forcefully(stream)
    if tls.fingerprint is None:
        raise TlsFailed(authority(host, port), "it showed no certificate")
    return tls.fingerprint
