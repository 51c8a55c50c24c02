"""A phone in the network of a computer: it proves that it is near, and releases while the hub is away, once."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlencode, urlsplit

import attrs
import httpx
import pytest
import trio
from portal_rig import Look, axe_faults, browsing
from release_rig import FRONT, Desk, desk
from rig import answers_http, free_port

from tympan_hub.domain.proximity import Proximity
from tympan_hub.domain.pull import PullSettings

pytestmark = pytest.mark.system
BEN = "ben"
PHONE = Look(name="phone", width=390, language="de-DE")


@attrs.frozen
class Place:
    """An office whose computer has a page for phones."""

    desk: Desk
    port: int

    def api(self, method: str, path: str, by: str = BEN, **body: Any) -> httpx.Response:
        """Asks the hub's API."""
        headers = {"Authorization": f"Bearer {self.desk.office.made.tokens[by]}"}
        with httpx.Client(base_url=self.desk.office.hub.url, trust_env=False, headers=headers, timeout=30) as client:
            return client.request(method, f"/api/v1{path}", json=body or None)

    def phone(self, method: str, target: str, **form: Any) -> httpx.Response:
        """Asks the computer's page, as a phone in its network does."""
        with httpx.Client(trust_env=False, timeout=60) as client:
            return client.request(method, f"http://127.0.0.1:{self.port}{target}", data=form or None)

    def grant(self, job: str) -> str:
        """What the app is given for a job."""

        async def given() -> str:
            answer = await trio.to_thread.run_sync(lambda: self.api("POST", "/held-jobs/grants"))
            rows = answer.raise_for_status().json()["items"]
            return next((row["grant"] for row in rows if row["job"] == job and row["addresses"]), "")

        return self.desk.until(given, "the phone to be given a grant, and where to bring it")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    port = free_port()
    settings = f'[release_nearby]\nport = {port}\naddresses = ["127.0.0.1"]\n'
    rules = PullSettings(proximity=Proximity.NEAR, offline=True)
    with desk(tmp_path_factory.mktemp("nearby"), BEN, "eve", rules=rules, settings=settings) as here:
        made = Place(here, port)
        made.api("PUT", "/policy/switches/pull.nearby", "ada", verdict="on").raise_for_status()
        here.until(lambda: answers_http(port), "the page for phones to be there")
        yield made


def test_a_phone_that_reaches_the_computer_is_near_and_one_with_the_sticker_alone_is_not(place: Place) -> None:
    here, point = place.desk, place.desk.point(FRONT)
    job = here.held(BEN, "Near.pdf")
    for proof in ("", point.code):
        refused = place.api("POST", "/releases", point=point.printer, jobs=[job], proof=proof)
        assert refused.status_code == 403, refused.text

    async def led() -> str:
        answer = await trio.to_thread.run_sync(lambda: place.api("POST", f"/release-points/{point.printer}/challenge"))
        return answer.json()["places"][0] if answer.status_code == 200 else ""

    there = urlsplit(here.until(led, "the hub to know a computer near the device"))
    assert there.port == place.port
    back = place.phone("GET", f"{there.path}?{there.query}")
    assert back.status_code == 303, back.text
    way = urlsplit(back.headers["location"])
    assert way.path == f"/r/{point.code}"
    ticket = way.query.removeprefix("p=")
    stolen = place.api("POST", "/releases", "eve", point=point.printer, jobs=[], proof=ticket)
    assert stolen.status_code == 403, stolen.text
    place.api("POST", "/releases", point=point.printer, jobs=[job], proof=ticket).raise_for_status()
    here.printed("Near.pdf")
    assert here.papers("Near.pdf") == [FRONT]


def tapped(place: Place, point: str, grant: str) -> str:
    """What a phone shows after its owner followed the app's link and pressed the button."""
    with browsing(f"http://127.0.0.1:{place.port}") as opened:
        here = opened(PHONE)
        here.go(f"/#{urlencode({'point': point, 'grant': grant})}")
        page = here.page
        assert page.locator("#ready").inner_text() == "Bereit zur Freigabe: 1"
        assert page.url.endswith("/"), "what the app brought stands in no history"
        faults = axe_faults(page)
        page.get_by_role("button", name="Freigeben").click()
        shown = page.locator("main p").first.inner_text()
        assert (faults + axe_faults(page), here.complaints) == ([], [])
    return str(shown)


def test_while_the_hub_is_away_a_grant_releases_its_job_once_and_no_other(place: Place) -> None:
    here, point = place.desk, place.desk.point(FRONT)
    job, other = here.held(BEN, "Away.pdf"), here.held(BEN, "Kept.pdf")
    raced = place.grant(here.held(BEN, "Raced.pdf"))
    grant = place.grant(job)
    here.do(here.office.hub.program.kill9)
    try:
        forged = place.phone("POST", "/release", point=point.printer, grant=grant.replace("eyJ", "eyK", 1))
        elsewhere = place.phone("POST", "/release", point="vault", grant=grant)
        assert here.papers("Away.pdf") == []
        assert "<strong>" not in forged.text + elsewhere.text
        assert tapped(place, point.printer, grant) == "Unterwegs zum Gerät: 1"
        here.printed("Away.pdf")
        again = place.phone("POST", "/release", point=point.printer, grant=grant)
        assert "<strong>" not in again.text
        with ThreadPoolExecutor(6) as phones:
            bring = functools.partial(place.phone, "POST", "/release", point=point.printer, grant=raced)
            answers = [each.result().text for each in [phones.submit(bring) for _ in range(6)]]
        assert sum("<strong>1</strong>" in answer for answer in answers) == 1
        here.printed("Raced.pdf")
    finally:
        here.do(here.office.hub.start)

    async def told() -> bool:
        rows = {row["title"]: row["standing"] for row in await here.person(BEN).jobs()}
        return bool(rows["Away.pdf"] == "completed")

    here.until(told, "the hub to hear of it")
    replayed = place.phone("POST", "/release", point=point.printer, grant=grant)
    assert "<strong>" not in replayed.text
    assert here.papers("Away.pdf") == [FRONT]
    assert here.papers("Raced.pdf") == [FRONT]
    assert here.papers("Kept.pdf") == []
    assert other in {row["id"] for row in here.do(here.person(BEN).held)}
