"""Opens client connections: TCP or a Unix-domain socket, then TLS, each step within its deadline."""

import os
import socket
import ssl
from collections.abc import Iterator

import trio

from tympan_net._channel import BROKEN
from tympan_net._endpoint import authority, without_zone
from tympan_net._errors import CertificateChanged, TimedOut, TlsFailed, Unreachable
from tympan_net._limits import ClientLimits
from tympan_net._pin import PinMismatch

_CAUSES = 16
"""How deep a chain of causes is followed."""


async def dial_tcp(host: str, port: int, limits: ClientLimits) -> trio.SocketStream:
    """Connects to the first address of `host` that answers (RFC 8305).

    Raises:
        Unreachable: nothing there.
        TimedOut: no answer in time.
    """
    peer = authority(host, port)
    try:
        with trio.fail_after(limits.connect_timeout_s):
            stream = await trio.open_tcp_stream(host, port)
    except trio.TooSlowError as error:
        raise TimedOut(peer, "connect", limits.connect_timeout_s) from error
    except OSError as error:
        raise Unreachable(peer, _cause(error)) from error
    stream.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)  # a printer switched off says no good-bye
    return stream  # trio has set TCP_NODELAY


async def dial_unix(path: str, limits: ClientLimits) -> trio.SocketStream:
    """Connects to a Unix-domain socket, such as cupsd's.

    Raises:
        Unreachable: nobody listens there.
        TimedOut: no answer in time.
    """
    try:
        with trio.fail_after(limits.connect_timeout_s):
            return await trio.open_unix_socket(path)
    except trio.TooSlowError as error:
        raise TimedOut(path, "connect", limits.connect_timeout_s) from error
    except (OSError, RuntimeError) as error:  # RuntimeError: a platform without such sockets
        raise Unreachable(path, _cause(error)) from error


async def shake_hands(
    stream: trio.SocketStream, context: ssl.SSLContext, host: str, peer: str, limits: ClientLimits
) -> trio.SSLStream[trio.SocketStream]:
    """Puts TLS on a connection; returns only when the server's certificate has been accepted.

    Raises:
        TlsFailed: no TLS there, or the certificate is refused (`CertificateChanged`: by its pin).
        TimedOut: not finished in time.
    """
    secured = trio.SSLStream(stream, context, server_hostname=without_zone(host), https_compatible=True)
    try:
        with trio.fail_after(limits.handshake_timeout_s):
            await secured.do_handshake()
    except trio.TooSlowError as error:
        raise TimedOut(peer, "open TLS", limits.handshake_timeout_s) from error
    except (ssl.SSLError, ssl.CertificateError, *BROKEN) as error:
        raise tls_failure(peer, error) from error
    return secured


def caused_by_tls(error: BaseException) -> bool:
    """Whether ssl stands somewhere in the chain of causes."""
    return any(isinstance(cause, ssl.SSLError) for cause in _causes(error))


def tls_failure(peer: str, error: BaseException) -> TlsFailed:
    """The error of this distribution for what ssl raised, wherever in the chain of causes it stands."""
    for cause in _causes(error):
        if isinstance(cause, PinMismatch):
            return CertificateChanged(peer, cause.expected, cause.found)
        if isinstance(cause, ssl.SSLCertVerificationError):
            return TlsFailed(peer, cause.verify_message)
        if isinstance(cause, ssl.SSLError):
            return TlsFailed(peer, cause.reason or str(cause))
    return TlsFailed(peer, "the connection was closed during the handshake")


def _causes(error: BaseException) -> Iterator[BaseException]:
    cause: BaseException | None = error
    for _ in range(_CAUSES):
        if cause is None:
            return
        yield cause
        cause = cause.__cause__ or cause.__context__


def _cause(error: BaseException) -> str:
    """The plainest text in an error: trio wraps the errors of several addresses in a group."""
    inner = error.__cause__
    if isinstance(inner, BaseExceptionGroup):
        error = inner.exceptions[0]
    elif isinstance(inner, OSError):
        error = inner
    if isinstance(error, OSError) and not isinstance(error, socket.gaierror) and error.errno:
        return os.strerror(error.errno)  # trio's own text repeats the address as a tuple
    return (error.strerror if isinstance(error, OSError) else None) or str(error) or type(error).__name__
