"""Notifications by ``org.freedesktop.Notifications`` (Desktop Notifications 1.2): each once, and taken back."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import Any, Final

from jeepney import DBusAddress, Message

from tympan_tray._dbus import CallFailed, SessionBus
from tympan_tray._icon import pixels
from tympan_tray._notices import change
from tympan_tray._standing import Need, Seen, Standing, Why
from tympan_tray._words import Words, marked

NAME: Final = "org.freedesktop.Notifications"
_AT: Final = DBusAddress("/org/freedesktop/Notifications", NAME, NAME)
_SIZE: Final = 48
_NORMAL: Final = 1
_BY_ITSELF: Final = -1
"""The desktop decides how long it is shown."""


class Notifier:
    """What was told.

    Args:
        bus: The session's.
        say: In whose words.
        opened: Told that somebody clicks a notification.
    """

    def __init__(self, bus: SessionBus, say: Words, opened: Callable[[], None]) -> None:
        self._bus = bus
        self._say = say
        self._opened = opened
        self._told: dict[str, int] = {}
        self._markup: bool | None = None

    async def start(self) -> None:
        """Hears of clicks."""
        await self._bus.hear(NAME, "ActionInvoked", "us", self._clicked)

    async def show(self, seen: Seen) -> None:
        """Tells what is new, and takes back what is over. A desktop without notifications is told nothing."""
        wanted = change(self._told, seen)
        for key in wanted.over:
            await self._take_back(self._told.pop(key))
        for need in wanted.tell:
            self._told[need.key] = await self._tell(need)

    async def say(self, sentence: str) -> None:
        """Tells what came of a choice; it goes by itself."""
        await self._notify(sentence, "", "transfer")

    async def _tell(self, need: Need) -> int:
        category = "device" if need.why is Why.DEVICE else "transfer"
        return await self._notify(self._say.need(need), self._say.advice(need), category)

    async def _notify(self, summary: str, body: str, category: str) -> int:
        """The notification's number; 0 where the desktop shows none."""
        actions = ["default", self._say(marked("Open the page"))]
        hints = {
            "urgency": ("y", _NORMAL),
            "desktop-entry": ("s", "tympan-tray"),
            "category": ("s", category),
            "image-data": ("(iiibiiay)", _picture()),
        }
        told = ("Tympan", 0, "", summary, await self._body(body), actions, hints, _BY_ITSELF)
        try:
            (number,) = await self._bus.call(_AT, "Notify", "susssasa{sv}i", told, gives="u")
        except CallFailed:
            return 0
        return int(number)

    async def _body(self, text: str) -> str:
        """Escaped where the desktop reads markup: a document's name is never any."""
        if self._markup is None:
            try:
                (there,) = await self._bus.call(_AT, "GetCapabilities", gives="as")
                self._markup = "body-markup" in there
            except CallFailed:
                return escape(text, quote=False)
        return escape(text, quote=False) if self._markup else text

    async def _take_back(self, number: int) -> None:
        if number:
            try:
                await self._bus.call(_AT, "CloseNotification", "u", (number,))
            except CallFailed:
                return  # it was closed by hand, or the desktop is gone

    async def _clicked(self, message: Message) -> None:
        if message.body[0] in self._told.values():
            self._opened()


def _picture() -> tuple[Any, ...]:
    """The icon as the specification wants it: RGBA rows."""
    argb = pixels(Standing.NEEDS_YOU, _SIZE)
    rgba = b"".join(argb[at + 1 : at + 4] + argb[at : at + 1] for at in range(0, len(argb), 4))
    return _SIZE, _SIZE, _SIZE * 4, True, 8, 4, rgba
