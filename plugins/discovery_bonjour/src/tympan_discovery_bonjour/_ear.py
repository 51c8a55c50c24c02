"""Listens on the links: python-zeroconf in its own thread.

- All of the library's work is done in that thread's loop; trio hears of it through the inbox and is never held.
- Being cancelled closes the sockets at once, also when the library's thread is busy with what strangers send: nobody
  holds UDP 5353, and nothing is sent any more, before the library has even heard of it.
- Nothing is registered: there is nothing to say good-bye for.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import logging
import os
import sys
from collections.abc import AsyncIterator, Coroutine, Sequence
from typing import Any, Final, TypeVar

import trio
from zeroconf import (  # type: ignore[attr-defined]
    BadTypeInNameException,
    DNSOutgoing,
    DNSQuestionType,
    Error,
    IPVersion,
    NamePartTooLongException,
    ServiceStateChange,
    Zeroconf,
)
from zeroconf.asyncio import AsyncServiceBrowser, AsyncServiceInfo

from tympan_discovery_bonjour._announcement import Announcement, ServiceType, Txt
from tympan_discovery_bonjour._inbox import Inbox, Name
from tympan_discovery_bonjour._limits import (
    ADDRESSES,
    CLOSE_S,
    HOST_CHARS,
    NAME_CHARS,
    RESOLVE_MS,
    RESOLVES,
    START_S,
    UNRESOLVED,
)

_T = TypeVar("_T")
_TYPES: Final = {f"{one.value}.local.": one for one in ServiceType}
_TO_ALL: Final = DNSQuestionType.QM
"""Answers by multicast: one sent to this computer alone would go to whichever program has UDP 5353 open too (avahi)."""
logging.getLogger("zeroconf").setLevel(logging.CRITICAL)  # it warns of what strangers send; that is counted here


class _Counting(Zeroconf):
    """Counts what it sends, and asks even where an answer already heard cannot be repeated.

    Names of strangers may be none that can be written again: an octet that is no UTF-8 is read as a character of three.
    Left to itself the library would never ask again after the first of them.
    """

    packets = 0

    def async_send(self, out: DNSOutgoing, *args: Any, **kwargs: Any) -> None:
        self.packets += len(self.engine.senders)
        try:
            super().async_send(out, *args, **kwargs)
        except NamePartTooLongException:
            bare = DNSOutgoing(out.flags, out.multicast)
            for question in out.questions:
                bare.add_question(question)
            with contextlib.suppress(NamePartTooLongException):
                super().async_send(bare, *args, **kwargs)


class Ear:
    """An open ear.

    Owns: the library's thread and its sockets, until `listening` ends.
    """

    def __init__(self, zeroconf: _Counting, inbox: Inbox) -> None:
        self._zeroconf = zeroconf
        self._inbox = inbox
        self._sockets: list[Any] = []
        self._resolving: dict[Name, asyncio.Task[None]] = {}
        self._turn = asyncio.Semaphore(RESOLVES)
        self._browser: AsyncServiceBrowser | None = None

    @property
    def packets(self) -> int:
        """Packets sent, on all interfaces together."""
        return self._zeroconf.packets

    def start(self) -> None:
        """Blocks until it listens; for a thread."""
        self._in_loop(self._start())

    async def _start(self) -> None:
        await self._zeroconf.async_wait_for_start()
        # What a stranger's record breaks in the library is counted, and no line of the agent's log.
        asyncio.get_running_loop().set_exception_handler(lambda loop, context: self._inbox.drop())
        engine = self._zeroconf.engine
        every = [wrapped.transport.get_extra_info("socket") for wrapped in (*engine.readers, *engine.senders)]
        self._sockets = list({each.fileno(): each for each in every}.values())
        self._browser = AsyncServiceBrowser(
            self._zeroconf, list(_TYPES), handlers=[self._changed], question_type=_TO_ALL
        )

    def silence(self) -> None:
        """Closes the sockets, from any thread, without asking anybody: their numbers go on as /dev/null, which the
        library may read, write and close as it likes.
        """
        if sys.platform == "win32":
            return  # a socket there is no file: `close` has to do
        nothing = os.open(os.devnull, os.O_RDWR | os.O_CLOEXEC)
        try:
            for each in self._sockets:
                if (number := each.fileno()) >= 0:
                    os.dup2(nothing, number, inheritable=False)
        finally:
            os.close(nothing)
            self._sockets = []

    def close(self) -> None:
        """Blocks until the library's thread has ended; for a thread."""
        with contextlib.suppress(Exception):  # whatever it thinks of its sockets
            self._in_loop(self._stop())
        with contextlib.suppress(Exception):
            self._zeroconf.close()

    async def _stop(self) -> None:
        for task in self._resolving.values():
            task.cancel()
        if self._browser is not None:
            await self._browser.async_cancel()

    def _in_loop(self, work: Coroutine[Any, Any, _T]) -> _T:
        loop = self._zeroconf.loop
        assert loop is not None  # noqa: S101 - it has one from its start on
        return asyncio.run_coroutine_threadsafe(work, loop).result(START_S)

    def _changed(self, zeroconf: Zeroconf, service_type: str, name: str, state_change: ServiceStateChange) -> None:
        """In the library's thread, once for each word about an instance."""
        self._inbox.count()
        key = (service_type, name)
        if state_change is ServiceStateChange.Removed:
            if (task := self._resolving.pop(key, None)) is not None:
                task.cancel()
            self._inbox.put(key, None)
            return
        try:
            info = AsyncServiceInfo(service_type, name)
        except BadTypeInNameException:
            self._inbox.drop()
            return
        if info.load_from_cache(self._zeroconf):
            self._tell(key, info)
        elif key not in self._resolving:
            self._ask_later(key, info)

    def _ask_later(self, key: Name, info: AsyncServiceInfo) -> None:
        if len(self._resolving) >= UNRESOLVED:
            self._inbox.drop()
            return
        task = asyncio.ensure_future(self._ask(key, info))
        self._resolving[key] = task
        task.add_done_callback(lambda _: self._resolving.pop(key, None))

    async def _ask(self, key: Name, info: AsyncServiceInfo) -> None:
        async with self._turn:
            if info.load_from_cache(self._zeroconf) or await info.async_request(self._zeroconf, RESOLVE_MS, _TO_ALL):
                self._tell(key, info)
            else:
                self._inbox.drop()

    def _tell(self, key: Name, info: AsyncServiceInfo) -> None:
        if info.port == 0:
            self._inbox.put(key, None)  # the name defence of a device without this service
            return
        try:
            self._inbox.put(key, announcement(key, info))
        except ValueError:
            self._inbox.drop()


