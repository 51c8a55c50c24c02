"""``SignIn`` at the hub: codes to approve, and the sign-ins that came of them, each lengthened by a token that rotates.

- A token is made here and kept, sealed, before the hub hears of it: a request whose answer was lost is repeated with
  the same pair, and a crash loses no sign-in.
- Who is signed in is for the hub to say, and comes with what it wants; here are only the tokens.
"""

from __future__ import annotations

import datetime as dt
import json
import secrets
from typing import Any

import attrs
import trio

from tympan.plugin import Host, LoginCode, LoginStanding, NotFound
from tympan_transport_https._computer import this_computer
from tympan_transport_https._errors import AlreadyEnrolled, HubRefused, NotEnrolled
from tympan_transport_https._limits import CODES, REFRESH_AFTER, REFRESH_BYTES, SIGN_INS
from tympan_transport_https._link import HttpsLink
from tympan_transport_https._membership import HubMembership
from tympan_transport_https._rules import checked_address, understood
from tympan_wire.hub import (
    DeviceCode,
    DeviceCodeAnswer,
    DeviceCodeQuestion,
    DeviceCodeRequest,
    Done,
    Grant,
    Operation,
    RefreshRequest,
    SignInAnswer,
    SignInCodeRequest,
    SignInQuestion,
    SignOutRequest,
    encode,
)

_STATE = "sign-ins"
_FORMAT = 1
_STANDINGS = {
    Grant.PENDING: LoginStanding.PENDING,
    Grant.SLOW_DOWN: LoginStanding.SLOWER,
    Grant.DENIED: LoginStanding.DENIED,
    Grant.EXPIRED: LoginStanding.EXPIRED,
    Grant.GRANTED: LoginStanding.SIGNED_IN,
}


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


@attrs.define(kw_only=True)
class _Waiting:
    """A code that somebody looks at."""

    address: str
    user: str
    code: str
    token: str
    enrols: bool


