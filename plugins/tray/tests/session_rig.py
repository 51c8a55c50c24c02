"""A session as the tray finds one: a real dbus-daemon, a panel's watcher, notifications, and an agent's site."""

from __future__ import annotations

import os
import socket
import subprocess
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import attrs
import trio
from jeepney import DBusAddress
from tray_rig import ClockHost, FakeControl

from tympan.plugin import LocalResponse
from tympan_net.http_server import Request, Response, ServerLimits, open_listeners, serve
from tympan_tray import _linux
from tympan_tray._agents import Agent
from tympan_tray._app import TrayApp
from tympan_tray._dbus import Answer, Call, SessionBus, session_bus
from tympan_tray._notifier import NAME as NOTIFICATIONS
from tympan_tray._panel import ITEM, ITEM_PATH, MENU_PATH, PROPERTIES, WATCHER
from tympan_tray._standing import Away

CONFIG = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>session</type><listen>unix:path={socket}</listen><auth>EXTERNAL</auth>
<policy context="default"><allow send_destination="*"/><allow receive_sender="*"/><allow own="*"/></policy>
</busconfig>
"""
PATIENCE_S = 20.0
"""A whole machine may be busy; what is awaited comes within a fraction of it."""


async def until(what: Callable[[], Any]) -> Any:
    """Waits until something is so, and returns it."""
    with trio.fail_after(PATIENCE_S):
        while not (found := what()):
            await trio.sleep(0.02)
    return found


class Watcher:
    """The panel's ``org.kde.StatusNotifierWatcher``; it keeps the names of the items that were ``registered``."""

    def __init__(self) -> None:
        self.registered: list[str] = []

    def answer(self, call: Call) -> Answer | None:
        """One call."""
        if call.member != "RegisterStatusNotifierItem":
            return None
        self.registered.append(call.body[0])
        return Answer()


class Notifications:
    """``org.freedesktop.Notifications``; it keeps what was ``told`` by its number, and what was ``closed``."""

    def __init__(self) -> None:
        self.told: dict[int, tuple[str, str]] = {}
        self.closed: list[int] = []

    def answer(self, call: Call) -> Answer | None:
        """One call."""
        if call.member == "GetCapabilities":
            return Answer(signature="as", body=(["body", "body-markup", "actions"],))
        if call.member == "Notify":
            number = len(self.told) + 1
            self.told[number] = (call.body[3], call.body[4])
            return Answer(signature="u", body=(number,))
        if call.member == "CloseNotification":
            self.closed.append(call.body[0])
            return Answer()
        return None


@attrs.define(eq=False)
class Site:
    """An agent's site with the tray's application alone, that can be stopped and started again."""

    control: FakeControl = attrs.field(factory=FakeControl)
    port: int = 0
    up: bool = False
    _scope: trio.CancelScope | None = None

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Until it is stopped."""
        host, app = ClockHost("tray", control=self.control), TrayApp()

        async def handle(request: Request) -> Response:
            answer: LocalResponse = await app.handle(request)
            return Response(status=answer.status, headers=answer.headers, body=answer.body)

        async with trio.open_nursery() as nursery:
            self._scope = nursery.cancel_scope
            nursery.start_soon(app.run, host)
            await host.ready_event.wait()
            listeners = await open_listeners(("127.0.0.1",), self.port)
            self.port = listeners[0].socket.getsockname()[1]
            await nursery.start(lambda task_status: serve(
                handle, listeners=listeners, limits=ServerLimits(), task_status=task_status))  # fmt: skip
            self.up = True
            task_status.started()
        self.up = False

    def stop(self) -> None:
        """As an agent that ends."""
        self.up = False
        if self._scope is not None:
            self._scope.cancel()

    def find(self) -> Agent | Away:
        """The tray's finder."""
        return Agent(port=self.port, uid=os.getuid()) if self.up else Away(cause="no agent runs here")


