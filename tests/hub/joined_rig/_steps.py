"""What people do in the portal, step by step, as the browser shows it."""

from __future__ import annotations

import os
import re
from pathlib import Path

import attrs
from playwright.sync_api import Locator, Page
from portal_rig import PASSWORD, Browsing, Look

_PICTURES = "TYMPAN_PICTURES"


@attrs.define
class Portal:
    """A person at the portal."""

    here: Browsing
    look: Look

    @property
    def page(self) -> Page:
        """The page that is open."""
        return self.here.page

    def sign_in(self, email: str) -> Portal:
        """Signs in."""
        self.here.sign_in(email)
        return self

    def go(self, path: str) -> Portal:
        """Opens a page by its path."""
        self.here.go(path)
        return self

    def press(self, label: str) -> None:
        """Presses the first button or link of this name in the page's main part."""
        main = self.page.locator("main")
        main.get_by_role("button", name=label, exact=True).or_(
            main.get_by_role("link", name=label, exact=True)
        ).first.click()

    def fill(self, **fields: str) -> None:
        """Fills in fields of a form by their names."""
        for name, value in fields.items():
            self.page.locator(f"main #{name}").fill(value)

    def sees(self, text: str) -> Locator:
        """Waits until a text stands in the page's main part, without loading the page again."""
        found = self.page.locator("main").get_by_text(text).first
        found.wait_for()
        return found

    def badge(self, word: str) -> None:
        """Waits until the page's main part has a badge with this word, without loading the page again."""
        self.page.locator("main .badge:visible").get_by_text(word, exact=True).first.wait_for()

    def add_person(self, email: str, name: str, login: str) -> None:
        """Adds a user."""
        self.go("/people/new")
        self.fill(name=name, email=email, login=login, password=PASSWORD)
        self.press("Add the person")
        self.sees("The person is added.")

    def enrolment_command(self) -> list[str]:
        """Has an enrolment token made; returns the words of the command that uses it, without the program."""
        self.go("/agents/new")
        self.page.locator("main form button[type=submit]").click()
        return self.page.locator("#command").inner_text().split()[1:]

    def add_printer(self, name: str, uri: str) -> None:
        """Defines a printer by hand."""
        self.go("/printers/new")
        self.fill(name=name, uri=uri)
        self.press("Add the printer")
        self.sees("The printer is added.")


def pictures(folder: Path) -> Path:
    """Where pictures are kept: in $TYMPAN_PICTURES, or in ``folder`` where that is not set."""
    kept = Path(os.environ.get(_PICTURES) or folder)
    kept.mkdir(parents=True, exist_ok=True)
    return kept


def keep_picture(at: Portal, folder: Path, name: str) -> Path:
    """Keeps the page as a PNG in $TYMPAN_PICTURES, or in ``folder`` where that is not set."""
    picture = pictures(folder) / f"{re.sub('[^a-z0-9]+', '-', name.lower())}.{at.look.name}.png"
    at.page.screenshot(path=picture, full_page=True)
    return picture
