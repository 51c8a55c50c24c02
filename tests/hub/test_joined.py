"""The whole product in one run, as a user meets it: sign in, install a printer, print, read the job, uninstall.

The user has a phone and a computer, and the browser reaches no agent: everything goes through the hub. Afterwards the
hub is away for a while.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from joined_rig import (
    ADMINISTRATOR,
    USER,
    Joined,
    Login,
    Portal,
    approve,
    facts,
    joined,
    keep_picture,
    show_code,
    story,
    told,
)
from playwright.sync_api import Route
from portal_rig import Look, axe_faults
from rig import papers

pytestmark = pytest.mark.system

LAPTOP, PHONE = Look(name="laptop"), Look(name="phone", width=390)
DOCUMENTS = Path(__file__).parents[1] / "documents"
DOCUMENT, LETTER = DOCUMENTS / "02-a4-100p-10color.pdf", DOCUMENTS / "01-a4-1p-gray.pdf"


class Blocked:
    """Keeps a person's browser from the agent on its machine, and from where agents usually listen."""

    def __init__(self, at: Portal, whole: Joined) -> None:
        self.asked: list[str] = []
        self._ports = {whole.agent.port, 39149, 39150}
        at.page.context.route("**/*", self._pass)

    def _pass(self, route: Route) -> None:
        if urlsplit(route.request.url).port in self._ports:
            self.asked.append(route.request.url)
            route.abort()
        else:
            route.continue_()


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Joined]:
    with joined(tmp_path_factory.mktemp("joined")) as parts:
        yield parts


@pytest.fixture(scope="module")
def open_portal(whole: Joined) -> Iterator[Callable[[Look], Portal]]:
    """Opens the portal, where the administrator let the agent in, and added a printer and a user."""
    with whole.browser() as browser:
        ada = browser(LAPTOP).sign_in(ADMINISTRATOR)
        assert "this agent belongs to Acme" in whole.tympan(*ada.enrolment_command())
        ada.add_printer("Front desk", whole.site["eve"].uri)
        ada.add_person(USER, "Ben", whole.login)
        whole.knows("front-desk")
        assert ada.here.complaints == []
        yield browser


def sums(at: Portal) -> dict[str, int]:
    """What the page of usage sums up."""
    at.go("/usage")
    names, values = at.page.locator(".sums span").all_inner_texts(), at.page.locator(".sums b").all_inner_texts()
    return {name: int(value) for name, value in zip(names, values, strict=True) if value.isdigit()}


def keep(at: Portal, folder: Path, name: str) -> None:
    """Keeps a picture of a page that everybody can use."""
    keep_picture(at, folder / "pictures", name)
    assert axe_faults(at.page) == []


def login(whole: Joined, at: Portal, folder: Path) -> None:
    """Signs the user in at the agent: a code on the terminal, approved on the phone."""
    terminal = Login(whole)
    code = terminal.code()
    show_code(at, code)
    keep(at, folder, "1 sign in at the computer")
    approve(at, code, "Sign in")
    keep(at, folder, "2 signed in at the computer")
    status, said, wrong = terminal.ended()
    assert (status, said) == (0, f"Ben is signed in at {whole.hub.url} for the account {whole.login}."), wrong


