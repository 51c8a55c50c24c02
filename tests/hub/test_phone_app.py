"""The app on a phone, in a real browser: its camera reads a printer's code, and it opens while the hub is away."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import attrs
import httpx
import pytest
from portal_rig import USER, Browsing, Look, ServedHub, axe_faults, browsing, camera, served, small_office

from tympan_hub.adapters.sql import Database, SqlUnits
from tympan_hub.cli.home import Home
from tympan_hub.cli.hub import hub as opened_hub

pytestmark = pytest.mark.system
PHONE = Look(name="phone", width=390)
CODE = "ABCD2345"
_DETECTOR = """
globalThis.BarcodeDetector = class {
  static async getSupportedFormats() { return ["qr_code"]; }
  async detect() { return [{ rawValue: `${location.origin}/r/EFGH6789` }]; }
};
"""
"""A browser of its own with a detector: Chromium on Linux has none, and Android's has."""

_UNTIL = """
new Promise((done, failed) => {
  const look = () => (%s ? done() : setTimeout(look, 20));
  setTimeout(() => failed(new Error("it did not become so within 30 s")), 30_000);
  look();
})
"""
"""The policy of our pages lets playwright's own way of waiting run nothing."""


@attrs.frozen
class Office:
    """A hub's state folder with a small tenant, and the path of the page of the screen beside its printer."""

    home: Path
    screen: str


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    home = tmp_path_factory.mktemp("app") / "home"
    return Office(home, f"/kiosk/{asyncio.run(_settle(Home(home)))}")


async def _settle(home: Home) -> str:
    async with opened_hub(home) as services:
        database = Database(home.database)
        try:
            return await small_office(services, SqlUnits(database), USER)
        finally:
            await database.close()


@pytest.fixture(scope="module")
def hub(office: Office) -> Iterator[ServedHub]:
    with served(Path(shutil.copytree(office.home, office.home.parent / "served" / "home"))) as answering:
        yield answering


@attrs.frozen
class Phones:
    """Phones of one browser, with a camera that sees what it is shown."""

    hub: ServedHub
    folder: Path
    opened: Callable[[Look], Browsing]

    @contextmanager
    def seeing(self, text: str) -> Iterator[Browsing]:
        """A phone whose camera sees a QR code."""
        camera(self.folder, text)
        with self.at(self.hub) as here:
            here.page.context.grant_permissions(["camera"], origin=self.hub.url)
            yield here

    @contextmanager
    def at(self, hub: ServedHub) -> Iterator[Browsing]:
        """A phone at which somebody is signed in at a hub."""
        here = self.opened(PHONE)
        here.url = hub.url
        here.sign_in(USER)
        try:
            yield here
        finally:
            here.page.context.close()


@pytest.fixture(scope="module")
def phones(hub: ServedHub, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Phones]:
    folder = tmp_path_factory.mktemp("film")
    with browsing(hub.url, *camera(folder, "nothing yet")) as opened:
        yield Phones(hub, folder, opened)


def test_who_scans_the_screen_beside_a_printer_prints_there(office: Office, phones: Phones) -> None:
    with httpx.Client(base_url=phones.hub.url, follow_redirects=True) as tablet:
        screen = tablet.get(office.screen).text
    code, shown = (found.replace("-", "") for found in re.findall(r'class="point-code"[^>]*>([^<]+)<', screen))
    with phones.seeing(f"{phones.hub.url}/r/{code}?p={shown}") as here:
        assert not here.page.evaluate("'BarcodeDetector' in window")
        asked: list[str] = []
        here.page.on("request", lambda request: asked.append(request.url))
        here.go("/app")
        here.page.get_by_role("link", name="Scan a printer's code").click()
        here.page.get_by_role("heading", name="Hall").wait_for()
        assert any(address.startswith(f"{phones.hub.url}/static/vendor/zxing_reader.wasm") for address in asked)
        assert all(address.startswith((phones.hub.url, "data:")) for address in asked)
        assert here.page.locator("#proof").count() == 0, "the scan proved it"
        here.page.locator("[data-all]").check()
        assert here.page.locator("[data-pick]:checked").count() == 4
        here.page.locator("[data-all]").uncheck()
        assert here.page.locator("[data-pick]:checked").count() == 0
        here.page.get_by_label("Lunch menu").check()
        here.page.get_by_label("Quarterly report.pdf").check()
        here.page.locator(".held li", has_text="Lunch menu").get_by_role("link").click()
        here.page.get_by_role("link", name="Cancel").click()
        assert here.page.locator("[data-pick]:checked").count() == 2, "who looks at a job comes back to what was ticked"
        here.page.get_by_role("button", name="Print here").click()
        here.page.get_by_text("A computer has to be woken first.").wait_for()
        rows = here.page.locator("li[id^=job-] strong").all_inner_texts()
        assert rows == ["Lunch menu", "Quarterly report.pdf"], "in the order in which they stood"
        assert not here.complaints


