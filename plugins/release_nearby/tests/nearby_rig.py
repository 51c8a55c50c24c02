"""The page beside a kernel in memory: real sockets on loopback, a hub and a releaser that remember."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlencode
from uuid import UUID

import attrs
import trio

from tympan.plugin import Member, NotReleased, Printer, Released, ReleaseWish, TympanError, printer_id
from tympan.testing import FakeHost, FakeHubLink, FakeMembership
from tympan_release_nearby._service import NearbyService
from tympan_wire.hub import NearAnswer, NearRequest, decode, encode

POINT = Printer(
    id=printer_id("front"), name="Front <b>", uri="ipp://device.example/ipp/print", releases=True, location="Hall"
)
PUSH = Printer(id=printer_id("desk"), name="Desk", uri="ipp://other.example/ipp/print")
MEMBER = Member(address="https://print.example/", agent="agent-1", tenant="acme")
CHALLENGE = "c." + "A" * 60
CODE = "ABCD2345"


class Remembering:
    """``Releaser`` that keeps wishes; grants that begin with "bad" are refused."""

    def __init__(self) -> None:
        self.wishes: list[ReleaseWish] = []
        self.error: TympanError | None = None

    async def release(self, wish: ReleaseWish) -> Released:
        """Releases one job a grant."""
        await trio.lowlevel.checkpoint()
        self.wishes.append(wish)
        if self.error is not None and wish.grants == ("old",):
            raise self.error
        good = [grant for grant in wish.grants if not grant.startswith("bad")]
        bad = [grant for grant in wish.grants if grant.startswith("bad")]
        refused = tuple(NotReleased(job=UUID(int=9), detail=f"{grant} was used before") for grant in bad)
        return Released(jobs=tuple(UUID(int=number) for number, _ in enumerate(good, 1)), refused=refused)


@attrs.frozen
class Answer:
    """An answer over HTTP."""

    status: int
    headers: dict[str, str]
    text: str


@attrs.define(eq=False)
class Nearby:
    """What a test holds."""

    host: FakeHost
    link: FakeHubLink
    releaser: Remembering
    doors: list[tuple[str, ...]] = attrs.field(factory=list)
    challenges: list[str] = attrs.field(factory=list)

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.doors[-1][0].rpartition(":")[2])

    def near(self, payload: bytes) -> bytes:
        """The hub's side of ``near``."""
        asked = decode(NearRequest, payload)
        if asked.doors:
            self.doors.append(asked.doors)
            return encode(NearAnswer())
        self.challenges.append(asked.challenge)
        return encode(NearAnswer(ticket="t.TICKET"))

    async def ask(
        self,
        method: str,
        target: str,
        body: bytes = b"",
        host: str = "",
        headers: tuple[str, ...] = (),
        phone: str = "127.0.0.1",
    ) -> Answer:
        """One request on a connection of its own, from a phone with this address."""
        named = host or f"127.0.0.1:{self.port}"
        lines = [f"{method} {target} HTTP/1.1", f"Host: {named}", "Connection: close", *headers]
        lines += [f"Content-Length: {len(body)}"] if method == "POST" else []
        stream = await trio.open_tcp_stream("127.0.0.1", self.port, local_address=phone)
        async with stream:
            with trio.fail_after(10):
                await stream.send_all("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
                whole = b"".join([piece async for piece in stream])
        head, _, text = whole.partition(b"\r\n\r\n")
        first, *rest = head.decode("latin-1").split("\r\n")
        told = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in rest)}
        return Answer(int(first.split()[1]), told, text.decode())

    async def post(self, *grants: str, point: str = "front", phone: str = "127.0.0.1") -> Answer:
        """Sends the form."""
        fields = [("point", point), *(("grant", grant) for grant in grants)]
        return await self.ask("POST", "/release", urlencode(fields).encode(), phone=phone)


@asynccontextmanager
async def nearby(
    *, member: Member | None = MEMBER, portal: str = "", releases: bool = True, linked: bool = True
) -> AsyncIterator[Nearby]:
    """A page that runs, on loopback."""
    link, releaser = FakeHubLink(), Remembering()
    ports: list[object] = [FakeMembership(member), link, *([releaser] if releases else [])]
    settings = {"port": 0, "addresses": ["127.0.0.1"], "portal": portal}
    host = FakeHost("release_nearby", settings=settings, printers=[POINT, PUSH], ports=ports)
    here = Nearby(host, link, releaser)
    link.answers = {"near": here.near}
    async with trio.open_nursery() as nursery:
        nursery.start_soon(NearbyService(look_s=0.05).run, host)
        with trio.fail_after(10):
            while not here.doors:
                await trio.sleep(0.005)
        if not linked:
            host.offered.remove(link)
        yield here
        nursery.cancel_scope.cancel()