@attrs.define(eq=False)
class Session:
    """What a test holds: a second connection to the bus, as a panel has it."""

    bus: SessionBus
    site: Site
    nursery: trio.Nursery
    opened: list[str] = attrs.field(factory=list)
    said: list[str] = attrs.field(factory=list)
    watcher: Watcher = attrs.field(factory=Watcher)
    notifications: Notifications = attrs.field(factory=Notifications)

    async def watch(self) -> Watcher:
        """A panel comes."""
        self.bus.export("/StatusNotifierWatcher", self.watcher.answer, {})
        assert await self.bus.own(WATCHER)
        return self.watcher

    async def watch_no_more(self) -> None:
        """The panel goes."""
        await self._bus_call("ReleaseName", WATCHER)

    async def notify(self) -> Notifications:
        """The desktop's notifications come."""
        self.bus.export("/org/freedesktop/Notifications", self.notifications.answer, {})
        assert await self.bus.own(NOTIFICATIONS)
        return self.notifications

    async def _bus_call(self, member: str, name: str) -> None:
        at = DBusAddress("/org/freedesktop/DBus", "org.freedesktop.DBus", "org.freedesktop.DBus")
        await self.bus.call(at, member, "s", (name,))

    def start(self, env: Mapping[str, str] | None = None) -> None:
        """Starts the tray."""

        async def tray() -> None:
            await _linux.serve(self.site.find, self._open, self.said.append, env or {})

        self.nursery.start_soon(tray)

    def _open(self, address: str) -> bool:
        self.opened.append(address)
        return True

    async def item(self) -> dict[str, Any]:
        """The item's properties, as a panel reads them."""
        at = DBusAddress(ITEM_PATH, self.watcher.registered[-1], PROPERTIES)
        (told,) = await self.bus.call(at, "GetAll", "s", (ITEM,))
        return {name: value for name, (_, value) in told.items()}

    async def menu(self) -> dict[str, int]:
        """Labels of the whole menu with their numbers."""
        at = DBusAddress(MENU_PATH, self.watcher.registered[-1], "com.canonical.dbusmenu")
        _, root = await self.bus.call(at, "GetLayout", "iias", (0, -1, []))
        found: dict[str, int] = {}

        def take(row: Any) -> None:
            number, properties, children = row
            found[dict(properties).get("label", ("s", ""))[1]] = number
            for _, child in children:
                take(child)

        take(root)
        return found

    async def until_item(self, name: str, value: object) -> None:
        """Waits until a property of the item is so."""
        with trio.fail_after(PATIENCE_S):
            while (await self.item())[name] != value:
                await trio.sleep(0.05)

    async def until_menu(self, label: str) -> int:
        """Waits for an entry; its number."""
        with trio.fail_after(PATIENCE_S):
            while label not in (found := await self.menu()):
                await trio.sleep(0.05)
        return found[label]

    async def click(self, number: int) -> None:
        """As a panel tells a click."""
        at = DBusAddress(MENU_PATH, self.watcher.registered[-1], "com.canonical.dbusmenu")
        await self.bus.call(at, "Event", "isvu", (number, "clicked", ("s", ""), 0))


def start_bus(folder: Path, place: Path) -> subprocess.Popen[bytes]:
    """A bus of its own, which starts no program by itself."""
    config = folder / "bus.conf"
    config.write_text(CONFIG.format(socket=place))
    with (folder / "bus.log").open("wb") as log:
        return subprocess.Popen(["dbus-daemon", "--nofork", f"--config-file={config}"], stdout=log, stderr=log)


def listens(path: Path) -> bool:
    """Whether the bus takes connections: its socket is there a moment before it does."""
    with socket.socket(socket.AF_UNIX) as link:
        return link.connect_ex(str(path)) == 0


@asynccontextmanager
async def session(folder: Path, setenv: Callable[[str, str], None]) -> AsyncIterator[Session]:
    """A session with a bus and an agent, and nothing else yet. Owns: the bus's process."""
    place = folder / "bus"
    process = start_bus(folder, place)
    try:
        await until(lambda: listens(place))
        setenv("DBUS_SESSION_BUS_ADDRESS", f"unix:path={place}")
        site = Site()
        async with session_bus() as bus, trio.open_nursery() as nursery:
            nursery.start_soon(bus.run)
            await nursery.start(site.run)
            yield Session(bus, site, nursery)
            nursery.cancel_scope.cancel()
    finally:
        process.terminate()
        process.wait(10)
