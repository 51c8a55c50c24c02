"""Host names: where they lead.

- Asking the system's resolver holds a thread, with a dead name server for long: so they are threads of their own.
- A name that is to be left out and cannot be resolved now is waited for, and then nothing is scanned: that it leads
  nowhere is believed only when a name server says so.
"""

from __future__ import annotations

import socket
from collections.abc import Iterable
from typing import Final

import trio

from tympan_discovery_ippscan._errors import NotLeftOut
from tympan_discovery_ippscan._limits import LEFT_OUT_AGAIN_S, LEFT_OUT_S, NAME_LED, NAME_S, RESOLVERS

_RESOLVERS: Final = trio.lowlevel.RunVar[trio.CapacityLimiter]("resolvers of scans")
_NOWHERE: Final = (socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME))


async def addresses_of(name: str) -> tuple[str, ...]:
    """Where a name leads, as far as it is looked at; nowhere when it is not known within its time."""
    return (await _led(name) or ())[:NAME_LED]


async def left_out(names: Iterable[str]) -> frozenset[str]:
    """Addresses of names that are to be left out.

    Raises:
        NotLeftOut: In a group: one cannot be resolved for so long.
    """
    found: set[str] = set()
    async with trio.open_nursery() as nursery:
        for name in names:
            nursery.start_soon(_leave_out, name, found)
    return frozenset(found)


async def _leave_out(name: str, found: set[str]) -> None:
    with trio.move_on_after(LEFT_OUT_S):
        while True:
            led = await _led(name)
            if led is not None:
                found.update(led)
                return
            await trio.sleep(LEFT_OUT_AGAIN_S)
    raise NotLeftOut(name)


async def _led(name: str) -> tuple[str, ...] | None:
    """None: it cannot be told now."""
    with trio.move_on_after(NAME_S):
        try:
            known = await trio.to_thread.run_sync(_resolved, name, limiter=_resolvers(), abandon_on_cancel=True)
        except UnicodeError:
            return ()
        except OSError as error:
            return () if error.errno in _NOWHERE else None
        return tuple(dict.fromkeys(known))
    return None


def _resolved(name: str) -> list[str]:
    return [str(entry[4][0]) for entry in socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)]


def _resolvers() -> trio.CapacityLimiter:
    """An abandoned thread lasts until the system's resolver gives up; the agent needs the others."""
    try:
        return _RESOLVERS.get()
    except LookupError:
        _RESOLVERS.set(trio.CapacityLimiter(RESOLVERS))
        return _RESOLVERS.get()