SOAKED = pytest.mark.soak
FOREIGN = [
    "https://evil.example/r/ABCD2345",
    pytest.param("javascript:alert(1)", marks=SOAKED),
    pytest.param("{hub}/sign-out", marks=SOAKED),
]


@pytest.mark.parametrize("sees", FOREIGN)
def test_a_code_of_somebody_else_leads_nowhere_and_the_camera_is_let_go(phones: Phones, sees: str) -> None:
    with phones.seeing(sees.format(hub=phones.hub.url)) as here:
        here.go("/app/scan")
        here.page.get_by_text("This is not the code of a printer here.").wait_for()
        assert here.page.url == f"{phones.hub.url}/app/scan"
        assert not here.complaints
        here.page.evaluate("window.track = document.getElementById('camera').srcObject.getVideoTracks()[0]")
        here.page.evaluate("dispatchEvent(new Event('pagehide'))")
        assert here.page.evaluate("window.track.readyState") == "ended"
        knows_codes(here)


def knows_codes(here: Browsing) -> None:
    """A browser that reads codes itself never fetches the reader."""
    here.page.add_init_script(_DETECTOR)
    asked: list[str] = []
    here.page.on("request", lambda request: asked.append(request.url))
    here.page.goto(
        f"{here.url}/app/scan", wait_until="commit"
    )  # the page leaves by itself, perhaps before it has loaded
    here.page.wait_for_url(
        "**/r/EFGH6789"
    )  # a context that is closed while its page leaves has been seen never to close
    assert not any("zxing" in address for address in asked)


_NO_CAMERA = "navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('none', 'NotFoundError'))"
"""As browsers say it on a machine without one; the one started here always has one, of a film."""


def test_without_a_camera_the_code_is_typed(phones: Phones) -> None:
    with phones.at(phones.hub) as here:
        here.page.add_init_script(_NO_CAMERA)
        here.go("/app/scan")
        here.page.get_by_text("There is no camera here").wait_for()
        here.page.locator("#code").fill("short")
        here.page.get_by_role("button", name="Go there").click()
        here.page.get_by_text("This is no code of a printer").wait_for()
        here.page.locator("#code").fill("abcd-2345")
        with here.page.expect_request(f"**/r/{CODE}"):
            here.page.get_by_role("button", name="Go there").click()


def grant(name: str, *addresses: str, minutes: int = 9) -> dict[str, object]:
    """A permission as the app keeps it."""
    points = [{"printer": "hall", "name": "Hall"}]
    ends = int(time.time()) + 60 * minutes
    return {"grant": name, "title": f"<b>{name}</b>", "addresses": addresses, "points": points, "expires_at": ends}


def keep(here: Browsing, *grants: dict[str, object]) -> None:
    """Puts permissions where the app keeps them."""
    here.page.evaluate("kept => localStorage.setItem('grants', kept)", json.dumps({"grants": grants}))


def test_the_phone_forgets_permissions_once_they_end_or_somebody_was_signed_out(phones: Phones) -> None:
    kept = "localStorage.getItem('grants')"
    with phones.at(phones.hub) as here:
        here.go("/account")
        keep(here, grant("one"), grant("ended", minutes=-1))
        here.page.reload()
        assert here.page.evaluate(kept)
        keep(here, grant("ended", minutes=-1))
        here.page.reload()
        assert here.page.evaluate(kept) is None
        here.go("/app")
        here.page.evaluate(_UNTIL % f"{kept}")  # what the hub gives, be it nothing
        keep(here, grant("one"))
        here.page.context.clear_cookies()
        here.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
        here.page.evaluate(_UNTIL % f"!{kept}")


MOST_OCTETS = 60 * 1024
"""Of a page of the app at its first visit, packed: 3 s in a network of 160 kbit/s, as phones have it in a cellar."""


