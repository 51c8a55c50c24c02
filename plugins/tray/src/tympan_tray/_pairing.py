"""Pairing: how a page in a browser comes to be an account's.

- The tray, or ``tympan open``, is known by its connection or the token. It is given a code, and opens the page with it.
- A code opens once, and for a minute. What it gives is a session that the page's cookie names; both are random, and
  forgotten when the agent ends.
- Where the system tells who owns a connection, the browser must be the account's own: a code or a cookie that somebody
  else on the machine gets hold of opens nothing for them.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable

import attrs
import trio

from tympan_tray._limits import CODE_BYTES, CODE_S, CODES, SESSION_S, SESSIONS


@attrs.frozen(kw_only=True)
class Pass:
    """What a code or a cookie stands for.

    Attributes:
        account: Whose page it is.
        uid: Whose browser it has to be; None where the system does not tell.
        ends_at: On trio's clock.
    """

    account: str
    uid: int | None
    ends_at: float


class Passes:
    """So many passes of an account at once; its oldest makes room, and nobody else's does.

    Args:
        holds_s: How long one is good.
        most: How many of one account.
    """

    def __init__(self, holds_s: float, most: int, clock: Callable[[], float] = trio.current_time) -> None:
        self._holds_s = holds_s
        self._most = most
        self._clock = clock
        self._there: dict[str, Pass] = {}

    def give(self, account: str, uid: int | None) -> str:
        """A new one."""
        self._there = {code: held for code, held in self._there.items() if self._clock() < held.ends_at}
        own = [code for code, held in self._there.items() if held.account == account]
        for code in own[: max(len(own) - self._most + 1, 0)]:
            del self._there[code]
        made = secrets.token_urlsafe(CODE_BYTES)
        self._there[made] = Pass(account=account, uid=uid, ends_at=self._clock() + self._holds_s)
        return made

    def look(self, shown: str, uid: int | None) -> Pass | None:
        """What one stands for in the hands of a user id; None when it is good for nothing there."""
        found = self._there.get(shown)
        if found is None or (found.uid is not None and found.uid != uid):
            return None
        if self._clock() >= found.ends_at:
            del self._there[shown]
            return None
        return found

    def take(self, shown: str, uid: int | None) -> Pass | None:
        """The same, and it is good no more; in the wrong hands it stays for the right ones."""
        found = self.look(shown, uid)
        if found is not None:
            del self._there[shown]
        return found


class Pairing:
    """Codes and sessions."""

    def __init__(self, clock: Callable[[], float] = trio.current_time) -> None:
        self.codes = Passes(CODE_S, CODES, clock)
        self.sessions = Passes(SESSION_S, SESSIONS, clock)

    def opened(self, code: str, uid: int | None) -> str | None:
        """A session for a code."""
        found = self.codes.take(code, uid)
        return None if found is None else self.sessions.give(found.account, found.uid)
