"""A connection to the session bus: answers what is called here, hears signals, and calls others (D-Bus 0.43).

- One task receives; what is called is answered in order. A caller that wants something unknown, or sends other values
  than it takes, gets an error and no silence, and one that wants no answer gets none.
- Anybody in the session may call, signal and own names: values of other types than agreed reach nobody here.
- A name on the bus may come and go: whoever cares is told by ``NameOwnerChanged``.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final

import attrs
import trio
from jeepney import (
    DBusAddress,
    HeaderFields,
    MatchRule,
    Message,
    MessageType,
    message_bus,
    new_error,
    new_method_call,
    new_method_return,
    new_signal,
)
from jeepney.io.trio import DBusConnection, open_dbus_connection

from tympan_tray._limits import CALL_S

NO_REPLY: Final = 0x1
"""Flag of a call whose caller wants no answer."""

UNKNOWN: Final = "org.freedesktop.DBus.Error.UnknownMethod"
INVALID: Final = "org.freedesktop.DBus.Error.InvalidArgs"
PRIMARY: Final = 1
"""Answer of ``RequestName``: the name is ours."""

_DO_NOT_QUEUE: Final = 4


@attrs.frozen(kw_only=True)
class Answer:
    """To a call: values with their signature."""

    signature: str = ""
    body: tuple[Any, ...] = ()


@attrs.frozen(kw_only=True)
class Call:
    """A call to an object of ours."""

    path: str
    interface: str
    member: str
    body: tuple[Any, ...] = ()


Answerer = Callable[[Call], Answer | None]
"""Answers a call at once; None for what is not known. What takes time is started elsewhere."""

Heard = Callable[[Message], Awaitable[None]]


def carried(value: Any) -> Any:
    """A value as the bus takes it: a text with a NUL or with half a character in it would end the connection."""
    if isinstance(value, str):
        return value.replace("\0", " ").encode("utf-8", "replace").decode()
    if isinstance(value, (list, tuple)):
        return type(value)(carried(each) for each in value)
    if isinstance(value, dict):
        return {carried(name): carried(each) for name, each in value.items()}
    return value


class CallFailed(Exception):
    """Somebody on the bus did not answer, or said no."""


class SessionBus:
    """The connection while it is open. Make it with ``session_bus``."""

    def __init__(self, connection: DBusConnection) -> None:
        self._connection = connection
        self._replies: dict[int, trio.MemorySendChannel[Message]] = {}
        self._objects: dict[str, tuple[Answerer, Mapping[str, str]]] = {}
        self._signals: dict[tuple[str, str], tuple[str, Heard]] = {}

    def export(self, path: str, answerer: Answerer, takes: Mapping[str, str]) -> None:
        """Answers calls of an object.

        Args:
            path: The object's.
            answerer: Answers.
            takes: The signature of what each member takes.
        """
        self._objects[path] = answerer, takes

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Receives until the bus is gone, which ends the session."""
        async with trio.open_nursery() as nursery:
            task_status.started()
            try:
                while True:
                    await self._received(await self._connection.receive(), nursery)
            except (trio.EndOfChannel, trio.BrokenResourceError):
                nursery.cancel_scope.cancel()

    async def _received(self, message: Message, nursery: trio.Nursery) -> None:
        kind, fields = message.header.message_type, message.header.fields
        if kind in (MessageType.method_return, MessageType.error):
            waiting = self._replies.pop(fields.get(HeaderFields.reply_serial, 0), None)
            if waiting is not None:
                waiting.send_nowait(message)
        elif kind is MessageType.signal:
            name = fields.get(HeaderFields.interface, ""), fields.get(HeaderFields.member, "")
            signature, heard = self._signals.get(name, ("", None))
            if heard is not None and _signature(message) == signature:
                nursery.start_soon(heard, message)  # it may call others, whose answers come through this very task
        else:
            await self._called(message)

    async def _called(self, message: Message) -> None:
        fields = message.header.fields
        call = Call(
            path=fields.get(HeaderFields.path, ""),
            interface=fields.get(HeaderFields.interface, ""),
            member=fields.get(HeaderFields.member, ""),
            body=tuple(message.body),
        )
        answerer, takes = self._objects.get(call.path, (None, {}))
        fits = _signature(message) == takes.get(call.member, _signature(message))
        answer = answerer(call) if answerer and fits else None
        if message.header.flags.value & NO_REPLY:
            return
        if not fits:
            said = new_error(message, INVALID, "s", (f"{call.member} takes '{takes[call.member]}'",))
        elif answer is None:
            said = new_error(message, UNKNOWN, "s", (f"there is no {call.interface}.{call.member} here",))
        else:
            said = new_method_return(message, answer.signature or None, carried(answer.body))
        await self._connection.send(said)

    async def call(
        self, at: DBusAddress, member: str, signature: str = "", body: tuple[Any, ...] = (), gives: str | None = None
    ) -> Any:
        """Calls somebody and returns what they answer; ``gives`` is the signature that is wanted.

        Raises:
            CallFailed: Nobody is there, they say no, answer something else, or take too long.
        """
        serial = next(self._connection.outgoing_serial)
        send, receive = trio.open_memory_channel[Message](1)
        self._replies[serial] = send
        try:
            with trio.fail_after(CALL_S):
                await self._connection.send(
                    new_method_call(at, member, signature or None, carried(body)), serial=serial
                )
                reply = await receive.receive()
        except (trio.TooSlowError, trio.BrokenResourceError, trio.ClosedResourceError) as error:
            raise CallFailed(f"{at.bus_name} does not answer {member}") from error
        finally:
            self._replies.pop(serial, None)
        if reply.header.message_type is MessageType.error:
            raise CallFailed(f"{at.bus_name} says no to {member}: {reply.header.fields.get(HeaderFields.error_name)}")
        if gives is not None and _signature(reply) != gives:
            raise CallFailed(f"{at.bus_name} answers {member} with '{_signature(reply)}'")
        return reply.body

    async def emit(self, path: str, interface: str, member: str, signature: str = "", body: Any = ()) -> None:
        """Sends a signal; a bus that is gone hears none, and the receiving task says so."""
        emitter = DBusAddress(path, interface=interface)
        try:
            await self._connection.send(new_signal(emitter, member, signature or None, carried(body)))
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            return

    async def own(self, name: str) -> bool:
        """Takes a name; False when another has it."""
        (answer,) = await self._bus(message_bus.RequestName(name, _DO_NOT_QUEUE), gives="u")
        return bool(answer == PRIMARY)

    async def hear(
        self, interface: str, member: str, signature: str, heard: Heard, conditions: Mapping[int, str] | None = None
    ) -> None:
        """Hears a signal of whoever sends it with values of this signature."""
        rule = MatchRule(type="signal", interface=interface, member=member)
        for at, value in (conditions or {}).items():
            rule.add_arg_condition(at, value)
        self._signals[interface, member] = signature, heard
        await self._bus(message_bus.AddMatch(rule))

    async def _bus(self, message: Message, gives: str | None = None) -> Any:
        fields = message.header.fields
        return await self.call(
            DBusAddress("/org/freedesktop/DBus", "org.freedesktop.DBus", "org.freedesktop.DBus"),
            fields[HeaderFields.member],
            fields.get(HeaderFields.signature, ""),
            tuple(message.body),
            gives,
        )


def _signature(message: Message) -> str:
    return str(message.header.fields.get(HeaderFields.signature, ""))


@asynccontextmanager
async def session_bus() -> AsyncIterator[SessionBus]:
    """The bus of this session.

    Raises:
        CallFailed: There is none, or it does not let us in.
    """
    try:
        connection = await open_dbus_connection("SESSION")
    except (OSError, KeyError, RuntimeError, ValueError, trio.BrokenResourceError) as error:
        raise CallFailed(f"there is no session bus: {error}") from error
    async with connection:
        yield SessionBus(connection)
