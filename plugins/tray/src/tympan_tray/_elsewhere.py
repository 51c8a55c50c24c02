"""The face of the tray on Windows and macOS, by pystray. Not yet proved on a real one.

pystray wants the main thread; trio runs in another one, and what is chosen crosses over by trio's token.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import trio

from tympan_tray._agents import Finder
from tympan_tray._browser import Opener
from tympan_tray._icon import pixels
from tympan_tray._menu import Entry, Kind, menu
from tympan_tray._notices import change
from tympan_tray._standing import Seen, Standing, standing
from tympan_tray._tray import FOLLOWED, Ending, Tray
from tympan_tray._wishes import Wish
from tympan_tray._words import Words, of_session

_SIZE = 48
"""Pixels of a side; the system scales it."""


class OtherFace:
    """pystray's icon as a ``Face``.

    Args:
        toolkit: The module ``pystray``.
        icon: Its icon.
        say: In whose words.
        chosen: Told of wishes, in the toolkit's thread.
    """

    def __init__(self, toolkit: Any, icon: Any, say: Words, chosen: Callable[[Wish], None]) -> None:
        self._toolkit = toolkit
        self._icon = icon
        self._say = say
        self._chosen = chosen
        self._told: dict[str, object] = {}

    async def show(self, seen: Seen) -> None:
        """Shows how it stands, and tells what is new."""
        self._icon.icon = picture(standing(seen))
        self._icon.title = f"Tympan: {self._say.standing(seen)}"
        self._icon.menu = self._toolkit.Menu(*self._items(menu(seen, self._say)))
        wanted = change(self._told, seen)
        for key in wanted.over:
            self._told.pop(key)
        for need in wanted.tell:
            self._told[need.key] = need
            self._icon.notify(self._say.need(need), "Tympan")
        await trio.lowlevel.checkpoint()

    async def say(self, sentence: str) -> None:
        """Tells what came of a choice."""
        self._icon.notify(sentence, "Tympan")
        await trio.lowlevel.checkpoint()

    def _items(self, entries: Iterable[Entry]) -> list[Any]:
        return [self._item(entry) for entry in entries]

    def _item(self, entry: Entry) -> Any:
        if entry.kind is Kind.SEPARATOR:
            return self._toolkit.Menu.SEPARATOR
        if entry.children:
            return self._toolkit.MenuItem(entry.label, self._toolkit.Menu(*self._items(entry.children)))
        wish = entry.wish
        action = None if wish is None else lambda: self._chosen(wish)
        return self._toolkit.MenuItem(entry.label, action, enabled=entry.enabled)


def picture(standing_: Standing) -> Any:
    """The icon as pystray wants it."""
    from PIL import Image

    argb = pixels(standing_, _SIZE)
    rgba = b"".join(argb[at + 1 : at + 4] + argb[at : at + 1] for at in range(0, len(argb), 4))
    return Image.frombytes("RGBA", (_SIZE, _SIZE), rgba)


def serve(
    find: Finder, opener: Opener, log: Callable[[str], None], env: Mapping[str, str], toolkit: Any = None
) -> tuple[Ending, str]:
    """Runs the tray until it ends; why it did, and the agent's release then."""
    if toolkit is None:
        import pystray as toolkit  # type: ignore[import-not-found, no-redef, unused-ignore]
    say = of_session(env)
    icon = toolkit.Icon("tympan", picture(Standing.AWAY), "Tympan")
    ended: list[tuple[Ending, str]] = []

    async def main() -> None:
        tray, token = Tray(find, opener, log, env.get(FOLLOWED, "")), trio.lowlevel.current_trio_token()
        face = OtherFace(toolkit, icon, say, lambda wish: token.run_sync_soon(tray.choose, wish))
        ended.append((await tray.run(face), tray.release))

    def run() -> None:
        try:
            trio.run(main)
        finally:
            icon.stop()

    def beside(shown: Any) -> None:
        shown.visible = True
        threading.Thread(target=run, daemon=True).start()

    icon.run(setup=beside)
    return ended[0] if ended else (Ending.QUIT, "")