def announcement(key: Name, info: AsyncServiceInfo) -> Announcement:
    """The library's record, checked.

    Raises:
        ValueError: It is none of a device: too large, without an address, or named with what is no text.
    """
    kind = _TYPES[key[0]]
    instance = key[1].removesuffix(f".{key[0]}")
    host = (info.server or "").removesuffix(".")
    every = info.parsed_scoped_addresses(IPVersion.All)[:ADDRESSES]
    usable = tuple(address for address in every if _usable(address))
    if not instance or len(instance) > NAME_CHARS or not host or len(host) > HOST_CHARS or not host.isprintable():
        raise ValueError("a name that is none")
    if not usable or info.port is None or not 0 < info.port < 65536:
        raise ValueError("no address")
    instance.encode(), host.encode()
    return Announcement(
        type=kind,
        instance=instance,
        domain="local",
        host=host,
        port=info.port,
        addresses=usable,
        txt=Txt.parse(info.text),
    )


def _usable(address: str) -> bool:
    parsed = ipaddress.ip_address(address.partition("%")[0])
    return not (parsed.is_multicast or parsed.is_unspecified)


@contextlib.asynccontextmanager
async def listening(addresses: Sequence[str], inbox: Inbox) -> AsyncIterator[Ear]:
    """An ear on these addresses of this computer.

    Raises:
        OSError: The sockets cannot be opened.
    """
    limiter = trio.CapacityLimiter(2)  # of its own: calls that wait for the library take no place from others
    # Not abandoned when cancelled: it takes milliseconds, and sockets nobody knows of could not be closed.
    ear = await trio.to_thread.run_sync(_opened, list(addresses), inbox, limiter=limiter)
    try:
        yield ear
    finally:
        ear.silence()
        with trio.CancelScope(shield=True), trio.move_on_after(CLOSE_S):
            await trio.to_thread.run_sync(ear.close, limiter=limiter, abandon_on_cancel=True)


def _opened(addresses: list[str], inbox: Inbox) -> Ear:
    try:
        return _started(addresses, inbox)
    except (RuntimeError, Error) as error:  # an address that went meanwhile; a thread that did not begin
        raise OSError(str(error) or type(error).__name__) from error


def _started(addresses: list[str], inbox: Inbox) -> Ear:
    zeroconf = _Counting(interfaces=addresses)
    ear = Ear(zeroconf, inbox)
    try:
        ear.start()
    except BaseException:
        ear.close()
        raise
    return ear
