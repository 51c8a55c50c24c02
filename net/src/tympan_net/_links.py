"""The connections of one client to one server: made when needed, kept for a moment, never more than the limit."""

import contextlib
import math
import ssl
from collections.abc import AsyncIterator

import trio

from tympan_net._dial import dial_tcp, dial_unix, shake_hands
from tympan_net._endpoint import Endpoint, authority
from tympan_net._errors import Unreachable
from tympan_net._limits import HANGS_UP_S, ClientLimits
from tympan_net._link import Link


class Links:
    """A pool for one endpoint.

    * Small printers answer once a connection and do not say so: what is asked there next is lost, and a request that
      must not be repeated (RFC 9110 section 9.2.2) would be lost each time. Such a server's connections are not kept.

    Owns: the idle links, and until its first use the connection it was given; `aclose` closes them.
    """

    __slots__ = ("_context", "_endpoint", "_idle", "_keep_from", "_limits", "_opened", "_room", "_socket_path", "peer")

    def __init__(
        self,
        endpoint: Endpoint,
        *,
        context: ssl.SSLContext | None,
        socket_path: str | None,
        limits: ClientLimits,
        opened: trio.SocketStream | None = None,
    ) -> None:
        self._endpoint = endpoint
        self._context = context
        self._socket_path = socket_path
        self._opened = opened
        self._limits = limits
        self._idle: list[Link] = []
        self._keep_from = -math.inf
        self._room = trio.Semaphore(limits.connections)
        self.peer = socket_path or authority(endpoint.host, endpoint.port)

    @contextlib.asynccontextmanager
    async def link(self, *, new: bool = False) -> AsyncIterator[tuple[Link, bool]]:
        """A link for one exchange, and whether it has been used before; kept afterwards if the exchange ended well.

        Args:
            new: never hand out a used one.

        Raises:
            PeerError: no connection can be made.
        """
        async with self._room:
            kept = None if new else await self._kept()
            link = kept or await self._dial()
            finished = False
            try:
                yield link, kept is not None
                finished = link.finish()
            except Unreachable:
                if kept is not None and not link.heard:
                    self._keep_from = trio.current_time() + HANGS_UP_S
                raise
            finally:
                if finished:
                    self._idle.append(link)
                else:
                    await link.aclose()

    async def _kept(self) -> Link | None:
        while self._idle:
            link = self._idle.pop()
            if link.fresh and trio.current_time() >= self._keep_from:
                return link
            await link.aclose()
        return None

    async def _dial(self) -> Link:
        if self._socket_path is not None:
            return Link(await dial_unix(self._socket_path, self._limits), peer=self.peer, limits=self._limits)
        stream, self._opened = self._opened, None
        stream = stream or await dial_tcp(self._endpoint.host, self._endpoint.port, self._limits)
        if self._context is None:
            return Link(stream, peer=self.peer, limits=self._limits)
        try:
            secured = await shake_hands(stream, self._context, self._endpoint.host, self.peer, self._limits)
        except BaseException:
            await trio.aclose_forcefully(stream)
            raise
        return Link(secured, peer=self.peer, limits=self._limits)

    async def aclose(self) -> None:
        """Closes the idle links."""
        opened, self._opened = self._opened, None
        if opened is not None:
            await trio.aclose_forcefully(opened)
        while self._idle:
            await self._idle.pop().aclose()
