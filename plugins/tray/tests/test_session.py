"""The tray in a session: on a real bus, a panel and notifications that come and go, an agent that restarts."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import trio
from jeepney import DBusAddress
from session_rig import Session, session, until
from tray_rig import printer_row, uuid_of

from tympan_tray import _linux
from tympan_tray._agents import Agent
from tympan_tray._dbus import CallFailed
from tympan_tray._icon import SIZES
from tympan_tray._notifier import NAME as NOTIFICATIONS
from tympan_tray._panel import ITEM, ITEM_PATH, MENU_PATH, PROPERTIES
from tympan_tray._tray import FOLLOWED, Ending
from tympan_tray._view import View, written

pytestmark = [pytest.mark.anyio, pytest.mark.system]
EMPTY = {"reachable": True, "reason": "media-empty", "detail": "The device is out of paper."}


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], Any]:
    return lambda: session(tmp_path, monkeypatch.setenv)


async def shown(there: Session) -> None:
    await there.watch()
    there.start()
    await until(lambda: there.watcher.registered)
    await there.until_item("ToolTip", ("", [], "Tympan: Needs you", TIP))


TIP = "Was “letter 4” printed at 2nd floor? Nobody knows\n2 documents wait for you"


async def test_a_panel_is_told_icon_state_and_menu(here: Callable[[], Any]) -> None:
    async with here() as there:
        await shown(there)
        item = await there.item()
        assert item["Status"] == "NeedsAttention"
        assert item["Menu"] == "/MenuBar"
        assert [(w, h, len(data)) for w, h, data in item["AttentionIconPixmap"]] == [(s, s, s * s * 4) for s in SIZES]
        assert {"Needs you", "Release all", "letter 1 · 3 pages · Front", "Front – ready", "Quit the tray"} <= set(
            await there.menu()
        )


async def test_a_click_on_release_releases_the_job_and_the_menu_follows(here: Callable[[], Any]) -> None:
    async with here() as there:
        await shown(there)
        _, root = await there.bus.call(*_layout(there))
        release = next(
            number for number, label in _labels_below(root, "letter 1 · 3 pages · Front") if label == "Release"
        )
        await there.click(release)
        await until(lambda: there.site.control.did("release"))
        assert there.site.control.did("release")[0]["jobs"] == [uuid_of(1)]
        with trio.fail_after(20):
            while "letter 1 · 3 pages · Front" in await there.menu():
                await trio.sleep(0.05)


async def test_a_title_that_the_bus_would_not_carry_ends_nothing(here: Callable[[], Any]) -> None:
    async with here() as there:
        there.site.control.jobs[0]["name"] = "let\0ter"
        await shown(there)
        with trio.fail_after(20):
            while "let ter · 3 pages · Front" not in await there.menu():
                await trio.sleep(0.05)


@pytest.mark.parametrize(
    ("path", "member", "signature", "body"),
    [
        (MENU_PATH, "GetLayout", "", ()),
        (MENU_PATH, "GetLayout", "sas", ("0", [])),
        (MENU_PATH, "Event", "i", (1,)),
        (MENU_PATH, "EventGroup", "as", (["1"],)),
        (ITEM_PATH, "Get", "s", (ITEM,)),
        (ITEM_PATH, "Activate", "s", ("1",)),
    ],
)
async def test_a_call_with_other_values_than_it_takes_is_refused_and_ends_nothing(
    here: Callable[[], Any], path: str, member: str, signature: str, body: tuple[Any, ...]
) -> None:
    async with here() as there:
        await shown(there)
        interface = PROPERTIES if member == "Get" else ITEM if path == ITEM_PATH else "com.canonical.dbusmenu"
        at = DBusAddress(path, there.watcher.registered[-1], interface)
        with pytest.raises(CallFailed, match=r"Error\.InvalidArgs"):
            await there.bus.call(at, member, signature, body)
        assert (await there.item())["Status"] == "NeedsAttention"


async def test_signals_with_other_values_than_agreed_end_nothing(here: Callable[[], Any]) -> None:
    async with here() as there:
        await there.notify()
        await shown(there)
        await there.bus.emit("/org/freedesktop/DBus", "org.freedesktop.DBus", "NameOwnerChanged", "s", ("x",))
        await there.bus.emit("/org/freedesktop/Notifications", NOTIFICATIONS, "ActionInvoked")
        assert (await there.item())["Status"] == "NeedsAttention"


async def test_it_waits_for_a_panel_that_comes_late_and_registers_again_with_each_new_one(
    here: Callable[[], Any],
) -> None:
    async with here() as there:
        there.start()
        await until(lambda: there.said)
        assert "tympan open" in there.said[0]
        await there.watch()
        await until(lambda: len(there.watcher.registered) == 1)
        await there.watch_no_more()
        await there.watch()
        await until(lambda: len(there.watcher.registered) == 2)
        assert (await there.item())["Title"] == "Tympan"


async def test_a_need_is_notified_once_withdrawn_when_over_and_opens_the_page(here: Callable[[], Any]) -> None:
    async with here() as there:
        control = there.site.control
        control.jobs = control.jobs[:2]
        control.jobs[0] |= {"state": "waiting", "name": "<b>bold</b>"}
        control.printers = [printer_row("front", device=EMPTY)]
        told = await there.notify()
        await there.watch()
        there.start()
        await until(lambda: told.told)
        assert told.told[1][0] == "3 pages wait: paper out at 2nd floor"
        await there.bus.emit("/org/freedesktop/Notifications", _interface(), "ActionInvoked", "us", (1, "default"))
        await until(lambda: there.opened)
        assert there.opened[0].startswith(f"http://127.0.0.1:{there.site.port}/me/open?code=")
        control.printers = [printer_row("front")]
        await until(lambda: told.closed == [1])
        assert len(told.told) == 1


async def test_it_lives_through_a_restart_of_the_agent_says_so_and_notifies_nothing_twice(
    here: Callable[[], Any],
) -> None:
    async with here() as there:
        told = await there.notify()
        await shown(there)
        await until(lambda: told.told)
        there.site.stop()
        await there.until_menu("Starting again")
        await there.until_menu("Not running: nothing prints")
        assert not told.closed
        await there.nursery.start(there.site.run)
        await there.until_menu("Needs you")
        assert len(told.told) == 1


async def test_what_does_not_work_is_told_and_ends_nothing(here: Callable[[], Any]) -> None:
    async with here() as there:
        told = await there.notify()
        await shown(there)
        there.site.control.refused = [{"job": uuid_of(1), "detail": "The code of the screen is wanted"}]
        await there.click(await there.until_menu("Release all"))
        await until(lambda: ("The code of the screen is wanted", "") in told.told.values())
        there.site.control.refused = []
        await there.click(await there.until_menu("Release all"))
        await until(lambda: len(there.site.control.did("release")) == 2)


async def test_one_tray_is_enough_for_a_session(here: Callable[[], Any]) -> None:
    async with here() as there:
        await shown(there)
        ended = await _linux.serve(there.site.find, lambda _: True, there.said.append, {})
        assert ended == (Ending.ANOTHER, "")
        assert (await there.item())["Title"] == "Tympan"


async def test_a_tray_follows_an_agent_that_was_updated_once(here: Callable[[], Any]) -> None:
    async with here() as there:
        await there.watch()
        found, newer = there.site.find, View(account="ada", release="99.0.0", tray="99.0.0")

        async def ask(agent: Agent, what: str, **arguments: Any) -> dict[str, Any]:
            if arguments["seen"]:
                await trio.sleep_forever()
            return {"view": json.loads(written(newer)), "digest": "1"}

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Agent, "ask", ask)
            ended = await _linux.serve(found, lambda _: True, there.said.append, {})
            assert ended == (Ending.NEWER, "99.0.0")
            there.start({FOLLOWED: "99.0.0"})
            await until(lambda: len(there.watcher.registered) == 2)
            await there.until_menu("Tympan 99.0.0")


async def test_it_speaks_the_sessions_language(here: Callable[[], Any]) -> None:
    async with here() as there:
        await there.watch()
        there.start({"LANG": "de_DE.UTF-8"})
        await until(lambda: there.watcher.registered)
        await there.until_menu("Braucht Sie")


async def test_quit_ends_it_and_the_item_is_gone(here: Callable[[], Any]) -> None:
    async with here() as there:
        await shown(there)
        await there.click(await there.until_menu("Quit the tray"))
        with trio.fail_after(20):
            while True:
                try:
                    await there.item()
                except CallFailed:
                    break
                await trio.sleep(0.05)


async def test_a_session_without_a_bus_is_told_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", f"unix:path={tmp_path}/none")
    with pytest.raises(CallFailed, match="no session bus"):
        await _linux.serve(lambda: None, lambda _: True, print, {})  # type: ignore[arg-type, return-value]


def _layout(there: Session) -> tuple[Any, ...]:
    from jeepney import DBusAddress

    at = DBusAddress("/MenuBar", there.watcher.registered[-1], "com.canonical.dbusmenu")
    return at, "GetLayout", "iias", (0, -1, [])


def _labels_below(root: Any, label: str) -> list[tuple[int, str]]:
    for _, (_, properties, children) in root[2]:
        if dict(properties).get("label", ("s", ""))[1] == label:
            return [(number, dict(told)["label"][1]) for _, (number, told, _) in children]
    return []


def _interface() -> str:
    return "org.freedesktop.Notifications"
