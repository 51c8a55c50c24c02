"""Browsers by the names people have for them, from the header ``User-Agent`` (RFC 9110 section 10.1.5)."""

from typing import Final

from starlette.requests import Request

from tympan_hub.domain.sessions import Visitor

_FAMILIES: Final = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
"""The first that is found counts: most of them claim to be several of those below them."""

_SYSTEMS: Final = (
    ("Windows", "Windows"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("CrOS", "ChromeOS"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)
_READ: Final = 500
"""Characters of the header that are looked at."""


def browser(header: str) -> str:
    """Such as ``Firefox, Windows``; "" for one nobody knows."""
    text = header[:_READ]
    found = (next((name for sign, name in table if sign in text), "") for table in (_FAMILIES, _SYSTEMS))
    return ", ".join(filter(None, found))


def visitor(request: Request) -> Visitor:
    """Where a request comes from."""
    source = request.client.host if request.client else ""
    return Visitor(source=source, browser=browser(request.headers.get("user-agent", "")))
