"""The face for Windows and macOS, over a toolkit that is none: what it is given to show, and what a choice becomes."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from tray_rig import held, job, uuid_of, view

from tympan_tray._elsewhere import OtherFace, serve
from tympan_tray._standing import Away
from tympan_tray._tray import Ending
from tympan_tray._wishes import Act, Wish
from tympan_tray._words import spoken


class Menu(tuple[Any, ...]):
    """As pystray's."""

    SEPARATOR = "-"

    def __new__(cls, *items: Any) -> Menu:
        return super().__new__(cls, items)


class MenuItem:
    """As pystray's."""

    def __init__(self, text: str, action: Any, enabled: bool = True) -> None:
        self.text, self.action, self.enabled = text, action, enabled


class Icon:
    """As pystray's; ``run`` waits until it is stopped."""

    def __init__(self, name: str, icon: Any, title: str) -> None:
        self.icon, self.title, self.menu, self.visible = icon, title, Menu(), False
        self.told: list[str] = []
        self.when_shown: Callable[[Icon], None] = lambda icon: None

    def notify(self, message: str, title: str) -> None:
        self.told.append(message)

    def run(self, setup: Callable[[Icon], None]) -> None:
        setup(self)

    def stop(self) -> None:
        self.visible = False


class Toolkit:
    """The module."""

    Menu, MenuItem, Icon = Menu, MenuItem, Icon


def face(chosen: Callable[[Wish], None]) -> tuple[Icon, OtherFace]:
    icon = Icon("tympan", None, "")
    return icon, OtherFace(Toolkit, icon, spoken("en"), chosen)


@pytest.mark.anyio
async def test_it_shows_state_and_menu_and_a_choice_is_a_wish() -> None:
    chosen: list[Wish] = []
    icon, shown = face(chosen.append)
    await shown.show(view(held=(held(1),)))
    assert icon.title == "Tympan: Connected"
    assert icon.icon.size == (48, 48)
    waiting = next(item for item in icon.menu if getattr(item, "text", "").startswith("letter 1"))
    release = next(item for item in waiting.action if item.text == "Release")
    release.action()
    assert chosen == [Wish(act=Act.RELEASE, jobs=(uuid_of(1),))]
    assert Menu.SEPARATOR in icon.menu


@pytest.mark.anyio
async def test_a_need_is_told_once_there_too() -> None:
    icon, shown = face(lambda wish: None)
    for _ in range(2):
        await shown.show(view(jobs=(job(state="unknown"),)))
    await shown.show(Away(restarting=True))
    await shown.show(view(jobs=(job(state="unknown"),)))
    assert len(icon.told) == 1


def test_quitting_ends_it() -> None:
    class Waiting(Icon):
        def run(self, setup: Callable[[Icon], None]) -> None:
            self.over = threading.Event()
            setup(self)
            assert self.over.wait(20)

        def stop(self) -> None:
            self.over.set()

        @property
        def menu(self) -> Any:
            return self._menu

        @menu.setter
        def menu(self, items: Any) -> None:
            self._menu = items
            for item in items:
                if getattr(item, "text", "") == "Quit the tray":
                    item.action()

    class Kit(Toolkit):
        Icon = Waiting

    ended = serve(lambda: Away(cause="no agent runs"), lambda _: True, lambda line: None, {}, toolkit=Kit)
    assert ended == (Ending.QUIT, "")
