"""The site: who may ask what in the local network, and what is answered.

- Only by an address the site listens on: a page of a rebound DNS name comes no further than the ``Host`` header.
- Everybody in the network may ask, and gets nothing by that: what is released needs the hub's signed word for this
  agent and one job, and what proves nearness is worth something to the one phone that brought the challenge.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from importlib.resources import files
from typing import Final

import trio

from tympan.plugin import Host, HubLink, Membership, Releaser, ReleaseWish, TympanError
from tympan_net.http_server import Request, Response
from tympan_release_nearby import _pages
from tympan_release_nearby._errors import BadForm, NearbyError, NoHub, NothingReleases, TookTooLong, TooManyAsk
from tympan_release_nearby._forms import asked, brought
from tympan_release_nearby._limits import (
    BODY_BYTES,
    BODY_S,
    NEAR_S,
    PROOFS,
    PROOFS_EACH,
    RELEASE_S,
    RELEASES,
    RELEASES_EACH,
)
from tympan_release_nearby._outcome import Outcome
from tympan_release_nearby._rate import PhoneRates
from tympan_release_nearby._words import Language, language
from tympan_wire.hub import HubMessageError, NearAnswer, NearRequest, Operation, decode, encode

_KINDS: Final = {_pages.STYLE_PATH: "text/css; charset=utf-8", _pages.SCRIPT_PATH: "text/javascript; charset=utf-8"}
_WRONG_HOST: Final = Response(
    status=421, headers=(("content-type", "text/plain; charset=utf-8"),), body=b"This site is reached by address.\n"
)
_NOTHING: Final = Response(
    status=404,
    headers=(("content-type", "text/plain; charset=utf-8"), *_pages.HEADERS),
    body=b"There is no such page.\n",
)


class NearbySite:
    """Answers phones.

    Args:
        host: Where printers, the releaser and the hub are asked for.
        doors: Where the site is reached; nothing is answered elsewhere.
    """

    def __init__(self, host: Host, doors: tuple[str, ...]) -> None:
        self._host = host
        self._hosts = frozenset(door.removeprefix("http://") for door in doors)
        self._releases = PhoneRates(RELEASES_EACH, RELEASES)
        self._proofs = PhoneRates(PROOFS_EACH, PROOFS)
        self._routes: dict[tuple[str, str], Callable[[Request, Language], Awaitable[Response]]] = {
            ("GET", "/"): self._start,
            ("GET", "/release"): self._start,
            ("POST", "/release"): self._release,
            ("GET", "/near"): self._near,
        }

    async def handle(self, request: Request) -> Response:
        """Answers one request."""
        if not self._is_ours(request.header("host") or ""):
            return _WRONG_HOST
        if request.method == "GET" and request.path in _KINDS:
            return _static(request.path)
        answer = self._routes.get((request.method, request.path))
        if answer is None:
            return _NOTHING
        say = language(request.header("accept-language"))
        try:
            return await answer(request, say)
        except TympanError as error:
            return _pages.failed(error, error.status if isinstance(error, NearbyError) else 409, say)

    def _is_ours(self, named: str) -> bool:
        return named.lower() in self._hosts or f"{named.lower()}:80" in self._hosts

    async def _start(self, _: Request, say: Language) -> Response:
        await trio.lowlevel.checkpoint()
        return _pages.start([one for one in self._host.printers.all() if one.releases], say)

    async def _release(self, request: Request, say: Language) -> Response:
        if not self._releases.take(request.peer.address):
            raise TooManyAsk
        wanted = asked(await _body(request))
        found = self._host.ports(Releaser)  # type: ignore[type-abstract]
        if not found:
            raise NothingReleases
        told = Outcome()
        try:
            with trio.fail_after(RELEASE_S):
                for grant in wanted.grants:
                    told = await _released(found[0], grant, wanted.point, told)
        except trio.TooSlowError as error:
            raise TookTooLong from error
        self._host.used()
        self._host.log("a phone near by releases", point=wanted.point, jobs=told.sent)
        return _pages.done(told, say)

    async def _near(self, request: Request, _: Language) -> Response:
        if not self._proofs.take(request.peer.address):
            raise TooManyAsk
        told = brought(request.query)
        ticket = await self._ticket(told.challenge)
        self._host.used()
        return _pages.leading_to(f"{self._portal()}/r/{told.code}?p={ticket}")

    async def _ticket(self, challenge: str) -> str:
        links = self._host.ports(HubLink)  # type: ignore[type-abstract]
        if not links:
            raise NoHub
        try:
            with trio.fail_after(NEAR_S):
                answer = await links[0].request(Operation.NEAR, encode(NearRequest(challenge=challenge)))
        except trio.TooSlowError as error:
            raise NoHub from error
        try:
            return decode(NearAnswer, answer).ticket
        except HubMessageError as error:
            raise NoHub from error

    def _portal(self) -> str:
        """Where the portal is: nothing of it comes from who asks, so nobody is sent astray."""
        members = self._host.ports(Membership)  # type: ignore[type-abstract]
        member = members[0].member if members else None
        address = self._host.settings.text("portal") or (member.address if member else "")
        if not address:
            raise NoHub
        return address.rstrip("/")


async def _released(releaser: Releaser, grant: str, point: str, told: Outcome) -> Outcome:
    """One at a time, in the order they were brought: one that has expired takes none of the others with it."""
    try:
        one = await releaser.release(ReleaseWish(user="", at=point, grants=(grant,)))
    except TympanError as error:
        return told.with_refused(error.sentence)
    return told.and_also(one)


async def _body(request: Request) -> bytes:
    try:
        with trio.fail_after(BODY_S):
            return await request.body(BODY_BYTES)
    except trio.TooSlowError as error:
        raise BadForm(f"the form did not come within {BODY_S:g} s") from error


def _static(path: str) -> Response:
    body = (files("tympan_release_nearby") / "static" / path.removeprefix("/")).read_bytes()
    return Response(headers=(("content-type", _KINDS[path]), *_pages.HEADERS), body=body)
