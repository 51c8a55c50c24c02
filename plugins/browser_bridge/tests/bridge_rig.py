"""The bridge beside a kernel in memory, and a hub's key that signs permits."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import attrs
import trio
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tympan.plugin import LocalResponse, Member, Printer, printer_id
from tympan.testing import FakeHost, FakeLocalRequest, FakeMembership, FakeSpooler
from tympan_browser_bridge._app import BrowserBridge
from tympan_wire.bridge import GREET_PATH, HEADER, PERMIT, RUN_PATH, Deed, Errand, Permit
from tympan_wire.hub import encode

KEY = Ed25519PrivateKey.generate()
ORIGIN = "https://print.example"
MEMBER = Member(
    address="https://print.example/", agent="agent-1", tenant="acme", policy_keys=(KEY.public_key().public_bytes_raw(),)
)
FRONT = Printer(id=printer_id("front"), name="Front", uri="ipp://device.example/ipp/print", location="Hall")
START = dt.datetime(2026, 11, 1, 12, 0, tzinfo=dt.UTC)


class FakeControl:
    """Tells who is signed in."""

    token = "none"

    def __init__(self) -> None:
        self.required = True
        self.people = ["ada"]

    async def ask(self, operation: str, arguments: object) -> object:
        """The people."""
        await trio.lowlevel.checkpoint()
        assert operation == "people"
        rows = [{"user": f"user-{person}", "person": person, "name": ""} for person in self.people]
        return {"required": self.required, "people": rows}

    def announce(self, port: int) -> None:
        """Not asked for."""

    def withdraw(self) -> None:
        """Not asked for."""


class ClockHost(FakeHost):
    """A host whose wall clock a test sets."""

    wall = START

    def now(self) -> dt.datetime:
        """As set."""
        return self.wall


@attrs.define(eq=False)
class Bridge:
    """What a test holds."""

    app: BrowserBridge
    host: ClockHost
    control: FakeControl
    membership: FakeMembership
    spooler: FakeSpooler

    async def ask(self, request: FakeLocalRequest) -> tuple[int, dict[str, str], Any]:
        """Status, headers and JSON (or bytes) of an answer."""
        answer: LocalResponse = await self.app.handle(request)
        assert isinstance(answer.body, bytes)
        headers = dict(answer.headers)
        body: Any = answer.body
        if headers.get("content-type") == "application/json":
            body = json.loads(answer.body)
        return answer.status, headers, body

    async def greet(self) -> dict[str, Any]:
        """Greets as the page does; the greeting."""
        status, _, greeting = await self.ask(page_request(GREET_PATH, b"{}"))
        assert status == 200, greeting
        assert isinstance(greeting, dict)
        return greeting

    async def run(self, permit: str) -> tuple[int, Any]:
        """Hands a permit in."""
        status, _, said = await self.ask(page_request(RUN_PATH, encode(Errand(permit=permit))))
        return status, said


def page_request(path: str, content: bytes, **headers: str) -> FakeLocalRequest:
    """A request as the portal's page sends it."""
    sent = {
        "Host": "127.0.0.1:39149",
        "Origin": ORIGIN,
        "Content-Type": "application/json",
        HEADER: "1",
        "Sec-Fetch-Site": "cross-site",
        "Sec-Fetch-Mode": "cors",
        "Sec-Fetch-Dest": "empty",
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    return FakeLocalRequest(method="POST", path=path, headers={k: v for k, v in sent.items() if v}, content=content)


def permit_for(challenge: str, key: Ed25519PrivateKey = KEY, **changes: Any) -> str:
    """A permit as the hub signs it, or another."""
    wanted = Permit(
        tenant="acme", agent="agent-1", person="ada", deed=Deed.INSTALL, printer="front", challenge=challenge
    )
    return signed(encode(attrs.evolve(wanted, **changes)), key)


def signed(payload: bytes, key: Ed25519PrivateKey = KEY, claimed: Ed25519PrivateKey | None = None) -> str:
    """An envelope around anything."""
    public = (claimed or key).public_key().public_bytes_raw()
    name = hashlib.sha256(public).hexdigest()[:16]
    return PERMIT.sealed(payload, key_id=name, signature=key.sign(PERMIT.to_be_signed(payload)))


async def refused(here: Bridge, permit: str, code: str = "permit-refused") -> None:
    """A permit that does nothing."""
    status, said = await here.run(permit)
    assert status >= 400
    assert said["code"] == code
    assert not await here.spooler.list_queues()


@asynccontextmanager
async def bridge(*, member: Member | None = MEMBER, origins: tuple[str, ...] = ()) -> AsyncIterator[Bridge]:
    """A running bridge."""
    control, membership, spooler = FakeControl(), FakeMembership(member), FakeSpooler()
    host = ClockHost(
        "browser_bridge",
        settings={"origins": origins},
        printers=[FRONT],
        ports=[membership, spooler],
        control=control,
    )
    app = BrowserBridge()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(app.run, host)
        await host.ready_event.wait()
        yield Bridge(app, host, control, membership, spooler)
        nursery.cancel_scope.cancel()
