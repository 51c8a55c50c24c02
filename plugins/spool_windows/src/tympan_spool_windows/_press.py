"""A press seen from the agent: started, fed, told that the document is whole, and ended.

Owns: one child process, from ``start_press`` to ``finish`` or ``close``.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Final, cast

import trio

from tympan.plugin import own_module
from tympan_spool_windows._errors import PressFailed
from tympan_spool_windows._frames import GAVE_UP, HEAD, BadFrame, Kind, Order, frame, parse_head
from tympan_spool_windows._limits import PIECE_BYTES, PRESS_END_S, PRESS_STALL_S, PRESS_START_S

COMMAND: Final = own_module("tympan_spool_windows._worker")
_KEPT_BACK: Final = ("TYMPAN_",)
"""Starts of names in the agent's environment that stay with it; drivers find theirs in what is left."""
_BROKEN: Final = "The printer driver or the renderer broke down on this document"
_SLOW: Final = "The printer driver did not go on with this document; it may wait for an answer on a screen"


class Press:
    """One job of the spooler, being filled by a process.

    Attributes:
        number: The spooler's.
        pages: That went to the spooler so far.
        whole: Whether it was told that the document is whole.
        gave_up: Whether it ended and had taken its job back; known when it is closed.
    """

    def __init__(self, process: trio.Process) -> None:
        self._process = process
        self._to = cast("trio.abc.SendStream", process.stdin)  # it was started with pipes
        self._from = cast("trio.abc.ReceiveStream", process.stdout)
        self._held = bytearray()
        self.number = 0
        self.pages = 0
        self.whole = False
        self.gave_up = False

    async def start(self, order: Order) -> None:
        """Has the job begun."""
        await self._give(frame(Kind.ORDER, order.encode()), PRESS_START_S)
        self.number = int(await self._told(Kind.STARTED, PRESS_START_S))

    async def fill(self, document: AsyncIterator[bytes]) -> None:
        """Hands it the document and has the job ended, after which it prints.

        Raises:
            PressFailed: It was given up, or broke off; which of the two tells ``gave_up``.
        """
        async for piece in document:
            for at in range(0, len(piece), PIECE_BYTES):
                await self._give(frame(Kind.DATA, piece[at : at + PIECE_BYTES]), PRESS_STALL_S)
        self.whole = True
        await self._give(frame(Kind.END), PRESS_STALL_S)
        await self._told(Kind.DONE, PRESS_STALL_S)

    async def _give(self, data: bytes, deadline_s: float) -> None:
        try:
            with trio.fail_after(deadline_s):
                await self._to.send_all(data)
        except trio.TooSlowError as error:
            raise PressFailed(_SLOW) from error
        except trio.BrokenResourceError as error:
            await self._told(Kind.FAILED, PRESS_END_S)  # what it said before it left
            raise PressFailed(_BROKEN) from error

    async def _told(self, wanted: Kind, deadline_s: float) -> str:
        while True:
            kind, payload = await self._next(deadline_s)
            if kind is Kind.FAILED:
                raise PressFailed(payload.decode(errors="replace").strip().rstrip(".") or _BROKEN)
            if kind is wanted:
                return payload.decode(errors="replace")
            if kind is Kind.PAGE:
                self.pages += 1

    async def _next(self, deadline_s: float) -> tuple[Kind, bytes]:
        try:
            with trio.fail_after(deadline_s):
                kind, size = parse_head(await self._take(HEAD.size))
                return kind, await self._take(size)
        except trio.TooSlowError as error:
            raise PressFailed(_SLOW) from error
        except (BadFrame, trio.BrokenResourceError) as error:
            raise PressFailed(_BROKEN) from error

    async def _take(self, size: int) -> bytes:
        while len(self._held) < size:
            data = await self._from.receive_some()
            if not data:
                raise PressFailed(_BROKEN)
            self._held += data
        taken = bytes(self._held[:size])
        del self._held[:size]
        return taken

    async def close(self) -> None:
        """Ends it. A job that was not whole is given up: the press sees that nothing more comes, and has a while."""
        with trio.CancelScope(shield=True):
            await self._to.aclose()
            with trio.move_on_after(PRESS_END_S):
                await self._process.wait()
            if self._process.returncode is None:
                self._process.kill()
                await self._process.wait()
            self.gave_up = self._process.returncode == GAVE_UP
            await self._from.aclose()


async def start_press(order: Order, command: Sequence[str] = COMMAND) -> Press:
    """Starts a press and has its job begun.

    Raises:
        PressFailed: The queue takes no job; there is none then.
    """
    process = await trio.lowlevel.open_process(
        list(command), stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment(os.environ)
    )
    press = Press(process)
    try:
        await press.start(order)
    except BaseException:
        await press.close()
        raise
    return press


def environment(own: Mapping[str, str]) -> dict[str, str]:
    """The agent's without what is the agent's alone."""
    return {name: value for name, value in own.items() if not name.upper().startswith(_KEPT_BACK)}
