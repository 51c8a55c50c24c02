"""The app on a phone, in a real browser: its camera reads the code of a printer, and it opens while the hub is away."""

from __future__ import annotations

import asyncio
import json
import shutil
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import attrs
import pytest
from portal_rig import PASSWORD, USER, Browsing, Look, ServedHub, axe_faults, browsing, camera, served

from tympan_hub.cli.home import Home
from tympan_hub.cli.hub import hub as opened_hub
from tympan_hub.domain.people import CONSOLE, Role

pytestmark = pytest.mark.system
PHONE = Look(name="phone", width=390)
CODE = "ABCD2345"
ROTATING = "WXYZ6789"
_DETECTOR = """
globalThis.BarcodeDetector = class {
  static async getSupportedFormats() { return ["qr_code"]; }
  async detect() { return [{ rawValue: `${location.origin}/r/EFGH6789` }]; }
};
"""
"""A browser of its own with a detector: Chromium on Linux has none, and Android's has."""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("app") / "home"
    asyncio.run(_settle(Home(home)))
    return home


async def _settle(home: Home) -> None:
    """Somebody lives there: no more is needed for a camera."""
    async with opened_hub(home) as services:
        tenant = (await services.tenants.add(CONSOLE, "Acme")).id
        await services.people.add(tenant, CONSOLE, email=USER, name="Ben", role=Role.USER, password=PASSWORD)


@pytest.fixture(scope="module")
def hub(home: Path) -> Iterator[ServedHub]:
    with served(Path(shutil.copytree(home, home.parent / "served" / "home"))) as answering:
        yield answering


@attrs.frozen
class Phones:
    """Phones that see something with their camera."""

    hub: ServedHub
    folder: Path

    @contextmanager
    def seeing(self, text: str) -> Iterator[Browsing]:
        """A phone whose camera sees a QR code."""
        with browsing(self.hub.url, *camera(self.folder, text)) as opened:
            here: Browsing = opened(PHONE)
            here.page.context.grant_permissions(["camera"], origin=self.hub.url)
            here.sign_in(USER)
            yield here


@pytest.fixture
def phones(hub: ServedHub, tmp_path: Path) -> Phones:
    return Phones(hub, tmp_path)


def test_the_camera_reads_the_code_of_a_printer_with_the_vendored_reader(phones: Phones) -> None:
    with phones.seeing(f"{phones.hub.url}/r/{CODE}?p={ROTATING}") as here:
        assert not here.page.evaluate("'BarcodeDetector' in window")
        asked: list[str] = []
        here.page.on("request", lambda request: asked.append(request.url))
        with here.page.expect_request(lambda request: f"/r/{CODE}" in request.url) as led:
            here.go("/app/scan")
        assert led.value.url == f"{phones.hub.url}/r/{CODE}?p={ROTATING}"
        assert any(address.startswith(f"{phones.hub.url}/static/vendor/zxing_reader.wasm") for address in asked)
        assert all(address.startswith(phones.hub.url) for address in asked)


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
    with here.page.expect_request("**/r/EFGH6789"):
        here.go("/app/scan")
    assert not any("zxing" in address for address in asked)


@pytest.mark.soak
def test_without_a_camera_the_code_is_typed(hub: ServedHub) -> None:
    with browsing(hub.url) as opened:
        here: Browsing = opened(PHONE)
        here.sign_in(USER)
        here.go("/app/scan")
        here.page.get_by_text("There is no camera here").wait_for()
        here.page.locator("#code").fill("short")
        here.page.get_by_role("button", name="Go there").click()
        here.page.get_by_text("This is no code of a printer").wait_for()
        here.page.locator("#code").fill("abcd-2345")
        with here.page.expect_request(f"**/r/{CODE}"):
            here.page.get_by_role("button", name="Go there").click()


def test_the_app_opens_while_the_hub_is_away_and_says_what_still_prints(home: Path, tmp_path: Path) -> None:
    def grant(name: str, *addresses: str, minutes: int = 9) -> dict[str, object]:
        points = [{"printer": "hall", "name": "Hall"}]
        ends = int(time.time()) + 60 * minutes
        return {"grant": name, "title": f"<b>{name}</b>", "addresses": addresses, "points": points, "expires_at": ends}

    kept = [
        grant("one", "javascript:alert(1)//", "http://192.0.2.7:39151"),
        grant("two", "http://192.0.2.7:39151"),
        grant("elsewhere", "http://evil.example:80"),
        grant("ended", "http://192.0.2.7:39151", minutes=-1),
    ]
    with ExitStack() as stack:
        away = ExitStack()
        hub = stack.enter_context(away).enter_context(served(Path(shutil.copytree(home, tmp_path / "home"))))
        here: Browsing = stack.enter_context(browsing(hub.url))(PHONE)
        here.sign_in(USER)
        here.go("/app/scan")
        here.page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        away.close()
        here.page.evaluate("kept => localStorage.setItem('grants', kept)", json.dumps({"grants": kept}))
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
        here.page.evaluate("localStorage.clear()")
        here.page.reload()
        here.page.get_by_text("As soon as it is back").wait_for()
