"""A phone films the screen beside a device, and tells how the device fares: what it shows is what the device says."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import attrs
import pytest
import segno
from joined_rig import Portal, keep_picture
from playwright.sync_api import expect
from portal_rig import Browsing, Look, axe_faults, browsing
from release_rig import PHONE, SCREEN, Desk, address, desk, filming, photograph, plain_document

from tympan_hub.adapters.clock import SystemClock
from tympan_hub.domain.limits.proximity import ROTATING_STEP

pytestmark = pytest.mark.system
BEN, PAGES = "ben", 12
TABLET = Look(name="tablet", width=1024)


@attrs.frozen
class Place:
    """A device with a screen beside it, a sheet of paper, a phone, and what the phone's camera sees."""

    desk: Desk
    film: Path
    screen: Browsing
    paper: Browsing
    phone: Portal

    def scan(self) -> None:
        """Looks at what the camera sees."""
        self.phone.go("/app")
        self.phone.press("Scan a printer's code")
        self.phone.page.wait_for_url("**/r/*")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    film = tmp_path_factory.mktemp("film") / "camera.mjpeg"
    with (
        desk(tmp_path_factory.mktemp("phone"), BEN) as here,
        browsing(here.office.hub.url, *filming(film)) as opened,
    ):
        screen, paper = opened(TABLET), opened(TABLET)
        screen.go(f"/kiosk/{here.point(SCREEN).kiosk}")
        yield Place(here, film, screen, paper, Portal(opened(PHONE), PHONE).sign_in(address(BEN)))


def test_a_phone_that_films_the_screen_prints_there_and_tells_each_page_and_what_stops_the_device(
    place: Place, tmp_path: Path
) -> None:
    phone = place.phone
    place.desk.held(BEN, "Report.pdf", document=plain_document(tmp_path / "twelve.pdf", PAGES))
    photograph(place.screen.page, place.film)
    place.scan()
    assert "?t=" in phone.page.url, "a ticket, for the code that was filmed"
    assert place.desk.papers("Report.pdf") == []
    place.desk.order(SCREEN, "linger:3")
    phone.press("Print here")
    phone.page.wait_for_url("**/app/releases/*")
    phone.sees(f"Printing page 3 of {PAGES}")
    phone.badge("Printing")
    keep_picture(phone, tmp_path / "pictures", "release 4 page 3 of 12")
    place.desk.mend(SCREEN, "linger:7")
    phone.sees(f"Printing page 7 of {PAGES}")
    place.desk.order(SCREEN, "paper-out")
    phone.sees("It is out of paper.")
    phone.badge("The printer needs care")
    place.screen.page.get_by_text("It is out of paper.").wait_for()
    keep_picture(phone, tmp_path / "pictures", "release 5 out of paper")
    assert axe_faults(phone.page) == []
    place.desk.mend(SCREEN)
    phone.badge("Printed")
    assert (phone.here.complaints, place.screen.complaints) == ([], [])
    assert place.desk.papers("Report.pdf") == [SCREEN]


def refused(place: Place, title: str) -> None:
    """What the camera sees now lets nothing be printed."""
    phone = place.phone
    place.scan()
    phone.sees("This code is not the one the screen shows now")
    assert "?t=" not in phone.page.url
    phone.press("Print here")
    phone.sees("This code is not the one the screen shows now")
    assert phone.page.url.split("?")[0].endswith(f"/r/{place.desk.point(SCREEN).code}")
    assert title in {row["title"] for row in place.desk.do(place.desk.person(BEN).held)}
    assert place.desk.papers(title) == []


class Past:
    """A clock two codes ago."""

    def now(self) -> dt.datetime:
        return SystemClock().now() - 2 * ROTATING_STEP


def test_a_photograph_of_the_screen_is_refused_two_codes_later(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    place.desk.held(BEN, "Salaries.pdf")
    point = place.desk.point(SCREEN)
    with monkeypatch.context() as earlier:
        earlier.setattr("tympan_hub.cli.hub.SystemClock", Past)
        shown = place.desk.inside(lambda services: services.points.kiosk(point.kiosk)).rotating
    address_then = f"{place.desk.office.hub.url}/r/{point.code}?p={shown}"
    place.paper.page.set_content(f'<img width="400" src="{segno.make(address_then).svg_data_uri(scale=8)}">')
    photograph(place.paper.page, place.film)
    refused(place, "Salaries.pdf")


@pytest.mark.soak
def test_a_photograph_that_was_really_taken_is_refused_a_minute_later(place: Place) -> None:
    place.desk.held(BEN, "Minutes.pdf")
    code = place.screen.page.locator(".point-code").last
    photograph(place.screen.page, place.film)
    for _ in range(2):
        before = code.inner_text()
        expect(code).not_to_have_text(before, timeout=60_000)
    refused(place, "Minutes.pdf")
