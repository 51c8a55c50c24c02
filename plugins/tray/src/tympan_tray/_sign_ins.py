"""Sign-ins under way: one code for an account at a time, asked about until it is over."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from enum import StrEnum

import attrs
import trio

from tympan.plugin import Host, TympanError
from tympan_tray._limits import SLOWER_S


class Progress(StrEnum):
    """How far it is."""

    PENDING = "pending"
    SIGNED_IN = "signed-in"
    ENROLLED = "enrolled"
    DENIED = "denied"
    EXPIRED = "expired"
    FAILED = "failed"


@attrs.frozen(kw_only=True)
class Code:
    """What a person approves at the hub's portal.

    Attributes:
        user_code: To be typed.
        uri: Where.
        uri_complete: The same with the code in it; shown as a QR code.
        enrols: Whether it lets this machine in, too.
        detail: Why it failed, in English.
        address: The hub that was named; "" for the one this machine belongs to.
    """

    id: str
    user_code: str
    uri: str
    uri_complete: str
    interval_s: float
    ends_at: dt.datetime
    enrols: bool = False
    progress: Progress = Progress.PENDING
    detail: str = ""
    address: str = ""


class SignIns:
    """Those under way, by account.

    Args:
        host: The kernel's controls are asked through it.
        nursery: In which they are followed.
    """

    def __init__(self, host: Host, nursery: trio.Nursery) -> None:
        self._host = host
        self._nursery = nursery
        self._codes: dict[str, Code] = {}

    def of(self, account: str) -> Code | None:
        """The code an account was shown last."""
        return self._codes.get(account)

    async def begin(self, account: str, address: str) -> Code:
        """A new code for an account; one of the same hub that is still good is given again.

        Raises:
            TympanError: No hub is named, or the hub says no.
        """
        there = self._codes.get(account)
        waits = there is not None and there.progress is Progress.PENDING and self._host.now() < there.ends_at
        if there is not None and waits and there.address == address:
            return there
        answer = await self._host.control.ask("login.begin", {"user": account, "address": address})
        code = attrs.evolve(_code(answer if isinstance(answer, dict) else {}), address=address)
        self._codes[account] = code
        self._nursery.start_soon(self._follow, account, code)
        return code

    async def _follow(self, account: str, code: Code) -> None:
        """Asks until it is over; an agent that is away for a moment is no end. One that another took the place of is
        asked about no more: whoever approved it would join a hub that nobody means.
        """
        wait_s = code.interval_s
        while self._host.now() < code.ends_at:
            await trio.sleep(wait_s)
            if self._codes[account].id != code.id:
                return
            try:
                answer = await self._host.control.ask("login.ask", {"id": code.id})
            except TympanError as error:
                code = attrs.evolve(code, detail=error.sentence)
                self._show(account, code)
                continue
            standing = str(answer.get("standing", "")) if isinstance(answer, dict) else ""
            if standing == "slower":
                wait_s += SLOWER_S
            elif standing != "pending":
                self._end(account, code, standing)
                return
        self._end(account, code, Progress.EXPIRED)

    def _end(self, account: str, code: Code, standing: str) -> None:
        known = standing if standing in tuple(Progress) else Progress.FAILED
        self._show(account, attrs.evolve(code, progress=Progress(known)))

    def _show(self, account: str, code: Code) -> None:
        """What became of a code; of one that another took the place of, nobody is told."""
        if self._codes[account].id == code.id:
            self._codes[account] = code


def _code(answer: Mapping[str, object]) -> Code:
    return Code(
        id=str(answer["id"]),
        user_code=str(answer["user_code"]),
        uri=str(answer["uri"]),
        uri_complete=str(answer["uri_complete"]),
        interval_s=float(str(answer["interval_s"])),
        ends_at=dt.datetime.fromisoformat(str(answer["expires_at"])),
        enrols=bool(answer.get("enrols")),
    )
