"""The bridge: an application of the loopback site, and the task by which it has its host.

Strangers are told nothing: whatever they ask, they get the same refusal, without a header that lets a page read it.
"""

from __future__ import annotations

from importlib.metadata import version
from typing import TypeVar

import trio

from tympan.plugin import Host, LocalCaller, LocalRequest, LocalResponse, Member, Membership, TympanError
from tympan_browser_bridge import _visitor
from tympan_browser_bridge._challenges import Challenges
from tympan_browser_bridge._errands import Errands
from tympan_browser_bridge._errors import BadErrand, BridgeError, NotSignedInHere, PermitRefused, TooMany
from tympan_browser_bridge._limits import BODY_BYTES, BODY_S, ERRANDS, GREETINGS, TEXT_CHARS
from tympan_browser_bridge._origins import trusted_origins
from tympan_browser_bridge._people import signed_in
from tympan_browser_bridge._permits import verified
from tympan_browser_bridge._rate import Rate
from tympan_wire.bridge import GREET_PATH, PREFIX, RUN_PATH, Code, Errand, Greeting, Refusal, Result
from tympan_wire.hub import HubMessageError, decode, encode

_M = TypeVar("_M")
_STRANGER = LocalResponse(
    status=403,
    headers=(("content-type", "text/plain; charset=utf-8"),),
    body=b"Pages in a browser may not call this.\n",
)


class BrowserBridge:
    """The ports ``LocalApp`` and ``Service`` in one: requests are answered while the service runs."""

    prefix = PREFIX
    callers = frozenset({LocalCaller.PORTAL})

    def __init__(self) -> None:
        self._desk: BridgeDesk | None = None

    async def run(self, host: Host) -> None:
        """Serves until cancelled; what was given out before is worth nothing afterwards."""
        self._desk = BridgeDesk(host)
        host.ready()
        try:
            await trio.sleep_forever()
        finally:
            self._desk = None

    async def handle(self, request: LocalRequest) -> LocalResponse:
        """Answers one request of the portal's page, and refuses everybody else."""
        desk = self._desk
        member = None if desk is None else desk.member
        if desk is None or member is None or not _visitor.is_ours(request, desk.origins(member)):
            return _STRANGER
        admitted = _visitor.admission(request.header("origin") or "")
        try:
            return await desk.answer(request, member)
        except BridgeError as error:
            return _refused(error.code, error, error.status, admitted)
        except TympanError as error:
            return _refused(Code.FAILED, error, BridgeError.status, admitted)


class BridgeDesk:
    """What the bridge is while it runs."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._challenges = Challenges(host.now)
        self._errands = Errands(host)
        self._greetings, self._runs = Rate(GREETINGS), Rate(ERRANDS)

    @property
    def member(self) -> Member | None:
        """Whose agent this is."""
        found = self._host.ports(Membership)  # type: ignore[type-abstract]
        return found[0].member if found else None

    def origins(self, member: Member) -> frozenset[str]:
        """Where the portal's pages come from."""
        return trusted_origins(member, self._host.settings.texts("origins"))

    async def answer(self, request: LocalRequest, member: Member) -> LocalResponse:
        """Answers a page of the portal.

        Raises:
            TympanError: It is refused, or could not be done.
        """
        origin = request.header("origin") or ""
        if _visitor.is_preflight(request):
            if not _visitor.may_follow(request):
                return _STRANGER
            return LocalResponse(status=204, headers=_visitor.preflight_admission(origin))
        if request.method != "POST" or not _visitor.asked_first(request):
            raise BadErrand("the bridge takes POST with JSON and its own header")
        if request.path == GREET_PATH:
            return _json(await self._greet(request, member), 200, _visitor.admission(origin))
        if request.path == RUN_PATH:
            return _json(await self._run(request, member), 200, _visitor.admission(origin))
        raise BadErrand("the bridge knows no such request")

    async def _greet(self, request: LocalRequest, member: Member) -> Greeting:
        if not self._greetings.take():
            raise TooMany
        await _body(request)
        required, people = await signed_in(self._host)
        return Greeting(
            agent=member.agent,
            tenant=member.tenant,
            release=version("tympan"),
            challenge=self._challenges.give(),
            people=people,
            needs_sign_in=required,
            installed=await self._errands.installed(),
        )

    async def _run(self, request: LocalRequest, member: Member) -> Result:
        if not self._runs.take():
            raise TooMany
        permit = verified(_understood(Errand, await _body(request)).permit, member)
        if not self._challenges.take(permit.challenge):
            raise PermitRefused("the permit was used already, or is too old")
        required, people = await signed_in(self._host)
        if required and not permit.manages and permit.person not in people:
            raise NotSignedInHere
        self._host.log("the portal's page asks", deed=permit.deed.value, printer=permit.printer, person=permit.person)
        return await self._errands.do(permit)


async def _body(request: LocalRequest) -> bytes:
    try:
        with trio.fail_after(BODY_S):
            return await request.body(BODY_BYTES)
    except trio.TooSlowError as error:
        raise BadErrand(f"the request did not come within {BODY_S:g} s") from error


def _understood(kind: type[_M], body: bytes) -> _M:
    try:
        return decode(kind, body)
    except HubMessageError as error:
        raise BadErrand("what the page sent cannot be understood") from error


def _refused(code: Code, error: TympanError, status: int, headers: tuple[tuple[str, str], ...]) -> LocalResponse:
    said = Refusal(code=code, cause=error.cause[:TEXT_CHARS], next_step=error.next_step[:TEXT_CHARS])
    return _json(said, status, headers)


def _json(value: object, status: int, headers: tuple[tuple[str, str], ...]) -> LocalResponse:
    plain = (("content-type", "application/json"), ("cache-control", "no-store"), ("x-content-type-options", "nosniff"))
    return LocalResponse(status=status, headers=(*plain, *headers), body=encode(value))
