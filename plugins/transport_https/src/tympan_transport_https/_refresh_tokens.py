"""Tokens by which sign-ins are lengthened: each kept, sealed, before the hub hears of it, and rotated at every use.

- A request whose answer was lost is repeated with the same pair, and a crash loses no sign-in.
- What is kept of another membership is of no use and goes.
"""

from __future__ import annotations

import datetime as dt
import json
import secrets
from typing import Any

import attrs

from tympan.plugin import Host, Member
from tympan_transport_https._errors import HubRefused, NotEnrolled
from tympan_transport_https._limits import REFRESH_AFTER, REFRESH_BYTES, SIGN_INS
from tympan_transport_https._link import HttpsLink
from tympan_transport_https._membership import HubMembership
from tympan_transport_https._rules import understood
from tympan_wire.hub import Operation, RefreshRequest, SignInAnswer, encode

_STATE = "sign-ins"
_FORMAT = 1


@attrs.frozen(kw_only=True)
class Kept:
    """A sign-in as it is kept: its token, and the next one while the hub may or may not know it.

    Attributes:
        agent: The agent's name at the hub; those of another membership are of no use.
        id: Of the sign-in.
        token: The one that holds.
        following: The one sent with it; "" when nothing is under way.
        renewed_at: When it was lengthened last, by the hub's clock.
    """

    agent: str
    id: str
    token: str
    following: str = ""
    renewed_at: str


def new_token() -> str:
    """One that nobody guesses."""
    return secrets.token_urlsafe(REFRESH_BYTES)


class RefreshTokens:
    """Those of this machine's accounts."""

    def __init__(self, membership: HubMembership, link: HttpsLink) -> None:
        self._membership = membership
        self._link = link
        self._host: Host | None = None
        self._kept: dict[str, Kept] = {}

    async def open(self, host: Host) -> None:
        """Takes up what an earlier run kept; what cannot be read is said, and people sign in again."""
        self._host, self._kept = host, {}
        data = await host.state.get(_STATE)
        try:
            table: dict[str, Any] = json.loads(data) if data else {"format": _FORMAT, "people": {}}
            if table["format"] == _FORMAT:
                self._kept = {user: Kept(**row) for user, row in table["people"].items()}
        except (ValueError, LookupError, TypeError, AttributeError) as error:
            host.log("what was kept of sign-ins cannot be read", error=str(error)[:200])

    async def add(self, user: str, member: Member, sign_in: str, token: str) -> None:
        """Keeps the token of an account that has signed in.

        Raises:
            HubRefused: As many accounts as may be are signed in.
        """
        if len(self._kept) >= SIGN_INS and user not in self._kept:
            raise HubRefused(f"{SIGN_INS} accounts are signed in here already")
        self._kept[user] = Kept(agent=member.agent, id=sign_in, token=token, renewed_at=self._now().isoformat())
        await self._keep()

    async def drop(self, user: str) -> bool:
        """Forgets an account's; tells whether there was one."""
        was = self._kept.pop(user, None) is not None
        await self._keep()
        return was

    async def refresh(self) -> None:
        """Lengthens what is due. Raises ``HubError`` when the hub cannot be asked now."""
        member = self._membership.member
        for user, kept in list(self._kept.items()):
            if member is None or kept.agent != member.agent:
                await self.drop(user)
            elif kept.following or self._now() - dt.datetime.fromisoformat(kept.renewed_at) >= REFRESH_AFTER:
                await self._refresh(user, kept)

    async def _refresh(self, user: str, kept: Kept) -> None:
        if not kept.following:
            kept = attrs.evolve(kept, following=new_token())
            self._kept[user] = kept
            await self._keep()
        request = RefreshRequest(sign_in=kept.id, refresh_token=kept.token, next=kept.following)
        try:
            understood(SignInAnswer, await self._link.request(Operation.SIGN_IN_REFRESH, encode(request)))
        except HubRefused as error:
            self._opened().log("a sign-in has ended", user=user, why=error.sentence)
            self._kept.pop(user, None)
        else:
            now = self._now().isoformat()
            self._kept[user] = attrs.evolve(kept, token=kept.following, following="", renewed_at=now)
        await self._keep()

    async def _keep(self) -> None:
        people = {user: attrs.asdict(kept) for user, kept in self._kept.items()}
        await self._opened().state.put(_STATE, json.dumps({"format": _FORMAT, "people": people}).encode())

    def _now(self) -> dt.datetime:
        return self._membership.calls.now()

    def _opened(self) -> Host:
        if self._host is None:
            raise NotEnrolled  # the kernel hands the port out only while the plugin runs
        return self._host
