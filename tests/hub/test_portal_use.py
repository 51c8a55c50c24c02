"""The portal in use: with a keyboard, without scripts, and while jobs come in."""

from __future__ import annotations

import datetime as dt
from base64 import b32decode
from collections.abc import Callable

import pytest
from portal_rig import ADMINISTRATOR, PASSWORD, USER, Browsing, Look, ServedHub, add_job

from tympan_hub.domain.jobs import Standing
from tympan_hub.domain.second_factor import code, step_at

pytestmark = pytest.mark.system

Open = Callable[[Look], Browsing]


def test_a_job_that_comes_in_appears_and_nothing_jumps(furnished: ServedHub, look: Open) -> None:
    here = look(Look(name="laptop"))
    here.sign_in(ADMINISTRATOR)
    here.go("/jobs")
    here.page.locator("tbody a").nth(20).focus()
    here.page.evaluate("scrollTo(0, 700)")
    focused = here.page.evaluate("document.activeElement.closest('tr').id")
    new = add_job(furnished.home, "Fresh from the press.pdf", Standing.PRINTING)
    here.page.wait_for_selector(f"#job-{new}", state="attached")
    assert here.page.locator(f"#job-{new} .badge").inner_text() == "Printing"
    assert here.page.evaluate("document.activeElement.closest('tr').id") == focused
    assert here.page.evaluate("scrollY") > 0
    assert here.complaints == []


def test_all_that_is_shown_can_be_reached_by_keyboard_and_left_again(look: Open) -> None:
    here = look(Look(name="phone", width=390))
    here.sign_in(USER)
    here.page.keyboard.press("Tab")
    skip = here.page.locator("a.skip")
    assert skip.evaluate("link => link === document.activeElement && link.getBoundingClientRect().top >= 0")
    here.page.keyboard.press("Enter")
    assert here.page.evaluate("document.activeElement.id") == "main"
    in_bar = ".tabs > ul > li > a, .tabs summary"  # a menu that is folded hides its links
    shown = here.page.locator(f"main a, main button, {in_bar}").count()
    for _ in range(shown):
        here.page.keyboard.press("Tab")
        assert here.page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    here.page.keyboard.press("Tab")  # past the last one: the page lets go of the focus
    assert here.page.evaluate("document.activeElement === document.body || document.activeElement.matches('.skip')")


def test_an_invited_person_comes_in_and_signs_in_with_a_second_factor(look: Open) -> None:
    here = look(Look(name="laptop"))
    here.sign_in(ADMINISTRATOR)
    here.go("/invitations/new")
    here.page.locator("#email").fill("new@stadtwerke.example")
    here.page.get_by_role("button", name="Make the invitation").click()
    link = here.page.locator("#link").inner_text()
    there = look(Look(name="phone", width=390, scripts=False))
    there.page.goto(link)
    there.page.locator("#name").fill("Nora New")
    there.page.locator("#password").fill(PASSWORD)
    there.page.get_by_role("button", name="Come in").click()
    there.go("/account")
    there.page.get_by_role("button", name="Set it up").click()
    assert there.page.locator("img.qr").evaluate("picture => picture.complete && picture.naturalWidth > 100")
    secret = b32decode(there.page.locator(".key code").inner_text().replace(" ", ""))
    there.page.locator("#code").fill(code(secret, step_at(dt.datetime.now(dt.UTC)) - 1))
    there.page.get_by_role("button", name="Turn it on").click()
    kept = there.page.locator("#codes").inner_text().split()
    there.page.get_by_role("link", name="I have kept them").click()
    there.page.get_by_role("button", name="Sign out").first.click()
    there.page.locator("#email").fill("new@stadtwerke.example")
    there.page.locator("#password").fill(PASSWORD)
    there.page.get_by_role("button", name="Sign in", exact=True).click()
    there.page.locator("#code").fill(kept[0])
    there.page.get_by_role("button", name="Go on").click()
    there.go("/account")
    assert "Nora New" in there.page.locator(".head").inner_text()
    assert there.complaints == []


def test_the_menu_closes_on_escape_and_gives_the_focus_back(look: Open) -> None:
    here = look(Look(name="phone", width=390))
    here.sign_in(ADMINISTRATOR)
    summary = here.page.locator(".tabs summary")
    summary.focus()
    here.page.keyboard.press("Enter")
    assert here.page.locator(".more a").first.is_visible()
    here.page.keyboard.press("Tab")
    here.page.keyboard.press("Escape")
    assert not here.page.locator(".more a").first.is_visible()
    assert summary.evaluate("menu => menu === document.activeElement")


def test_everything_works_without_scripts(look: Open) -> None:
    here = look(Look(name="laptop", scripts=False))
    here.sign_in(ADMINISTRATOR)
    page = here.page
    here.go("/printers/new")
    page.locator("#name").fill("Attic")
    page.locator("#uri").fill("ipp://attic.example/ipp/print")
    page.get_by_role("button", name="Add the printer").click()
    assert page.locator("h1").inner_text() == "Attic"
    page.get_by_role("link", name="Remove this printer").click()
    page.get_by_role("button", name="Remove the printer").click()
    assert page.get_by_role("status").inner_text() == "The printer is removed."
    here.go("/policy")
    page.get_by_role("group", name="Queues on Linux and macOS").get_by_role("button", name="Off").click()
    assert page.locator("h1").inner_text() == "Switch this off?"
    assert "None of them used it in the last 7 days." in page.locator("main").inner_text()
    page.get_by_role("button", name="Switch it off").click()
    off = page.get_by_role("group", name="Queues on Linux and macOS").get_by_role("button", name="Off")
    assert off.get_attribute("aria-pressed") == "true"
    here.go("/account")
    page.locator("#language").select_option("de")
    page.get_by_role("button", name="Save").click()
    assert page.locator("h1").inner_text() == "Konto"
    page.get_by_role("button", name="Abmelden", exact=True).click()
    assert page.locator("h1").inner_text() == "Anmelden"
