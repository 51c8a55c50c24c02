"""Every page of the portal, as a browser shows it: nothing against WCAG 2.2 AA, nothing wider than the screen.

Set TYMPAN_PICTURES to a folder to get each page as a PNG, in two more looks.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import pytest
from portal_rig import ADMINISTRATOR, NEWCOMER, OWNER, USER, Browsing, Look, axe_faults

pytestmark = pytest.mark.system

PHONE_DARK = Look(name="phone-dark-en", width=390, dark=True)
PHONE = Look(name="phone-light-de", width=390, language="de-DE")
LAPTOP = Look(name="laptop-light-de", language="de-DE")
LAPTOP_DARK = Look(name="laptop-dark-en", dark=True)
PICTURES = os.environ.get("TYMPAN_PICTURES", "")
ALL, QUARTER = 1, 4
"""Of how many pages one is looked at."""
LOOKS = [
    pytest.param(PHONE, ALL, id="phone"),
    pytest.param(LAPTOP_DARK, ALL if PICTURES else QUARTER, id="laptop-dark"),
    pytest.param(LAPTOP, ALL, id="laptop", marks=() if PICTURES else pytest.mark.soak),
    pytest.param(PHONE_DARK, ALL, id="phone-dark", marks=() if PICTURES else pytest.mark.soak),
]

STRANGER = ("/sign-in?said=signed-out", "/app/offline")
PEOPLE = {
    ADMINISTRATOR: (
        "/",
        "/printers",
        "/printers?q=nowhere",
        "/printers/new",
        "/printers/empfang",
        "/printers/second-floor",
        "/printers/new?name=Attic&uri=ipp://printer.example/ipp/print",
        "/printers/empfang/edit",
        "/printers/plotter/remove",
        "/printers/plotter",
        "/printers/plotter/for-whom?q=a",
        "/printers/empfang/for-whom?said=for-everybody",
        "/printers/moved",
        "/printers/moved/move",
        "/devices",
        "/devices?q=nothing-like-that",
        "/devices?state=ignored",
        "/devices/import",
        f"/devices/{1:032x}?said=device-heeded",
        f"/devices/{2:032x}",
        f"/devices/{3:032x}",
        f"/devices/{4:032x}",
        f"/printers/new?device={1:032x}",
        "/jobs",
        "/jobs?q=nothing-like-that",
        "/usage",
        "/audit",
        "/audit?q=nothing-like-that",
        "/usage?by=user&from=2020-01-01&to=2020-12-31",
        "/agents",
        "/agents?q=nothing-like-that",
        "/agents/new",
        "/agents/keys?said=key-confirmed",
        "/updates?said=version-goes-on",
        "/updates/rules",
        "/updates/stop?version=1.3.2",
        "/install?system=debian",
        "/install?system=windows",
        "/agents/tokens",
        "/agents/tokens?state=revoked",
        "/agents/tokens?state=all&page=2",
        f"/agents/{1:032x}",
        f"/agents/{1:032x}/revoke",
        "/activate",
        "/policy?said=policy-switched",
        "/people",
        "/people/new",
        "/people?q=nobody-like-that",
        "/devices/scans",
        "/devices/scans/new",
        f"/devices/scans/{1:032x}",
        f"/devices/scans/{3:032x}",
        f"/devices/scans/{1:032x}/parts/{UUID(int=2)}",
        "/devices/reach",
        "/devices/reach/alone",
        "/app",
        "/app/scan",
        "/printers/follow-me",
        "/printers/follow-me/pull",
        "/printers/follow-me/way",
        "/printers/second-floor/way",
        "/tunnel",
        "/sharing",
        "/shares/5a1b7c0e-3a0f-4c56-9d5e-0f3b8f1f6a01?said=share-default-set",
        "/printers/etiketten",
        "/release-points",
        "/release-points/empfang",
        "/release-points/sheets?labels=yes",
        "/stations",
        "/stations/new",
        "/groups?said=group-removed",
        "/groups/new",
        "/groups/werkstatt",
        "/groups/werkstatt/people",
        "/groups/archiv",
        "/invitations/new",
        "/groups/werkstatt/computers",
        "/groups/werkstatt/computers?q=a",
        "/policy?group=werkstatt",
        "/keeping",
        "/webhooks",
        "/webhooks/new",
        "/account/tokens",
        "/account/tokens/new",
        "/account",
        "/account/mail",
        "/account/mail/renew",
        "/no/such/page",
    ),
    USER: ("/", "/install", "/printers/empfang", "/jobs", "/usage?by=month", "/people"),
    OWNER: ("/", "/policy", "/updates/everybody", "/tunnel", "/providers", "/providers/new?whom=owners"),
    NEWCOMER: ("/", "/updates", "/agents/tokens", "/devices", "/devices/scans", "/devices/reach"),
}


@pytest.mark.parametrize(("seen", "one_in"), LOOKS)
def test_every_page_is_open_to_everybody(seen: Look, one_in: int, look: Callable[[Look], Browsing]) -> None:
    faults: dict[str, list[str]] = {}
    for who, paths in {"": STRANGER, **PEOPLE}.items():
        here = look(seen)
        if who:
            here.sign_in(who)
        for path in paths[::one_in]:
            here.go(path)
            found(here, seen, f"{who.partition('@')[0]} {path}", faults)
        if who == ADMINISTRATOR and one_in == ALL:
            behind(here, seen, faults)
        here.page.context.close()
    assert not faults


def behind(here: Browsing, seen: Look, faults: dict[str, list[str]]) -> None:
    """Pages that stand behind a press: one job, what is wrong with a form, a token, the open menu."""
    here.go("/jobs?state=printed")
    here.page.locator("tbody a").first.click()
    here.page.wait_for_selector(".story")
    found(here, seen, "job", faults)
    here.go("/jobs?state=under-way")
    here.page.locator("tbody a").first.click()
    here.page.get_by_role("button", name=re.compile("Cancel|abbrechen")).wait_for()
    found(here, seen, "job under way", faults)
    here.go("/printers/new")
    here.page.locator("#name").fill("Second floor")
    here.page.locator("#uri").fill("lpd://old")
    here.page.locator("main form button[type=submit]").click()
    here.page.wait_for_selector("[aria-invalid]")
    found(here, seen, "printer refused", faults, refused=True)
    for name in ("Chidi Anagonye", "Annegret Schimmelpfennig-Oberlander"):
        here.go("/people")
        here.page.get_by_role("link", name=name, exact=True).click()
        here.page.wait_for_selector("#login")
        found(here, seen, f"person {name}", faults)
    here.go("/people")
    here.page.get_by_role("link", name="Ben Okafor", exact=True).click()
    here.page.locator("a[href$='/password']").click()
    here.page.wait_for_selector("#password")
    found(here, seen, "person password", faults)
    invite(here, seen, faults)
    here.go("/agents/new")
    here.page.locator("main form button[type=submit]").click()
    here.page.wait_for_selector("#command")
    found(here, seen, "token", faults)
    programs(here, seen, faults)
    scans(here, seen, faults)
    releases(here, seen, faults)
    here.go("/policy")
    here.page.locator("#submission\\.ipp button[value=off]").click()
    here.page.wait_for_selector("button.bad")
    found(here, seen, "switch asked", faults)
    if seen.width < 500:
        here.page.locator(".tabs summary").click()
        found(here, seen, "menu", faults)


def programs(here: Browsing, seen: Look, faults: dict[str, list[str]]) -> None:
    """A token shown once and in the list; a webhook with a try, and switched off."""
    here.go("/account/tokens/new")
    here.page.locator("#name").fill("Export of usage for accounting")
    here.page.locator("main form button[type=submit]").click()
    here.page.wait_for_selector("#token")
    found(here, seen, "api token made", faults)
    here.go("/account/tokens")
    found(here, seen, "api tokens", faults)
    here.go("/webhooks/new")
    here.page.locator("#name").fill(f"Accounting {seen.name}")
    here.page.locator("#url").fill("http://127.0.0.1:9/a/rather/long/path/to/the/hook?of=tympan")
    here.page.locator("main form button[type=submit]").click()
    here.page.wait_for_selector("#secret", state="attached")
    here.page.locator("form[action$='/test'] button").click()
    here.page.wait_for_selector("tbody tr")
    found(here, seen, "webhook", faults)
    here.page.locator("form[action$='/disable'] button").click()
    here.page.wait_for_selector("form[action$='/enable']")
    here.page.locator("details summary").first.click()
    found(here, seen, "webhook off", faults)
    here.go("/webhooks")
    found(here, seen, "webhooks", faults)


def releases(here: Browsing, seen: Look, faults: dict[str, list[str]]) -> None:
    """A job to be changed, a device with held jobs, a release as it goes, a token of a station, a tablet's page."""
    here.go("/app")
    here.page.locator(".held a").first.click()
    here.page.wait_for_selector("#copies")
    found(here, seen, "held job", faults)
    here.go("/app")
    here.page.locator("#code").fill(_code(here))
    here.page.locator("form[action='/app/find'] button").first.click()
    here.page.wait_for_selector(".go")
    found(here, seen, "device with held jobs", faults)
    here.page.locator("[data-pick]:enabled").first.check()  # their computers sleep, so none is ticked
    here.page.locator(".go button").first.click()
    here.page.wait_for_url("**/app/releases/**")
    found(here, seen, "release", faults)
    here.go("/stations/new")
    here.page.locator("#name").fill(f"Reader {seen.name}")
    here.page.locator("[name^=printer-]").first.check()
    here.page.locator("main form button[type=submit]").click()
    here.page.wait_for_selector("#secret", state="attached")
    found(here, seen, "station made", faults)
    here.go("/release-points/empfang")
    here.page.locator("form[action$='/kiosk'] button").click()
    here.page.wait_for_selector("#kiosk", state="attached")
    found(here, seen, "link for a tablet", faults)
    here.go("/kiosk/" + here.page.locator("#kiosk").inner_text().rpartition("/")[2])
    found(here, seen, "tablet", faults)


