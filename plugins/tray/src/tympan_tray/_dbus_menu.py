"""The menu as com.canonical.dbusmenu tells it: numbers, properties, and what was clicked. Pure but for the answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

from tympan_tray._dbus import Answer, Call
from tympan_tray._menu import Entry, Kind
from tympan_tray._wishes import Wish

ROOT: Final = 0
_VERSION: Final = 3
_WHOLE: Final = -1
"""Depth of ``GetLayout`` that means everything below."""

Variant = tuple[str, Any]


class DbusMenu:
    """The menu there is.

    Args:
        chosen: Told of every wish that is clicked.
    """

    def __init__(self, chosen: Callable[[Wish], None]) -> None:
        self._chosen = chosen
        self._numbers: dict[str, int] = {}
        self._entries: dict[int, Entry] = {}
        self._top: tuple[Entry, ...] = ()
        self.revision = 1

    def take(self, entries: tuple[Entry, ...]) -> bool:
        """Another menu; whether it is another one."""
        if entries == self._top:
            return False
        self._top = entries
        self._entries = {self._number(entry.key): entry for entry in _flat(entries)}
        self.revision += 1
        return True

    def _number(self, key: str) -> int:
        """An entry's own for as long as the tray runs: a click that comes late is about what it was about."""
        return self._numbers.setdefault(key, len(self._numbers) + 1)

    def answer(self, call: Call) -> Answer | None:
        """What a panel asks of ``com.canonical.dbusmenu``."""
        answerer = _ANSWERS.get(call.member)
        return answerer(self, call.body) if answerer else None

    def properties(self) -> dict[str, Variant]:
        """Of the menu itself."""
        return {
            "Version": ("u", _VERSION),
            "Status": ("s", "normal"),
            "TextDirection": ("s", "ltr"),
            "IconThemePath": ("as", []),
        }

    def layout(self, number: int, depth: int) -> tuple[int, dict[str, Variant], list[Variant]]:
        """An entry with what is below it."""
        children = self._children(number) if depth else ()
        below = [("(ia{sv}av)", self.layout(self._number(child.key), depth - 1)) for child in children]
        return number, self.told(number), below

    def _children(self, number: int) -> tuple[Entry, ...]:
        if number == ROOT:
            return self._top
        entry = self._entries.get(number)
        return entry.children if entry else ()

    def told(self, number: int) -> dict[str, Variant]:
        """An entry's properties; none for one that is gone."""
        if number == ROOT:
            return {"children-display": ("s", "submenu")}
        entry = self._entries.get(number)
        if entry is None:
            return {}
        if entry.kind is Kind.SEPARATOR:
            return {"type": ("s", "separator")}
        shown: dict[str, Variant] = {
            "label": ("s", entry.label.replace("_", "__")),  # a single one marks a key of the keyboard
            "enabled": ("b", entry.enabled),
            "visible": ("b", True),
        }
        return {**shown, "children-display": ("s", "submenu")} if entry.children else shown

    def clicked(self, number: int, event: str) -> bool:
        """Something happened to an entry; whether there is one."""
        entry = self._entries.get(number)
        if entry is not None and event == "clicked" and entry.wish is not None:
            self._chosen(entry.wish)
        return entry is not None or number == ROOT


def _flat(entries: tuple[Entry, ...]) -> Iterator[Entry]:
    for entry in entries:
        yield entry
        yield from _flat(entry.children)


def _get_layout(menu: DbusMenu, body: tuple[Any, ...]) -> Answer:
    number, depth = body[0], body[1]
    return Answer(signature="u(ia{sv}av)", body=(menu.revision, menu.layout(number, depth)))


def _get_group(menu: DbusMenu, body: tuple[Any, ...]) -> Answer:
    wanted = body[0] or list(menu._entries)
    return Answer(
        signature="a(ia{sv})", body=([(number, menu.told(number)) for number in wanted if menu.told(number)],)
    )


def _get_one(menu: DbusMenu, body: tuple[Any, ...]) -> Answer:
    return Answer(signature="v", body=(menu.told(body[0]).get(body[1], ("s", "")),))


def _event(menu: DbusMenu, body: tuple[Any, ...]) -> Answer:
    menu.clicked(body[0], body[1])
    return Answer()


def _events(menu: DbusMenu, body: tuple[Any, ...]) -> Answer:
    missing = [event[0] for event in body[0] if not menu.clicked(event[0], event[1])]
    return Answer(signature="ai", body=(missing,))


def _about_to_show(menu: DbusMenu, body: tuple[Any, ...]) -> Answer:
    return Answer(signature="b", body=(False,))


def _about_to_show_many(menu: DbusMenu, body: tuple[Any, ...]) -> Answer:
    missing = [number for number in body[0] if number != ROOT and not menu.told(number)]
    return Answer(signature="aiai", body=([], missing))


_ANSWERS: Final[dict[str, Callable[[DbusMenu, tuple[Any, ...]], Answer]]] = {
    "GetLayout": _get_layout,
    "GetGroupProperties": _get_group,
    "GetProperty": _get_one,
    "Event": _event,
    "EventGroup": _events,
    "AboutToShow": _about_to_show,
    "AboutToShowGroup": _about_to_show_many,
}
"""Methods of the interface."""
