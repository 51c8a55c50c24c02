"""Every state a person may find at a device, as a browser shows it: open to everybody, and nothing wider than a phone.

Set TYMPAN_PICTURES to a folder to get each page as a PNG, in three more looks.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import attrs
import pytest
from portal_rig import BOSS, Browsing, Look, ServedHub, Stages, axe_faults, browsing, email, served, stages

pytestmark = pytest.mark.system

PICTURES = os.environ.get("TYMPAN_PICTURES", "")
MORE = () if PICTURES else pytest.mark.soak
EVERYBODY = ("under", "awake", "asleep", "revoked", "quota", "nothing")
PHONE_DARK = Look(name="phone-dark-de", width=390, dark=True, language="de-DE")
LOOKS = [
    pytest.param(PHONE_DARK, EVERYBODY[:1], id="few"),
    pytest.param(PHONE_DARK, EVERYBODY[1:], id="phone-dark", marks=MORE),
    pytest.param(Look(name="phone-light-en", width=390), EVERYBODY, id="phone", marks=MORE),
    pytest.param(Look(name="laptop-light-en"), EVERYBODY, id="laptop", marks=MORE),
    pytest.param(Look(name="laptop-dark-de", dark=True, language="de-DE"), EVERYBODY, id="laptop-dark", marks=MORE),
]
"""Ways of looking, and whose pages are looked at in each."""


@attrs.frozen
class Stage:
    """A hub on which everything stands, and browsers that look at it."""

    hub: ServedHub
    there: Stages
    look: Callable[[Look], Browsing]

    def seen_by(self, who: str) -> dict[str, str]:
        """Pages that somebody looks at, by what they show."""
        copy_room = f"/r/{self.there.codes['Copy room']}"
        if who == "under":
            return {f"release {name}": f"/app/releases/{batch}" for name, batch in self.there.batches.items()}
        if who == "awake":
            return {f"at {name}": f"/r/{code}" for name, code in self.there.codes.items()}
        return {f"held by {who}": "/app", f"at a device, {who}": copy_room}


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    home = tmp_path_factory.mktemp("stage") / "home"
    there = stages(home)
    with served(home) as hub, browsing(hub.url) as look:
        yield Stage(hub, there, look)


@pytest.mark.parametrize(("seen", "people"), LOOKS)
def test_every_state_at_a_device_is_open_to_everybody(stage: Stage, seen: Look, people: tuple[str, ...]) -> None:
    faults: dict[str, list[str]] = {}
    for who in people:
        here = stage.look(seen)
        here.sign_in(email(who))
        for name, path in stage.seen_by(who).items():
            here.go(path)
            faults[name] = found(here, seen, name)
        here.page.context.close()
    assert not {name: wrong for name, wrong in faults.items() if wrong}


def found(here: Browsing, seen: Look, name: str) -> list[str]:
    """What is wrong with a page."""
    wide = here.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    if PICTURES:
        here.page.screenshot(path=Path(PICTURES) / f"{name.replace(' ', '-')}.{seen.name}.png", full_page=True)
    said, here.complaints[:] = list(here.complaints), []
    return said + axe_faults(here.page) + ([f"{wide} px wider than the screen"] if wide > 0 else [])


def test_sheets_and_labels_stand_whole_on_paper(stage: Stage) -> None:
    here = stage.look(Look(name="paper", language="de-DE"))
    here.sign_in(BOSS)
    here.page.emulate_media(media="print")
    here.page.set_viewport_size({"width": 680, "height": 1009})  # what A4 has between its margins
    for path in ("/release-points/sheets", "/release-points/sheets?labels=yes"):
        here.go(path)
        assert here.page.evaluate(_OUTSIDE) == [], path
    here.page.context.close()


_OUTSIDE = """
[...document.querySelectorAll(".print-sheet")].flatMap((sheet) => {
  const edge = sheet.getBoundingClientRect();
  return [...sheet.children].filter((part) => {
    const here = part.getBoundingClientRect();
    return here.top < edge.top || here.bottom > edge.bottom || here.left < edge.left || here.right > edge.right;
  }).map((part) => `${sheet.querySelector("h2").textContent}: ${part.textContent || part.tagName}`);
})
"""


def test_whoever_scanned_prints_with_one_tap_and_without_a_mouse(stage: Stage) -> None:
    here = stage.look(Look(name="keys", width=390))
    here.sign_in(email("awake"))
    here.go(f"/r/{stage.there.codes['Copy room']}")
    names = [focused(here) for _ in range(60)]
    assert names[0] == "Skip to content"
    order = ["Held jobs", "All", "Quarterly report.pdf", "Print here", "Delete"]
    places = [next(place for place, name in enumerate(names) if name.startswith(word)) for word in order]
    assert places == sorted(places)
    here.page.get_by_role("button", name="Print here").focus()
    here.page.keyboard.press("Enter")
    here.page.wait_for_url("**/app/releases/**")
    assert here.page.locator("[role=status]", has_text="Your jobs are on their way.").count() == 1
    here.page.context.close()


def focused(here: Browsing) -> str:
    """What the tabulator key comes to next."""
    here.page.keyboard.press("Tab")
    what = "const at = document.activeElement; (at.labels?.[0] ?? at).textContent.trim()"
    return str(here.page.evaluate(what))