def test_a_user_installs_prints_and_uninstalls_through_the_hub_alone(
    whole: Joined, open_portal: Callable[[Look], Portal], tmp_path: Path
) -> None:
    ben = open_portal(PHONE)
    blocked = Blocked(ben, whole)
    ben.sign_in(USER)
    login(whole, ben, tmp_path)

    ben.go("/")
    keep(ben, tmp_path, "3 home")
    press_on_home(ben, "Install: Front desk")
    loads: list[str] = []
    ben.page.on("load", lambda page: loads.append(page.url))
    ben.badge("Installed")
    assert loads == []  # the page that took the press is the page that shows the result
    assert whole.queues() == {"front-desk"}
    keep(ben, tmp_path, "4 installed")

    job = whole.lp("front-desk", DOCUMENT, title="Yearbook.pdf", sides="two-sided-long-edge")
    ben.sees("Yearbook.pdf")
    assert loads == []
    assert whole.ended(job) == "completed"
    assert papers(whole.site["eve"], "Yearbook.pdf") == ["completed"]
    keep(ben, tmp_path, "5 the job on the home page")
    ben.sees("Yearbook.pdf").click()
    ben.page.locator(".head .badge", has_text="Printed").wait_for()
    ben.sees("Sheets of paper")
    on_paper = facts(ben)
    assert (on_paper["Pages of the document"], on_paper["Sides printed"]) == ("100", "100")
    assert (on_paper["Of them in colour"], on_paper["Sheets of paper"]) == ("10", "50")
    assert on_paper["Sides"] == "Both sides, long edge"
    assert story(ben) == told(1)
    keep(ben, tmp_path, "6 the story of the job")

    ben.go("/printers/front-desk").press("Install on this computer")
    ben.page.locator("#this-computer[data-state='absent']").wait_for()
    assert blocked.asked  # the browser did try, and reached no agent
    assert ben.page.locator("#this-computer a[href='#computers']:visible").count() == 1  # the other way is named
    keep(ben, tmp_path, "7 no agent in reach of the browser")
    ben.press("Uninstall: " + whole.computer)
    ben.badge("Not installed")
    assert whole.queues() == set()
    keep(ben, tmp_path, "8 uninstalled")
    assert [said for said in ben.here.complaints if "net::ERR_FAILED" not in said] == []


def test_while_the_hub_is_away_printing_goes_on_and_all_of_it_is_told_once_in_order(
    whole: Joined, open_portal: Callable[[Look], Portal], tmp_path: Path
) -> None:
    ben = open_portal(PHONE).sign_in(USER)
    before = sums(ben)
    whole.sign_in(ben)
    ben.go("/")
    press_on_home(ben, "Install: Front desk")
    ben.badge("Installed")

    whole.do(whole.hub.program.kill9)
    titles = ["Monday.pdf", "Tuesday.pdf", "Wednesday.pdf"]
    for title, document in zip(titles, (LETTER, DOCUMENT, LETTER), strict=True):
        assert whole.ended(whole.lp("front-desk", document, title=title)) == "completed"
        assert papers(whole.site["eve"], title) == ["completed"]
    whole.do(whole.hub.start)

    ben.go("/jobs")
    rows = ben.page.locator("main tbody tr")
    for title in titles:
        rows.filter(has_text=title).filter(has_text="Printed").wait_for()
    keep(ben, tmp_path, "9 after the hub was away")
    assert rows.get_by_role("rowheader").all_inner_texts()[:3] == titles[::-1]
    for title, pages in zip(titles, (1, 100, 1), strict=True):
        ben.go("/jobs").sees(title).click()
        ben.page.locator(".head h1", has_text=title).wait_for()
        ben.sees("Sheets of paper")
        assert facts(ben)["Pages of the document"] == str(pages)
        number = next(line for line in story(ben) if "number" in line).rpartition(" ")[2]
        assert story(ben) == told(int(number))
    assert arrived(whole, titles) == titles
    after = sums(ben)
    gained = {name: after[name] - before.get(name, 0) for name in ("Jobs printed", "Sides printed")}
    assert gained == {"Jobs printed": 3, "Sides printed": 102}


def arrived(whole: Joined, titles: list[str]) -> list[str]:
    """Jobs in the order in which the hub first heard of them."""
    with closing(sqlite3.connect(f"file:{whole.hub.home / 'hub.db'}?mode=ro", uri=True)) as database:
        heard = [title for (title,) in database.execute("SELECT title FROM jobs ORDER BY rowid")]
    return [title for title in heard if title in titles]


def press_on_home(at: Portal, label: str) -> None:
    """Presses a button of the home page, and waits for the page that answers."""
    with at.page.expect_navigation():
        at.press(label)
