"""The tray's page in a real browser: every state, open to everybody, and released by a click.

Set TYMPAN_PICTURES to a folder to get each page as a PNG, in three more looks.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import attrs
import pytest
import trio
from anyio.from_thread import BlockingPortal, start_blocking_portal
from portal_rig import Browsing, Look, axe_faults, browsing
from session_rig import Site
from tray_rig import NOW, job_row, printer_row, uuid_of

from tympan_tray._agents import Agent

pytestmark = pytest.mark.system

PICTURES = os.environ.get("TYMPAN_PICTURES", "")
MORE = () if PICTURES else pytest.mark.soak
LOOKS = [
    pytest.param(Look(name="phone-dark-de", width=390, dark=True, language="de-DE"), id="phone-dark"),
    pytest.param(Look(name="phone-light-en", width=390), id="phone", marks=MORE),
    pytest.param(Look(name="laptop-light-en"), id="laptop", marks=MORE),
    pytest.param(Look(name="laptop-dark-de", dark=True, language="de-DE"), id="laptop-dark", marks=MORE),
]
EMPTY = {"reachable": True, "reason": "media-empty", "detail": "The device is out of paper; load some."}
AWAY = {"reachable": False, "reason": "offline-report", "detail": "The device does not answer."}


@attrs.frozen
class Place:
    """An agent's site, and browsers that look at it."""

    site: Site
    loop: BlockingPortal
    look: Any

    def opened(self, seen: Look, part: str = "") -> Browsing:
        """A browser that was let in by the tray."""
        found = self.site.find()
        assert isinstance(found, Agent)
        answer = self.loop.call(functools.partial(found.ask, "pair", part=part))
        here: Browsing = self.look(seen)
        here.go(answer["path"])
        return here


@asynccontextmanager
async def running(site: Site) -> Any:
    async with trio.open_nursery() as nursery:
        await nursery.start(site.run)
        yield site
        nursery.cancel_scope.cancel()


@contextmanager
def place() -> Iterator[Place]:
    site = Site()
    with (
        start_blocking_portal("trio") as loop,
        loop.wrap_async_context_manager(running(site)),
        browsing(f"http://127.0.0.1:{site.port}") as look,
    ):
        yield Place(site, loop, look)


@pytest.fixture(scope="module")
def there() -> Iterator[Place]:
    with place() as made:
        yield made


def furnish(there: Place, state: str) -> str:
    """Puts the agent into a state; the part of the page that shows it."""
    control = there.site.control
    fresh = type(control)()
    control.jobs, control.printers, control.who, control.member = fresh.jobs, fresh.printers, fresh.who, True
    account = fresh.jobs[0]["user"]
    if state == "quiet":
        control.jobs = []
    elif state == "many devices":
        control.printers = [printer_row("pull", uri="", device=None), printer_row("front"), printer_row("back")]
        control.jobs = [job_row(1, account, printer="pull", name="Quarterly report, final version (2).pdf")]
    elif state == "needs you":
        control.printers = [printer_row("front", device=EMPTY), printer_row("back", device=AWAY)]
        control.jobs += [
            job_row(5, account, state="waiting", reason="media-empty"),
            job_row(6, account, state="aborted", detail="The PDF is damaged; make it anew.", ended_at=NOW.isoformat()),
        ]
    elif state == "offline":
        control.who["trouble"] = "the hub cannot be reached: no route to host"
    elif state in ("not signed in", "code"):
        control.who |= {"signed_in": False, "name": ""}
    elif state == "no hub":
        control.member = False
    return {"code": "login", "sign in": "login", "about": "about"}.get(state, "")


STATES = ("quiet", "many devices", "needs you", "offline", "not signed in", "code", "no hub", "about")


@pytest.mark.parametrize("seen", LOOKS)
def test_every_state_of_the_page_is_open_to_everybody(there: Place, seen: Look) -> None:
    faults: dict[str, list[str]] = {}
    for state in STATES:
        here = there.opened(seen, furnish(there, state))
        page = here.page
        if state == "code":
            if not page.locator("img.qr").count():
                page.locator("form[action='/me/login'] button").click()
            page.locator("img.qr").wait_for()
        found = axe_faults(page) + [complaint for complaint in here.complaints if "favicon" not in complaint]
        wide = page.evaluate("document.documentElement.scrollWidth") - seen.width
        found += [f"{wide} px wider than the screen"] if wide > 0 else []
        if found:
            faults[state] = found
        if PICTURES:
            folder = Path(PICTURES) / "tray"
            folder.mkdir(parents=True, exist_ok=True)
            page.screenshot(path=folder / f"{seen.name} {state}.png", full_page=True)
        page.context.close()
    assert not faults


@pytest.mark.parametrize("scripts", [True, False], ids=["with", "without"])
def test_a_click_releases_with_scripts_and_without(there: Place, scripts: bool) -> None:
    furnish(there, "held")
    here = there.opened(Look(name="laptop", scripts=scripts))
    here.page.locator(f"#release-{uuid_of(1)}").click()
    here.page.locator(f"#release-{uuid_of(1)}").wait_for(state="detached")
    assert here.page.locator(f"#release-{uuid_of(2)}").is_visible()
    assert there.site.control.jobs[0]["state"] == "queued"


def test_the_page_follows_by_itself_what_happens_elsewhere(there: Place) -> None:
    furnish(there, "held")
    here = there.opened(Look(name="laptop"))
    here.page.locator(f"#release-{uuid_of(1)}").wait_for()
    there.site.control.jobs[0]["state"] = "completed"
    here.page.locator(f"#release-{uuid_of(1)}").wait_for(state="detached")
