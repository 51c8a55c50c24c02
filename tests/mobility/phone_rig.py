"""A phone before the page to print from: a real browser, as wide as one."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar
from uuid import UUID

import attrs
import trio
from hall_rig import EMAIL, WAIT_S, Hall
from PIL import Image
from portal_rig import Browsing, Look, browsing

T = TypeVar("T")
PHONE = Look(name="phone", width=390)


@attrs.frozen
class Phone:
    """Somebody before the page."""

    here: Browsing

    def opens(self) -> None:
        """The page, with what may be chosen."""
        self.here.go("/app/print")
        self.here.page.locator("#stage:not([hidden])").wait_for()

    def chooses(self, files: Mapping[str, bytes]) -> None:
        """Chooses files."""
        told: Any = [{"name": name, "mimeType": "", "buffer": content} for name, content in files.items()]
        self.here.page.locator("#files").set_input_files(told)

    def agrees(self, name: str) -> None:
        """Lets the hub convert one."""
        self.here.page.locator("#documents li", has_text=name).locator(".agree").click()

    def drops(self, name: str) -> None:
        """Takes one away."""
        self.here.page.locator("#documents li", has_text=name).locator(".drop").click()

    def is_in(self, name: str, *states: str, timeout_s: float = WAIT_S) -> None:
        """Waits until a document is in one of these states."""
        wanted = ", ".join(f"[data-state={state}]:not([hidden])" for state in states)
        self.here.page.locator("#documents li", has_text=name).locator(wanted).first.wait_for(timeout=timeout_s * 1000)

    def told(self, *words: str) -> str:
        """What the page says is wrong: one of these."""
        line = self.here.page.locator(", ".join(f"[data-tells={word}]:not([hidden])" for word in words)).first
        line.wait_for(timeout=WAIT_S * 1000)
        return line.inner_text()

    def previews(self, name: str) -> list[Image.Image]:
        """The pages of one as it shows them."""
        page = self.here.page
        page.evaluate("() => document.getElementById('page').removeAttribute('data-drawn')")
        page.locator("#documents li", has_text=name).locator(".look").click()
        return list(self._pages(page))

    def _pages(self, page: Any) -> Iterator[Image.Image]:
        number = 1
        while True:
            page.locator(f"#page[data-drawn='{number}']").wait_for()
            drawn = page.evaluate("() => document.getElementById('page').toDataURL()").partition(",")[2]
            yield Image.open(io.BytesIO(base64.b64decode(drawn))).convert("RGB")
            if page.locator("#later").is_disabled():
                return
            page.locator("#later").click()
            number += 1

    def prints(self, many: int = 1) -> list[UUID]:
        """Prints all that is chosen; the jobs."""
        page = self.here.page
        page.locator("#print:not([disabled])").click()
        if many == 1:
            page.wait_for_url(re.compile("/jobs/"))
            return [UUID(page.url.rpartition("/")[2])]
        page.locator("#jobs li").nth(many - 1).wait_for(timeout=WAIT_S * 1000)
        return [UUID(str(link.get_attribute("href")).rpartition("/")[2]) for link in page.locator("#jobs a").all()]

    def sees(self, words: str) -> None:
        """Waits until the page says so."""
        self.here.page.get_by_text(words).first.wait_for(timeout=WAIT_S * 1000)


class Desks:
    """Phones of several people, and in several languages, of one browser."""

    def __init__(self, opened: Callable[[Look], Browsing]) -> None:
        self._opened = opened

    def phone(self, email: str = EMAIL, look: Look = PHONE) -> Phone:
        """Signs in."""
        here = self._opened(look)
        here.sign_in(email)
        made = Phone(here)
        made.opens()
        return made


async def on_phones(found: Hall, do: Callable[[Desks], T]) -> T:
    """Does something in a browser."""

    def done() -> T:
        with browsing(found.hub.url) as opened:
            return do(Desks(opened))

    return await trio.to_thread.run_sync(done)