class HubSignIns:
    """Sign-ins of this machine's accounts."""

    def __init__(self, membership: HubMembership, link: HttpsLink) -> None:
        self._membership = membership
        self._link = link
        self._host: Host | None = None
        self._kept: dict[str, Kept] = {}
        self._waiting: dict[str, _Waiting] = {}
        self._busy = trio.Lock()

    async def open(self, host: Host) -> None:
        """Takes up what an earlier run kept; what cannot be read is said, and people sign in again."""
        self._host, self._kept, self._waiting = host, {}, {}
        data = await host.state.get(_STATE)
        try:
            table: dict[str, Any] = json.loads(data) if data else {"format": _FORMAT, "people": {}}
            if table["format"] == _FORMAT:
                self._kept = {user: Kept(**row) for user, row in table["people"].items()}
        except (ValueError, LookupError, TypeError, AttributeError) as error:
            host.log("what was kept of sign-ins cannot be read", error=str(error)[:200])

    async def begin(self, address: str, user: str) -> LoginCode:
        """A code for an account."""
        member = self._membership.member
        if member is None:
            return await self._begin_enrolment(address, user)
        if address and checked_address(address) != member.address:
            raise AlreadyEnrolled(member.address)
        answer = await self._link.request(Operation.SIGN_IN_CODE, encode(SignInCodeRequest(user=user)))
        return self._shown(member.address, user, understood(DeviceCode, answer), enrols=False)

    async def ask(self, code: str) -> LoginStanding:
        """What became of a code."""
        waiting = self._waiting.get(code)
        if waiting is None:
            raise NotFound("nobody waits with this code", next_step="Begin again: tympan login")
        async with self._busy:
            standing = await self._approved(waiting)
        if standing not in (LoginStanding.PENDING, LoginStanding.SLOWER):
            self._waiting.pop(code, None)
        return standing

    async def _approved(self, waiting: _Waiting) -> LoginStanding:
        if not waiting.enrols:
            return await self._signed_in(waiting)
        standing = await self._let_in(waiting)
        if standing is not LoginStanding.ENROLLED:
            return standing
        waiting.enrols = False
        asked = await self._signed_in(waiting)
        return asked if asked is LoginStanding.SIGNED_IN else LoginStanding.ENROLLED

    async def sign_out(self, user: str) -> bool:
        """Ends the sign-in of an account."""
        if self._membership.member is None:
            raise NotEnrolled
        understood(Done, await self._link.request(Operation.SIGN_OUT, encode(SignOutRequest(user=user))))
        was = self._kept.pop(user, None) is not None
        await self._keep()
        return was

    async def refresh(self) -> None:
        """Lengthens what is due. Raises ``HubError`` when the hub cannot be asked now."""
        member = self._membership.member
        for user, kept in list(self._kept.items()):
            if member is None or kept.agent != member.agent:
                del self._kept[user]
                await self._keep()
            elif kept.following or self._now() - dt.datetime.fromisoformat(kept.renewed_at) >= REFRESH_AFTER:
                await self._refresh(user, kept)

    # ------------------------------------------------------------------ one code

    async def _begin_enrolment(self, address: str, user: str) -> LoginCode:
        if not address:
            raise NotEnrolled
        address = checked_address(address)
        here = this_computer()
        request = DeviceCodeRequest(name=here.name, platform=here.platform, release=here.release, user=user)
        calls = self._membership.calls
        answer = await calls.post(address, Operation.DEVICE_CODE, encode(request))
        return self._shown(address, user, understood(DeviceCode, answer), enrols=True)

    def _shown(self, address: str, user: str, code: DeviceCode, *, enrols: bool) -> LoginCode:
        while len(self._waiting) >= CODES:
            self._waiting.pop(next(iter(self._waiting)))
        name = secrets.token_hex(8)
        token = secrets.token_urlsafe(REFRESH_BYTES)
        self._waiting[name] = _Waiting(address=address, user=user, code=code.device_code, token=token, enrols=enrols)
        return LoginCode(
            id=name,
            user_code=code.user_code,
            uri=code.verification_uri,
            uri_complete=code.verification_uri_complete,
            interval_s=float(max(code.interval_s, 1)),
            expires_at=self._opened().now() + dt.timedelta(seconds=max(code.expires_in_s, 1)),
            enrols=enrols,
        )

    async def _let_in(self, waiting: _Waiting) -> LoginStanding:
        question = encode(DeviceCodeQuestion(device_code=waiting.code))
        calls = self._membership.calls
        answer = understood(DeviceCodeAnswer, await calls.post(waiting.address, Operation.DEVICE_TOKEN, question))
        if answer.grant is not Grant.GRANTED:
            return _STANDINGS[answer.grant]
        if self._membership.member is None:
            await self._membership.join(waiting.address, answer.token)
        return LoginStanding.ENROLLED

    async def _signed_in(self, waiting: _Waiting) -> LoginStanding:
        member = self._membership.member
        if member is None:
            raise NotEnrolled
        question = SignInQuestion(device_code=waiting.code, refresh_token=waiting.token)
        answer = understood(SignInAnswer, await self._link.request(Operation.SIGN_IN_TOKEN, encode(question)))
        if answer.grant is Grant.GRANTED:
            if len(self._kept) >= SIGN_INS and waiting.user not in self._kept:
                raise HubRefused(f"{SIGN_INS} accounts are signed in here already")
            now = self._now().isoformat()
            self._kept[waiting.user] = Kept(agent=member.agent, id=answer.sign_in, token=waiting.token, renewed_at=now)
            await self._keep()
        return _STANDINGS[answer.grant]

    # ------------------------------------------------------------------ keeping

    async def _refresh(self, user: str, kept: Kept) -> None:
        if not kept.following:
            kept = attrs.evolve(kept, following=secrets.token_urlsafe(REFRESH_BYTES))
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
