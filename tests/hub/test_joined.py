"""The whole product in one run: enrolled, a printer added in the portal, printed on, and the job told on its page."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from joined_rig import ADMINISTRATOR, USER, Joined, Portal, joined, keep_picture
from portal_rig import Look
from rig import papers

pytestmark = pytest.mark.system

LAPTOP = Look(name="laptop")
DOCUMENT = Path(__file__).parents[1] / "documents" / "02-a4-100p-10color.pdf"


@pytest.fixture
def whole(tmp_path: Path) -> Iterator[Joined]:
    with joined(tmp_path) as parts:
        yield parts


def facts(at: Portal) -> dict[str, str]:
    """What a page tells as names and values."""
    names, values = at.page.locator("main dt").all_inner_texts(), at.page.locator("main dd").all_inner_texts()
    return dict(zip(names, values, strict=True))


def test_from_the_token_to_the_story_of_a_job(whole: Joined, tmp_path: Path) -> None:
    with whole.browser() as browser:
        ada = browser(LAPTOP).sign_in(ADMINISTRATOR)
        assert "this agent belongs to Acme" in whole.tympan(*ada.enrolment_command())
        ada.add_printer("Front desk", whole.site["eve"].uri)
        ada.add_person(USER, "Ben", whole.login)
        whole.knows("front-desk")
        ben = browser(LAPTOP).sign_in(USER)
        whole.sign_in(ben)
        ada.go("/printers/front-desk").press("Install: " + whole.computer)
        ada.badge("Installed")
        assert whole.queues() == {"front-desk"}
        job = whole.lp("front-desk", DOCUMENT, title="Yearbook.pdf", sides="two-sided-long-edge")
        assert whole.ended(job) == "completed"
        assert papers(whole.site["eve"], "Yearbook.pdf") == ["completed"]
        ben.go("/").sees("Yearbook.pdf").click()
        ben.sees("printed")
        ben.page.locator(".head .badge", has_text="Printed").wait_for()
        ben.sees("Sheets of paper")
        told = facts(ben)
        assert (told["Pages of the document"], told["Sides printed"]) == ("100", "100")
        assert (told["Of them in colour"], told["Sheets of paper"]) == ("10", "50")
        assert told["Sides"] == "Both sides, long edge"
        story = ben.page.locator(".story .what").all_inner_texts()
        assert (story[0], story[-1]) == ("received", "printed")
        keep_picture(ben, tmp_path / "pictures", "job")
        assert ben.here.complaints == ada.here.complaints == []
