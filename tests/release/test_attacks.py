"""Attacks on pull printing, each against the running product: nothing comes out, and nobody loses anything."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest
from release_rig import FRONT, MARKER, SCREEN, Desk, below, content, csrf, desk, marked_document

from tympan_wire.sealed import Opener, SealedError, new_key

pytestmark = pytest.mark.system
BEN, EVE = "ben", "eve"
SEALED = b"TYMPSEAL"


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with desk(tmp_path_factory.mktemp("attacked"), BEN, EVE, "kim", "lost", agents=2) as made:
        yield made


def refused(answer: httpx.Response, *statuses: int) -> None:
    assert answer.status_code in (statuses or (403,)), answer.text


def test_a_photographed_sticker_releases_nothing_where_a_screen_is_wanted_and_its_code_is_good_once(here: Desk) -> None:
    job, other = here.held(BEN, "Photographed.pdf"), here.held(BEN, "Second.pdf")
    ben, point = here.person(BEN), here.point(SCREEN)
    refused(here.do(ben.release, point.code, job))
    refused(here.do(ben.release, point.code, job, proof=point.code))
    refused(here.do(ben.release, point.code, job, proof="2345-6789"))
    shown = here.inside(lambda services: services.points.kiosk(point.kiosk)).rotating
    assert here.do(ben.release, point.code, job, proof=shown).status_code == 303
    here.printed("Photographed.pdf")
    refused(here.do(ben.release, point.code, other, proof=shown))
    assert here.papers("Second.pdf") == []
    assert here.papers("Photographed.pdf") == [SCREEN]


def test_nobody_releases_sees_or_deletes_what_is_held_for_another(here: Desk) -> None:
    job, eve, point = here.held(BEN, "Payslip.pdf"), here.person(EVE), here.point(FRONT)
    assert "Payslip.pdf" not in str(here.do(eve.held)) + here.do(eve.page, "/app").text
    refused(here.do(eve.page, f"/app/jobs/{job}"), 404)
    for thief in (eve, here.person("ada")):  # an administrator neither
        answers = [here.do(thief.release, point.code, job), here.do(thief.delete, job)]
        assert "Payslip.pdf" not in str([answer.text for answer in answers])
        refused(answers[0], 404, 409)
    assert [row["title"] for row in here.do(here.person(BEN).held)].count("Payslip.pdf") == 1
    assert here.papers("Payslip.pdf") == []


def test_short_codes_cannot_be_guessed(here: Desk) -> None:
    kim, point = here.person("kim"), here.point(FRONT)
    answers = [here.do(kim.page, f"/r/ABCD{letter}{other}44") for letter in "EFGHJKMN" for other in "PQRSTUVW"]
    assert {answer.status_code for answer in answers} == {404, 429}
    refused(here.do(kim.page, f"/r/{point.code}"), 429)  # the right one as well


def test_an_expired_session_releases_nothing(here: Desk) -> None:
    job, code, ben = here.held(BEN, "Left alone.pdf"), here.point(FRONT).code, here.person(BEN)
    page = here.do(ben.page, f"/r/{code}")
    assert "Left alone.pdf" in page.text
    with closing(sqlite3.connect(here.office.hub.home / "hub.db", timeout=30)) as database:
        database.execute("UPDATE sessions SET expires_at = '2000-01-01 00:00:00.000000'")
        database.commit()
    answer = here.do(ben.sure, "POST", f"/r/{code}", {f"job-{job}": "yes", "csrf": csrf(page.text)})
    assert "/sign-in" in answer.headers.get("location", answer.text)
    assert [row["title"] for row in here.do(ben.held)].count("Left alone.pdf") == 1
    assert here.papers("Left alone.pdf") == []


def test_a_stolen_sealed_file_tells_nothing_and_is_gone_once_it_is_printed(here: Desk, tmp_path: Path) -> None:
    job = here.held(BEN, "Sealed.pdf", document=marked_document(tmp_path / "large.pdf"))
    kept = [path for path in files(here) if content(path).startswith(SEALED)]
    assert len(kept) == 1
    with pytest.raises(SealedError):
        Opener(new_key()).update(kept[0].read_bytes())
    assert [path for path in files(here) if MARKER in content(path)] == []
    assert here.do(here.person(BEN).release, here.point(FRONT).code, job).status_code == 303
    here.printed("Sealed.pdf")
    here.until(lambda: gone(kept[0]), "the sealed file to be erased")


def test_a_revoked_agent_is_given_no_order_and_hears_no_notice(here: Desk) -> None:
    job, lost, point = here.held("lost", "On a stolen laptop.pdf", agent=1), here.person("lost"), here.point(FRONT)
    assert here.do(here.person("ada").sure, "POST", f"/api/v1/agents/{here.office.names[1]}/revoke").is_success
    here.do(lost.release, point.code, job)  # waits for an agent that never comes again
    here.until(lambda: shut_out(here), "the agent to hear that it is shut out")
    assert here.papers("On a stolen laptop.pdf") == []


async def shut_out(here: Desk) -> bool:
    """Whether the agent knows that its hub takes it for none of its own."""
    status = json.loads(await here.office.agents[1].tympan("hub", "status", "--json", check=False))
    return bool(status["trouble"])


def files(here: Desk) -> list[Path]:
    """All that agent and hub have on disk."""
    return list(below(here.office.agents[0].home, here.office.hub.home))


async def gone(path: Path) -> bool:
    return not path.exists()
