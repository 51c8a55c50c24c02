"""The fast way: the portal's page has the agent on the same machine install a printer, on a real CUPS.

The hub listens on loopback, as the agent does, and a page of loopback may call loopback unasked. Where a test is about
the browser's permission, Chromium is told to take the hub's address for a public one: then it asks, as it does on the
internet.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from joined_rig import ADMINISTRATOR, Joined, Portal, facts, joined, keep_picture, story, told
from portal_rig import Look, axe_faults

pytestmark = pytest.mark.system

DOCUMENT = Path(__file__).parents[1] / "documents" / "02-a4-100p-10color.pdf"
LAPTOP, PHONE = Look(name="laptop"), Look(name="phone-de", width=390, language="de-DE", dark=True)
ATTACK = """async ([url, options]) => {
  try { const answer = await fetch(url, options); return [answer.type, answer.status, await answer.text()]; }
  catch (error) { return ["error", 0, ""]; }
}"""


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Joined]:
    """An agent that belongs to the hub, and a printer."""
    with joined(tmp_path_factory.mktemp("joined")) as parts:
        yield parts


@pytest.fixture(scope="module")
def enrolled(whole: Joined) -> Joined:
    """The same, joined."""
    with whole.browser() as browser:
        ada = browser(LAPTOP).sign_in(ADMINISTRATOR)
        ada.add_printer("Front desk", whole.site["eve"].uri)
        ada.press("Install on this computer")
        until(ada, "foreign")  # an agent of no hub tells nothing to anybody
        assert "belongs to Acme" in whole.tympan(*ada.enrolment_command())
        whole.knows("front-desk")
        whole.sign_in(ada)
    return whole


def until(at: Portal, state: str) -> None:
    """Waits until the part of the page about this computer is in a state."""
    at.page.locator(f"#this-computer[data-state='{state}']").wait_for()


def test_a_page_installs_prints_and_removes_through_the_bridge(enrolled: Joined, tmp_path: Path) -> None:
    with enrolled.browser() as browser:
        ada = browser(LAPTOP).sign_in(ADMINISTRATOR).go("/printers/front-desk")
        keep_picture(ada, tmp_path, "bridge ask")
        ada.press("Install on this computer")
        until(ada, "done")
        assert "front-desk" in enrolled.queues()
        ada.page.locator("#computers .badge.good").wait_for()  # the hub heard of it, and the page of the hub
        keep_picture(ada, tmp_path, "bridge done")
        assert axe_faults(ada.page) == []
        prints(enrolled, ada, tmp_path)
        ada.go("/printers/front-desk").press("Install on this computer")
        until(ada, "done")  # it is there already
        ada.press("Remove from this computer")
        until(ada, "removed")
        assert "front-desk" not in enrolled.queues()
        ada.page.locator("#computers .badge.still").wait_for()


def prints(whole: Joined, at: Portal, folder: Path) -> None:
    """A document comes out, and its page in the portal tells what of it is on paper, and how that went."""
    job = whole.lp("front-desk", DOCUMENT, title="Yearbook.pdf", sides="two-sided-long-edge")
    assert whole.ended(job) == "completed"
    at.go("/jobs").sees("Yearbook.pdf").click()
    at.page.locator(".head .badge", has_text="Printed").wait_for()
    at.sees("Sheets of paper")
    on_paper = facts(at)
    assert (on_paper["Sides printed"], on_paper["Of them in colour"], on_paper["Sheets of paper"]) == (
        "100",
        "10",
        "50",
    )
    assert on_paper["Sides"] == "Both sides, long edge"
    assert story(at) == told(1)
    keep_picture(at, folder, "bridge job")


def test_a_browser_that_denies_it_leaves_the_way_through_the_hub(enrolled: Joined, tmp_path: Path) -> None:
    with enrolled.browser(f"--ip-address-space-overrides=127.0.0.1:{enrolled.hub.port}=public") as browser:
        ada = browser(LAPTOP).sign_in(ADMINISTRATOR).go("/printers/front-desk")
        until(ada, "ask")  # the page waits for a press: nothing was asked for by loading it
        ada.press("Install on this computer")
        until(ada, "denied")  # nobody sits at this browser, so it denies
        assert axe_faults(ada.page) == []
        keep_picture(ada, tmp_path, "bridge denied")
        ada.page.locator("#computers button", has_text="Install").click()
        ada.page.locator("#computers .badge.good").wait_for()
        assert "front-desk" in enrolled.queues()
        ben = browser(PHONE).sign_in(ADMINISTRATOR).go("/printers/front-desk")
        until(ben, "ask")
        allow(ben, enrolled)
        ben.go("/printers/front-desk")
        until(ben, "done")  # allowed before, so it looks by itself
        assert axe_faults(ben.page) == []
        keep_picture(ben, tmp_path, "bridge allowed")
        ben.page.locator("[data-deed='remove-queue']:visible").click()
        until(ben, "removed")
        assert "front-desk" not in enrolled.queues()


def test_pages_of_other_sites_and_of_rebound_names_get_nothing(enrolled: Joined) -> None:
    port = enrolled.agent.port
    rebound = (
        f"--host-resolver-rules=MAP rebound.example 127.0.0.1:{port}, MAP evil.example 127.0.0.1:{enrolled.hub.port}"
    )
    with enrolled.browser(rebound) as browser:
        page = browser(LAPTOP).page
        greet: dict[str, Any] = {
            "method": "POST",
            "headers": {"Content-Type": "application/json", "Tympan-Bridge": "1"},
        }
        # The name of the attacker's page leads to the agent: its Host is not ours.
        shown = page.goto("http://rebound.example/bridge/v1/greet")
        assert shown is not None
        assert shown.status == 421
        rebinding = page.evaluate(ATTACK, ["http://rebound.example/bridge/v1/greet", {**greet, "body": "{}"}])
        assert rebinding[1] == 421
        # A page of another origin: the preflight fails, and what needs none is refused unread.
        page.goto("http://evil.example/sign-in")
        page.context.clear_cookies()
        page.route(
            "http://evil.example/blank", lambda route: route.fulfill(body="<p>evil</p>", content_type="text/html")
        )
        page.goto("http://evil.example/blank")
        url = f"http://127.0.0.1:{port}/bridge/v1/greet"
        assert page.evaluate(ATTACK, [url, {**greet, "body": "{}"}]) == ["error", 0, ""]
        assert page.evaluate(ATTACK, [url, {"method": "POST", "body": "{}"}]) == ["error", 0, ""]
        opaque = page.evaluate(ATTACK, [url, {"method": "POST", "mode": "no-cors", "body": "{}"}])
        assert opaque in (["opaque", 0, ""], ["error", 0, ""])
        page.set_content(f'<form method="post" enctype="text/plain" action="{url}"><input name="{{" value="}}"></form>')
        with page.expect_navigation() as navigated:
            page.evaluate("document.forms[0].submit()")
        assert navigated.value is not None
        assert navigated.value.status == 403
        assert "Acme" not in page.content()
    assert "front-desk" not in enrolled.queues()


def allow(at: Portal, whole: Joined) -> None:
    """The person allows it, as in the browser's own question."""
    session = at.page.context.browser.new_browser_cdp_session() if at.page.context.browser else None
    assert session is not None
    page = at.page.context.new_cdp_session(at.page)
    context = page.send("Target.getTargetInfo")["targetInfo"]["browserContextId"]
    for name in ("loopback-network", "local-network-access"):
        session.send(
            "Browser.setPermission",
            {
                "permission": {"name": name},
                "setting": "granted",
                "origin": whole.hub.url,
                "browserContextId": context,
            },
        )
