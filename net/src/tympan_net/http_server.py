"""An HTTP/1.1 server on trio and h11 that streams, keeps deadlines, and stops at once.

* A request body of any size passes in bounded memory; the client is held back at the handler's pace.
* 100-continue is sent only when the handler first reads the body, so that a refusal comes before the upload.
* After an early answer the connection lingers, so that the client sees the answer and not a reset.
* Every wait has a deadline (`ServerLimits`); cancelling `serve` ends it at once, whatever the clients do.
* With an `ssl_context` each port speaks TLS and plain HTTP, told apart by the first byte (0x16 opens a TLS record).
"""

import ssl
from collections.abc import Sequence

import trio

from tympan_net._accept import Acceptor
from tympan_net._connection import log_error
from tympan_net._errors import (
    BodyMalformed,
    BodyStalled,
    BodyTooLarge,
    ClientGone,
    HangUp,
    NetError,
    PortTaken,
    RequestError,
    Retry,
)
from tympan_net._given import given_addresses, given_listeners
from tympan_net._limits import ServerLimits
from tympan_net._listeners import Bound, open_listeners
from tympan_net._messages import Handler, OnError, Request, Response
from tympan_net._peer import Peer
from tympan_net._slots import Shares

__all__ = [
    "BodyMalformed",
    "BodyStalled",
    "BodyTooLarge",
    "Bound",
    "ClientGone",
    "Handler",
    "HangUp",
    "NetError",
    "OnError",
    "Peer",
    "PortTaken",
    "Request",
    "RequestError",
    "Response",
    "Retry",
    "ServerLimits",
    "Shares",
    "given_addresses",
    "given_listeners",
    "open_listeners",
    "serve",
]


async def serve(
    handler: Handler,
    *,
    host: str | Sequence[str] = "127.0.0.1",
    port: int = 0,
    listeners: Sequence[trio.SocketListener] | None = None,
    ssl_context: ssl.SSLContext | None = None,
    limits: ServerLimits | None = None,
    shares: Shares | None = None,
    on_error: OnError | None = None,
    task_status: trio.TaskStatus[Bound] = trio.TASK_STATUS_IGNORED,
) -> None:
    """Serves until cancelled.

    Args:
        handler: answers one request; called for several connections at once, for one connection in sequence.
        host: address or host name to listen on, or several of them, all on the same port.
        port: TCP port; 0 lets the system choose.
        listeners: already open listeners, in place of `host` and `port`.
        ssl_context: a server context; TLS is then spoken on the same port beside plain HTTP.
        limits: deadlines and counts; the defaults when None.
        shares: how many connections each user of this machine may have; all alike when None.
        on_error: told of every exception a handler lets through; the `tympan_net` log when None.
        task_status: started with the `Bound` addresses once connections are accepted.

    Owns: the listeners, which are closed when it ends.

    Raises:
        PortTaken: the port is in use or may not be bound.
    """
    if listeners is None:
        listeners = await open_listeners((host,) if isinstance(host, str) else tuple(host), port)
    acceptor = Acceptor(
        handler,
        ssl_context=ssl_context,
        limits=limits or ServerLimits(),
        shares=shares,
        on_error=on_error or log_error,
    )
    async with trio.open_nursery() as nursery:
        await nursery.start(trio.serve_listeners, acceptor.accept, list(listeners))
        task_status.started(Bound.of(listeners))
