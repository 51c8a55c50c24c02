"""Somebody at the portal: the same pages and forms as in a browser, without scripts."""

from __future__ import annotations

import http.cookiejar
import sys
import urllib.error
import urllib.parse
import urllib.request

from tools.demo.page import Page
from tools.demo.people import Person

ANSWER_S = 60


class Portal:
    """A browser of one person, signed in.

    Args:
        address: Of the hub.
        person: Who.
    """

    def __init__(self, address: str, person: Person) -> None:
        self._address = address
        cookies = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        # No proxy: all of it is on loopback, whatever the shell says of proxies.
        self._browser = urllib.request.build_opener(urllib.request.ProxyHandler({}), cookies)
        self.send("/sign-in", email=person.email, password=person.password)

    def open(self, path: str) -> Page:
        """A page."""
        return Page(self._ask(path))

    def send(self, path: str, to: str = "", **fields: str) -> Page:
        """Fills in and sends the form of a page, to ``to`` where that is elsewhere; returns the page that follows."""
        fields["csrf"] = self.open(path).csrf
        return Page(self._ask(to or path, urllib.parse.urlencode(fields).encode()))

    def _ask(self, path: str, form: bytes | None = None) -> str:
        try:
            with self._browser.open(self._address + path, form, timeout=ANSWER_S) as answer:
                return str(answer.read().decode())
        except urllib.error.HTTPError as error:
            sys.exit(f"demo: the portal answered {error.code} to {path}")
        except OSError as error:
            sys.exit(f"demo: the portal did not answer {path}: {error}")
