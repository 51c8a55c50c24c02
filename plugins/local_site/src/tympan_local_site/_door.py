"""Door: who may pass, decided before an application sees anything of a request.

- ``Host`` must name this machine's loopback and our port, else a page of a rebound DNS name could speak to us.
- A browser is known by ``Origin`` or ``Sec-Fetch-Site``; it passes only to applications that admit the portal, which
  then check origin and pairing. It never passes as the user whose browser it is.
- Whoever shows a token is judged by the token alone; everybody else by the user id that owns the connection.
- An application for any user of this machine is told by the connection who that is; where nobody tells, nobody passes.
- Nothing passes by default.
"""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable
from typing import Protocol

import attrs

from tympan.plugin import LocalCaller

_NAMES = ("localhost", "127.0.0.1", "[::1]")
_SCHEME = "bearer "


class Knock(Protocol):
    """What the door looks at in a request."""

    def header(self, name: str) -> str | None:
        """A header's value by its name in any case."""


@attrs.frozen(kw_only=True)
class Refusal:
    """Not let in.

    Attributes:
        status: HTTP status.
        reason: For the caller.
    """

    status: int
    reason: str


_WRONG_HOST = Refusal(status=421, reason="This site is reached as localhost, 127.0.0.1 or [::1] and its port only.")
_BROWSER = Refusal(status=403, reason="Pages in a browser may not call this.")
_BAD_TOKEN = Refusal(
    status=401, reason="This token is not the agent's; run the command as the user who runs the agent."
)
_NO_TOKEN = Refusal(status=401, reason="Show the agent's token: Authorization: Bearer <token>.")
_STRANGER = Refusal(
    status=403,
    reason="This user may not print here; add the account to the setting `users` of local_site, or show the token.",
)

Uid = Callable[[], Awaitable[int | None]]


class Door:
    """Decides about callers.

    Args:
        port: Port the site listens on.
        token: The agent's secret.
        uids: User ids that count as the spooler.
        uids_are_known: Whether this system tells who owns a connection; where it does not, everybody on this machine
            counts as the spooler.
    """

    def __init__(self, *, port: int, token: str, uids: frozenset[int], uids_are_known: bool) -> None:
        self._hosts = frozenset(f"{name}:{port}" for name in _NAMES) | (
            frozenset(_NAMES) if port == 80 else frozenset()
        )
        self._token = token.encode()
        self._uids = uids
        self._uids_are_known = uids_are_known

    async def admit(self, knock: Knock, uid: Uid, callers: frozenset[LocalCaller]) -> LocalCaller | Refusal:
        """Who the caller is, as one of ``callers``, or why it may not pass."""
        if (knock.header("host") or "").lower() not in self._hosts:
            return _WRONG_HOST
        if _is_browser(knock):
            return LocalCaller.PORTAL if LocalCaller.PORTAL in callers else _BROWSER
        shown = knock.header("authorization")
        if LocalCaller.TOKEN in callers and shown is not None and shown.lower().startswith(_SCHEME):
            return self._by_token(shown[len(_SCHEME) :].strip())
        if LocalCaller.USER in callers:
            return LocalCaller.USER if await uid() is not None else _NO_TOKEN
        if LocalCaller.SPOOLER not in callers:
            return _NO_TOKEN
        return await self._by_user(uid)

    def _by_token(self, shown: str) -> LocalCaller | Refusal:
        good = bool(self._token) and hmac.compare_digest(shown.encode(), self._token)
        return LocalCaller.TOKEN if good else _BAD_TOKEN

    async def _by_user(self, uid: Uid) -> LocalCaller | Refusal:
        owner = await uid()
        allowed = not self._uids_are_known if owner is None else owner in self._uids
        return LocalCaller.SPOOLER if allowed else _STRANGER


def _is_browser(knock: Knock) -> bool:
    """Browsers send Origin with every POST, and Sec-Fetch-Site with everything sent to loopback (Fetch Metadata)."""
    return knock.header("origin") is not None or knock.header("sec-fetch-site") is not None
