"""The item in the panel: StatusNotifierItem and com.canonical.dbusmenu, as panels of KDE, XFCE, MATE, LXQt, Cinnamon,
GNOME with AppIndicator and of Wayland bars show it.

- The panel's watcher may come late, go, and come again: the item is registered each time it is there.
- A menu's numbers stay with its entries, so that what a person has open does not move under their pointer.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, Final

from jeepney import DBusAddress, Message

from tympan_tray._dbus import Answer, Call, CallFailed, SessionBus
from tympan_tray._dbus_menu import DbusMenu
from tympan_tray._icon import SIZES, pixels
from tympan_tray._introspection import ITEM_TAKES, ITEM_XML, MENU_TAKES, MENU_XML
from tympan_tray._menu import Entry
from tympan_tray._standing import Standing
from tympan_tray._wishes import Wish

ITEM_PATH: Final = "/StatusNotifierItem"
MENU_PATH: Final = "/MenuBar"
ITEM: Final = "org.kde.StatusNotifierItem"
WATCHER: Final = "org.kde.StatusNotifierWatcher"
PROPERTIES: Final = "org.freedesktop.DBus.Properties"
INTROSPECTABLE: Final = "org.freedesktop.DBus.Introspectable"
_WATCHER_AT: Final = DBusAddress("/StatusNotifierWatcher", WATCHER, WATCHER)
_STATUS: Final = {Standing.NEEDS_YOU: "NeedsAttention"}
_NO_PICTURES: Final[list[Any]] = []


class Panel:
    """The item.

    Args:
        bus: The session's.
        chosen: Told of every wish that is chosen.
        opened: Told that somebody asks for the page by clicking the icon itself.
    """

    def __init__(self, bus: SessionBus, chosen: Callable[[Wish], None], opened: Callable[[], None]) -> None:
        self._bus = bus
        self._opened = opened
        self._menu = DbusMenu(chosen)
        self._standing = Standing.AWAY
        self._title = "Tympan"
        self._lines: tuple[str, ...] = ()
        self.name = f"{ITEM}-{os.getpid()}-1"
        self.registered = False

    async def start(self) -> None:
        """Takes the item's name, and registers it wherever a watcher is or comes."""
        self._bus.export(ITEM_PATH, self._answer, ITEM_TAKES)
        self._bus.export(MENU_PATH, self._answer, MENU_TAKES)
        await self._bus.own(self.name)
        await self._bus.hear("org.freedesktop.DBus", "NameOwnerChanged", "sss", self._owner_changed)
        await self._register()

    async def _owner_changed(self, message: Message) -> None:
        name, _, new = message.body
        if name == WATCHER:
            self.registered = False
            if new:
                await self._register()

    async def _register(self) -> None:
        try:
            await self._bus.call(_WATCHER_AT, "RegisterStatusNotifierItem", "s", (self.name,))
            self.registered = True
        except CallFailed:
            self.registered = False  # no panel shows items now; the watcher's coming is heard

    async def show(self, standing: Standing, title: str, lines: tuple[str, ...], entries: tuple[Entry, ...]) -> None:
        """Shows another state."""
        icon_changed = standing is not self._standing
        self._standing, self._title, self._lines = standing, title, lines
        if icon_changed:
            await self._bus.emit(ITEM_PATH, ITEM, "NewIcon")
            await self._bus.emit(ITEM_PATH, ITEM, "NewAttentionIcon")
            await self._bus.emit(ITEM_PATH, ITEM, "NewStatus", "s", (self._status,))
        await self._bus.emit(ITEM_PATH, ITEM, "NewToolTip")
        if self._menu.take(entries):
            await self._bus.emit(MENU_PATH, "com.canonical.dbusmenu", "LayoutUpdated", "ui", (self._menu.revision, 0))

    @property
    def _status(self) -> str:
        return _STATUS.get(self._standing, "Active")

    # ------------------------------------------------------------------ what panels ask

    def _answer(self, call: Call) -> Answer | None:
        if call.interface == INTROSPECTABLE:
            return Answer(signature="s", body=(ITEM_XML if call.path == ITEM_PATH else MENU_XML,))
        if call.interface == PROPERTIES:
            return self._property(call)
        if call.path == MENU_PATH:
            return self._menu.answer(call)
        if call.member in ("Activate", "SecondaryActivate"):
            self._opened()
            return Answer()
        return Answer() if call.member in ("ContextMenu", "Scroll", "ProvideXdgActivationToken") else None

    def _property(self, call: Call) -> Answer | None:
        there = self._menu.properties() if call.path == MENU_PATH else self._properties()
        if call.member == "GetAll":
            return Answer(signature="a{sv}", body=(there,))
        if call.member == "Get" and call.body[1] in there:
            return Answer(signature="v", body=(there[call.body[1]],))
        return None

    def _properties(self) -> dict[str, tuple[str, Any]]:
        pictures = [(size, size, pixels(self._standing, size)) for size in SIZES]
        return {
            "Category": ("s", "Hardware"),
            "Id": ("s", "tympan"),
            "Title": ("s", "Tympan"),
            "Status": ("s", self._status),
            "WindowId": ("i", 0),
            "IconName": ("s", ""),
            "IconThemePath": ("s", ""),
            "IconPixmap": ("a(iiay)", pictures),
            "OverlayIconName": ("s", ""),
            "OverlayIconPixmap": ("a(iiay)", _NO_PICTURES),
            "AttentionIconName": ("s", ""),
            "AttentionIconPixmap": ("a(iiay)", pictures),
            "AttentionMovieName": ("s", ""),
            "ToolTip": ("(sa(iiay)ss)", ("", _NO_PICTURES, f"Tympan: {self._title}", "\n".join(self._lines))),
            "ItemIsMenu": ("b", True),
            "Menu": ("o", MENU_PATH),
        }
