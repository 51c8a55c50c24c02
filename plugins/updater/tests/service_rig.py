"""The service beside a kernel in memory: a hub that wishes, a repository over real HTTP, orders on the disk."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import attrs
import trio
from desk_rig import Machine

from tympan.plugin import LookAgain, NotFound, TympanError
from tympan.testing import FakeHost, FakeHubLink
from tympan_net.http_server import Request, Response, open_listeners, serve
from tympan_updater._installation import Installation
from tympan_updater._order import Order, read_order
from tympan_updater._service import UpdaterService
from tympan_wire.hub import Ring, UpdatesRequest, UpdatesWanted, decode, encode

SETTINGS: Mapping[str, object] = {
    "channel": "all",
    "repository": "",
    "peers": [],
    "paused": False,
    "pin": "",
    "window": "",
    "every_s": 3600.0,
    "share_addresses": [],
    "share_port": 0,
}
WAIT_S = 20.0


@attrs.define(eq=False)
class Hub:
    """A hub that wishes one thing, and keeps what it was told."""

    wish: UpdatesWanted = attrs.field(factory=lambda: UpdatesWanted(ring=Ring.ALL))
    told: list[UpdatesRequest] = attrs.field(factory=list)
    then: Callable[[], None] = lambda: None

    def answer(self, payload: bytes) -> bytes:
        self.told.append(decode(UpdatesRequest, payload))
        answer = encode(self.wish)
        self.then()
        return answer


@attrs.define(eq=False)
class Agent:
    """What the agent says of itself: plugins by their states, and whether its print system answers."""

    plugins: dict[str, str] = attrs.field(factory=lambda: {"ipp_endpoint": "running", "spool_cups": "running"})
    prints: bool | None = True
    token: str = ""

    async def ask(self, operation: str, arguments: Mapping[str, object]) -> object:
        await trio.lowlevel.checkpoint()
        if operation == "plugins":
            return [{"id": name, "status": at, "distribution": f"tympan-{name}"} for name, at in self.plugins.items()]
        if self.prints is None:
            raise NotFound("no plugin of a print system runs")
        if not self.prints:
            raise TympanError("CUPS does not answer")
        return []

    def announce(self, port: int) -> None:
        raise AssertionError

    def withdraw(self) -> None:
        raise AssertionError


@attrs.define(eq=False)
class Running:
    """A service that runs."""

    host: FakeHost
    folder: Path
    started: list[Installation]
    place: Installation

    async def noted(self, words: str) -> str:
        with trio.fail_after(WAIT_S):
            while words not in self.host.noted:
                await trio.sleep(0.01)
        return self.host.noted

    def order(self) -> Order | None:
        path = self.folder / "order.json"
        if not path.exists():
            return None
        state = self.folder / "state" / "store" / "plugins" / "updater"
        state.mkdir(parents=True, exist_ok=True)
        (state / "order.json").write_bytes(path.read_bytes())
        return read_order(self.folder / "state")

    def look_again(self) -> None:
        self.host.noted = ""
        self.host.bus.publish(LookAgain(topic="updates"))


@asynccontextmanager
async def service(
    desk: Machine, *ports: object, agent: Agent | None = None, folder: Path | None = None, **settings: object
) -> AsyncIterator[Running]:
    """A service that runs; ``folder`` is its plugin's, where it ran before."""
    host = FakeHost("updater", settings={**SETTINGS, **settings}, ports=ports, control=agent or Agent())
    if folder is not None:
        shutil.copytree(folder, await host.folder(), dirs_exist_ok=True)
    started: list[Installation] = []
    async with trio.open_nursery() as nursery:
        running = Running(host, await host.folder(), started, desk.place)
        service = UpdaterService(desk.place, first_s=0.0, start=started.append, settle_s=0.0)
        nursery.start_soon(service.run, host)
        yield running
        nursery.cancel_scope.cancel()


@asynccontextmanager
async def served(folder: Path, asked: list[str] | None = None) -> AsyncIterator[str]:
    """A folder over HTTP."""

    async def handle(request: Request) -> Response:
        if asked is not None:
            asked.append(request.path)
        path = folder / request.path.lstrip("/")
        return Response(body=path.read_bytes()) if path.is_file() else Response(status=404)

    listeners = await open_listeners(["127.0.0.1"], 0)
    async with trio.open_nursery() as nursery:
        await nursery.start(partial(serve, handle, listeners=listeners))
        yield f"http://127.0.0.1:{listeners[0].socket.getsockname()[1]}/"
        nursery.cancel_scope.cancel()


def linked(hub: Hub) -> FakeHubLink:
    """The way to it."""
    link = FakeHubLink()
    link.answers = {"updates": hub.answer}
    return link
