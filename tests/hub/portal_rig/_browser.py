"""The system's Chromium, driven by playwright: one browser, a context for each way of looking."""

from __future__ import annotations

import functools
import importlib.resources
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import attrs
from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright

from portal_rig._hub import PASSWORD

_PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
# Nothing goes out: no look for updates, no look-ups of hosts, no attempt at QUIC.
_FLAGS = (
    "--no-sandbox",  # the tests may run as root, and open none but our own pages
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
_RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
_REST = "tbody tr:nth-child(n + 14)"  # of a long table, after a row of every kind; axe takes as long for each
_RUN = "([rules, rest]) => axe.run({exclude: [[rest]]}, {runOnly: rules, resultTypes: ['violations']})"
_PATIENCE_MS = 20_000


@attrs.frozen(kw_only=True)
class Look:
    """A way of looking: width, colours, language, and whether scripts run."""

    name: str
    width: int = 1280
    dark: bool = False
    language: str = "en-GB"
    scripts: bool = True

    @property
    def options(self) -> dict[str, Any]:
        """As playwright takes it."""
        phone = self.width < 500
        return {
            "viewport": {"width": self.width, "height": 844 if phone else 800},
            "color_scheme": "dark" if self.dark else "light",
            "locale": self.language,
            "timezone_id": "Europe/Berlin",
            "is_mobile": phone,
            "has_touch": phone,
            "java_script_enabled": self.scripts,
        }


@attrs.define
class Browsing:
    """One context on the hub: a page, and what the browser complained of."""

    page: Page
    url: str
    complaints: list[str] = attrs.field(factory=list)

    def sign_in(self, email: str) -> None:
        """Signs in as somebody."""
        self.go("/sign-in")
        self.page.locator("#email").fill(email)
        self.page.locator("#password").fill(PASSWORD)
        self.page.locator("main form button[type=submit]:not([formaction])").click()
        self.page.wait_for_url(lambda url: "sign-in" not in url)

    def go(self, path: str) -> None:
        """Opens a page."""
        self.page.goto(self.url + path)

    def heard(self, message: ConsoleMessage) -> None:
        """Keeps a complaint, such as a breach of the content security policy."""
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)


@contextmanager
def browsing(url: str, *flags: str) -> Iterator[Any]:
    """Starts the browser; gives what makes a context for a look."""
    program = next(filter(None, map(shutil.which, _PROGRAMS)), None)
    assert program is not None, "Chromium is missing: install the package chromium"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=[*_FLAGS, *flags])
        try:
            yield lambda look: _context(browser, url, look)
        finally:
            browser.close()


def _context(browser: Browser, url: str, look: Look) -> Browsing:
    context = browser.new_context(**look.options)
    context.set_default_timeout(_PATIENCE_MS)
    here = Browsing(context.new_page(), url)
    here.page.on("console", lambda message: here.heard(message))
    here.page.on("pageerror", lambda error: here.complaints.append(str(error)))
    return here


def axe_faults(page: Page) -> list[str]:
    """What axe-core finds wrong with a page as it stands."""
    page.evaluate(_axe())
    found = page.evaluate(_RUN, [list(_RULES), _REST])
    return [f"{fault['id']}: {[node['target'] for node in fault['nodes']]}" for fault in found["violations"]]


@functools.cache
def _axe() -> str:
    return importlib.resources.files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8")
