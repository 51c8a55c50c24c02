"""People at an agent, with everything real: a code on the terminal, approved in the browser; then locked out."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import trio
from joined_rig import ADMINISTRATOR, USER, Joined, Login, approve, joined, keep_picture
from portal_rig import Look
from rig import papers

pytestmark = pytest.mark.system

LAPTOP = Look(name="laptop")
DOCUMENT = Path(__file__).parents[1] / "documents" / "01-a4-1p-gray.pdf"


@pytest.fixture
def whole(tmp_path: Path) -> Iterator[Joined]:
    with joined(tmp_path) as parts:
        yield parts


def test_from_the_code_to_the_paper_and_no_further_once_locked_out(whole: Joined, tmp_path: Path) -> None:
    with whole.browser() as browser:
        ada = browser(LAPTOP).sign_in(ADMINISTRATOR)
        ada.add_person(USER, "Ben", whole.login)
        ada.add_printer("Front desk", whole.site["eve"].uri)

        stopped = Login(whole, whole.hub.url)
        stopped.code()
        stopped.interrupt()
        status, said, _ = stopped.ended()
        assert (status, said[:8]) == (130, "Stopped.")

        joining = Login(whole, whole.hub.url)
        code = joining.code()
        ada.go("/activate").fill(code=code)
        ada.press("Go on")
        ada.sees(whole.computer)
        keep_picture(ada, tmp_path / "pictures", "activate")
        approve(ada, code, "Let it in")
        second = joining.code()  # the machine is let in; who sits there signs in
        whole.knows("front-desk")
        held = whole.tympan("print", str(DOCUMENT), "--printer", "front-desk", "--title", "early")
        assert held
        wait_story(whole, "early", "'tympan login'")
        ben = browser(LAPTOP).sign_in(USER)
        approve(ben, second, "Sign in")
        status, said, _ = joining.ended()
        assert (status, said) == (0, f"Ben is signed in at {whole.hub.url} for the account {whole.login}.")
        printed(whole, "early")
        assert "Ben" in whole.tympan("whoami")
        assert "no policy document says otherwise" in whole.tympan("policy", "explain", "agent.require-sign-in")

        whole.tympan("print", str(DOCUMENT), "--printer", "front-desk", "--title", "before")
        printed(whole, "before")
        ada.go("/people")
        ada.page.get_by_role("row").filter(has_text=USER).get_by_role("link", name="Disable").click()
        ada.press("Disable the person")
        ada.sees("The person is disabled")
        until(whole, lambda: nobody(whole), "the agent to hear of it")
        assert "nobody" in whole.tympan("whoami")
        whole.tympan("print", str(DOCUMENT), "--printer", "front-desk", "--title", "after")
        wait_story(whole, "after", "nobody who may print is signed in")
        whole.do(whole.agent.kill9)
        whole.do(whole.agent.start)
        assert papers(whole.site["eve"], "after") == []
        wait_story(whole, "after", "nobody who may print is signed in")
        ada.page.get_by_role("button", name="Enable").click()
        printed(whole, "after")
        assert papers(whole.site["eve"], "after") == ["completed"]

        ben = browser(LAPTOP).sign_in(ADMINISTRATOR)
        ben.go("/jobs")
        ben.sees("Title not shown")
        assert whole.tympan("logout") == f"signed out for the account {whole.login}\n"
        until(whole, lambda: nobody(whole), "nobody to be signed in")
        assert ada.here.complaints == []


def until(whole: Joined, condition: Callable[[], bool], what: str) -> None:
    """Polls for a minute: so long it may take until a person who is locked out prints nothing more."""
    ends_at = time.monotonic() + 60.0
    while not condition():
        assert time.monotonic() < ends_at, f"waited in vain for {what}"
        whole.do(trio.sleep, 0.1)


def nobody(whole: Joined) -> bool:
    """Whether nobody is signed in on the computer, as `tympan whoami` would say."""
    return not whole.do(whole.agent.ask, "whoami", user=whole.login)["signed_in"]


def printed(whole: Joined, title: str) -> None:
    """Waits until a document is on paper."""
    until(whole, lambda: papers(whole.site["eve"], title) == ["completed"], f"{title} to be on paper")


def wait_story(whole: Joined, title: str, words: str) -> None:
    """Waits until a job's story says something."""

    def told() -> bool:
        [job] = [job for job in whole.do(whole.agent.ask, "jobs.list") if job["name"] == title]
        story = whole.do(whole.agent.ask, "jobs.show", job=str(job["number"]))["timeline"]
        return job["state"] == "held" and any(words in line["why"] + line["then"] for line in story)

    until(whole, told, f"the story of {title} to say {words!r}")