def _code(here: Browsing) -> str:
    """The code of the first device that is offered without a scan."""
    code = here.page.locator("#point option").first.get_attribute("value")
    assert code
    return code


def scans(here: Browsing, seen: Look, faults: dict[str, list[str]]) -> None:
    """What is wrong with a range, what nobody reaches, and the question before a scan leaves private networks."""
    for name, targets, awaited in (
        ("scan refused", "10.20.0.0/22\n10.20.0.300", "[aria-invalid]"),
        ("scan nobody reaches", "10.99.0.0/24\n192.168.0.0/24", ".said.warn"),
        ("scan outside", "203.0.113.0/24", "[name=outside]"),
    ):
        here.go("/devices/scans/new")
        here.page.locator("#targets").fill(targets)
        if name == "scan outside":
            here.page.locator("main summary").click()
            here.page.locator("[value=chosen]").check()
            here.page.locator("[name^=agent-]").first.check()
        here.page.locator("main form .actions button").first.click()
        here.page.wait_for_selector(awaited)
        found(here, seen, name, faults, refused=True)


def invite(here: Browsing, seen: Look, faults: dict[str, list[str]]) -> None:
    """An invitation with its link, the page behind it, and a second factor being set up."""
    here.go("/invitations/new")
    here.page.locator("#email").fill(f"{seen.name}@stadtwerke.example")
    here.page.locator("main form button[type=submit]").click()
    here.page.wait_for_selector("#link")
    found(here, seen, "invitation", faults)
    link = here.page.locator("#link").inner_text()
    here.go("/invitations")
    found(here, seen, "invitations", faults)
    here.page.goto(link)
    found(here, seen, "welcome", faults)
    here.go("/account")
    here.page.locator("form[action='/account/second-factor'] button").click()
    here.page.wait_for_selector(".qr")
    found(here, seen, "second factor", faults)


def found(here: Browsing, seen: Look, name: str, faults: dict[str, list[str]], *, refused: bool = False) -> None:
    """Looks at a page for what is wrong with it."""
    said = [complaint for complaint in here.complaints if not re.search("status of 4(03|04|22)", complaint)]
    here.complaints.clear()
    wide = here.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    wrong = said + axe_faults(here.page) + ([f"{wide} px wider than the screen"] if wide > 0 else [])
    language = here.page.locator("html").get_attribute("lang")
    if language != seen.language[:2]:
        wrong.append(f"speaks {language}")
    if wrong:
        faults[name] = wrong
    if PICTURES:
        picture = Path(PICTURES) / f"{re.sub('[^a-z0-9]+', '-', name)}.{seen.name}.png"
        here.page.screenshot(path=picture, full_page=True)
