"""``SignIn`` at the hub: codes that people approve in the portal, for this computer and for its accounts.

Who is signed in is for the hub to say, and comes with what it wants; here are only codes and tokens.
"""

from __future__ import annotations

import datetime as dt
import secrets

import attrs
import trio

from tympan.plugin import Host, LoginCode, LoginStanding, NotFound
from tympan_transport_https._computer import this_computer
from tympan_transport_https._errors import AlreadyEnrolled, NotEnrolled
from tympan_transport_https._limits import CODES
from tympan_transport_https._link import HttpsLink
from tympan_transport_https._membership import HubMembership
from tympan_transport_https._refresh_tokens import RefreshTokens, new_token
from tympan_transport_https._rules import checked_address, understood
from tympan_wire.hub import (
    DeviceCode,
    DeviceCodeAnswer,
    DeviceCodeQuestion,
    DeviceCodeRequest,
    Done,
    Grant,
    Operation,
    SignInAnswer,
    SignInCodeRequest,
    SignInQuestion,
    SignOutRequest,
    encode,
)

_STANDINGS = {
    Grant.PENDING: LoginStanding.PENDING,
    Grant.SLOW_DOWN: LoginStanding.SLOWER,
    Grant.DENIED: LoginStanding.DENIED,
    Grant.EXPIRED: LoginStanding.EXPIRED,
    Grant.GRANTED: LoginStanding.SIGNED_IN,
}


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
        self._tokens = RefreshTokens(membership, link)
        self._waiting: dict[str, _Waiting] = {}
        self._busy = trio.Lock()

    async def open(self, host: Host) -> None:
        """Takes up the tokens an earlier run kept; its codes are gone."""
        self._host, self._waiting = host, {}
        await self._tokens.open(host)

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
        return await self._tokens.drop(user)

    async def refresh(self) -> None:
        """Lengthens what is due. Raises ``HubError`` when the hub cannot be asked now."""
        await self._tokens.refresh()

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
        name, token = secrets.token_hex(8), new_token()
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
            await self._tokens.add(waiting.user, member, answer.sign_in, waiting.token)
        return _STANDINGS[answer.grant]

    def _opened(self) -> Host:
        if self._host is None:
            raise NotEnrolled  # the kernel hands the port out only while the plugin runs
        return self._host