def test_a_page_of_the_app_is_light_at_the_first_visit(phones: Phones) -> None:
    with phones.at(phones.hub) as here:
        for path in ("/app", "/app/scan", f"/r/{CODE}", "/account", "/app/offline"):
            assert octets(here, path) <= MOST_OCTETS, path


def octets(here: Browsing, path: str) -> int:
    """What comes over the network for a page nothing is kept of, but for the reader of codes."""
    asks = here.page.context.new_cdp_session(here.page)
    asks.send("Network.enable")
    asks.send("Network.clearBrowserCache")
    asks.send("Network.setBypassServiceWorker", {"bypass": True})
    asked: dict[str, str] = {}
    came: dict[str, int] = {}
    asks.on("Network.requestWillBeSent", lambda told: asked.update({told["requestId"]: told["request"]["url"]}))
    asks.on("Network.loadingFinished", lambda told: came.__setitem__(told["requestId"], int(told["encodedDataLength"])))
    here.go(path)
    here.page.wait_for_load_state("networkidle")
    asks.detach()
    return sum(length for request, length in came.items() if "zxing" not in asked.get(request, ""))


def test_a_screen_that_cannot_learn_the_next_code_shows_none(office: Office, phones: Phones) -> None:
    with phones.at(phones.hub) as here:
        here.page.clock.install()
        here.go(office.screen)
        shown, away = here.page.locator(".point-code").first, here.page.get_by_text("The hub does not answer.")
        shown.wait_for()
        assert not away.is_visible()
        here.page.context.set_offline(True)
        here.page.clock.run_for(12_000)
        away.wait_for()
        assert not shown.is_visible()
        here.page.context.set_offline(False)
        here.page.clock.run_for(2_000)
        shown.wait_for()
        away.wait_for(state="hidden")


@contextmanager
def front_alone(url: str, *, status: int = 502, silent: bool = False) -> Iterator[None]:
    """What stands before a hub and finds it gone; or a network that takes every question and answers none."""
    over = threading.Event()

    class Front(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if silent:
                over.wait()
            self.send_error(status, "nobody")

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", urlsplit(url).port or 0), Front) as server:
        running = threading.Thread(target=server.serve_forever)
        running.start()
        try:
            yield
        finally:
            over.set()
            server.shutdown()
            running.join()


def test_the_app_opens_while_the_hub_is_away_and_says_what_still_prints(
    office: Office, phones: Phones, tmp_path: Path
) -> None:
    kept = [
        grant("one", "javascript:alert(1)//", "http://192.0.2.7:39151"),
        grant("two", "http://192.0.2.7:39151"),
        grant("elsewhere", "http://evil.example:80"),
        grant("ended", "http://192.0.2.7:39151", minutes=-1),
    ]
    with ExitStack() as stack:
        away = ExitStack()
        hub = stack.enter_context(away).enter_context(served(Path(shutil.copytree(office.home, tmp_path / "home"))))
        here = stack.enter_context(phones.at(hub))
        here.go("/app/scan")
        here.page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        away.close()
        keep(here, *kept)
        here.go("/app")
        here.page.get_by_role("heading", name="The hub is away").wait_for()
        assert not axe_faults(here.page)
        assert here.page.locator("#grants strong").all_inner_texts() == ["<b>one</b>", "<b>two</b>"]
        links = here.page.locator("#grants a")
        assert links.count() == 1, "what the same computer prints goes there together"
        assert links.get_attribute("href") == "http://192.0.2.7:39151/#point=hall&grant=one&grant=two"
        for path in ("/r/ABCD2345", "/app/scan"):
            here.go(path)
            here.page.get_by_role("heading", name="The hub is away").wait_for()
        with front_alone(hub.url):
            here.go("/app")
            here.page.get_by_role("heading", name="The hub is away").wait_for()
        with front_alone(hub.url, silent=True):
            here.go("/r/ABCD2345?p=of-a-screen")
            here.page.get_by_role("heading", name="The hub is away").wait_for()
            again = here.page.get_by_role("link", name="Try again")
            assert again.get_attribute("href") == "/r/ABCD2345?p=of-a-screen", "what was scanned is not lost"
        here.page.evaluate("localStorage.clear()")
        here.page.reload()
        here.page.get_by_text("As soon as it is back").wait_for()
        stack.enter_context(served(tmp_path / "home", "--port", hub.url.rpartition(":")[2]))
        here.page.get_by_role("heading", name="Scan a printer's code").wait_for()
