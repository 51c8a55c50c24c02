"""A TLS client context that holds the server to one certificate, whoever signed it.

* The check is part of the handshake itself, so not one byte of a request reaches a server with another certificate;
  in TLS 1.3 not even the end of the handshake does.
* What is compared is the SHA-256 of the whole leaf certificate in DER form; names, dates and issuers play no part.
* Without an expected fingerprint the first one seen becomes the expected one (trust on first use).
"""

import hashlib
import ssl
from typing import cast

import attrs


class PinMismatch(ssl.SSLCertVerificationError):
    """The handshake showed another certificate."""

    def __init__(self, expected: str, found: str) -> None:
        super().__init__(f"certificate {found} in place of {expected}")
        self.expected = expected
        self.found = found


@attrs.define
class Pin:
    """The one certificate accepted.

    Attributes:
        expected: its fingerprint; None until the first is seen.
    """

    expected: str | None

    def check(self, der: bytes | None) -> None:
        """Compares a leaf certificate.

        Raises:
            PinMismatch: it is another one, or there is none.
        """
        found = fingerprint(der) if der else "none"
        if self.expected is None and der:
            self.expected = found
        if self.expected != found:
            raise PinMismatch(self.expected or "any", found)


def fingerprint(der: bytes) -> str:
    """SHA-256 of a DER certificate as 64 lower-case hexadecimal digits."""
    return hashlib.sha256(der).hexdigest()


class _PinnedContext(ssl.SSLContext):
    """Knows the pin that its connections are held to."""

    pin: Pin


class _PinnedObject(ssl.SSLObject):
    def do_handshake(self) -> None:
        super().do_handshake()
        _pin_of(self.context).check(self.getpeercert(binary_form=True))


class _PinnedSocket(ssl.SSLSocket):
    def do_handshake(self, block: bool = False) -> None:
        super().do_handshake(block)
        _pin_of(self.context).check(self.getpeercert(binary_form=True))


def _pin_of(context: ssl.SSLContext) -> Pin:
    return cast(_PinnedContext, context).pin


def pinned_context(pin: Pin) -> ssl.SSLContext:
    """A client context that accepts exactly the pinned certificate."""
    context = _PinnedContext(ssl.PROTOCOL_TLS_CLIENT)
    context.pin = pin
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE  # the pin takes the place of issuer and name
    context.options |= ssl.OP_NO_RENEGOTIATION  # a later handshake could show another certificate
    context.sslobject_class = _PinnedObject
    context.sslsocket_class = _PinnedSocket
    return context
