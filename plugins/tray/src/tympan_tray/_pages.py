"""The page as HTML: written here whole, with a strict content policy, and usable without its script. Pure.

Whatever comes from outside is escaped.
"""

from __future__ import annotations

from importlib.resources import files
from typing import Final

from tympan.plugin import LocalResponse, TympanError
from tympan_tray import _parts as parts
from tympan_tray._limits import TEXT_CHARS
from tympan_tray._sign_ins import Code, Progress
from tympan_tray._view import About, View, read
from tympan_tray._words import Words, marked

_POLICY: Final = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src data:; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS: Final = (
    ("content-security-policy", _POLICY),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "same-origin"),  # with none at all a browser calls the origin of its own forms null
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("cache-control", "no-store"),
)
_SIGN_IN: Final = marked("Sign in")
_BACK: Final = marked("Back to the start")
STATIC: Final = {"me.css": "text/css; charset=utf-8", "me.js": "text/javascript; charset=utf-8"}
"""Files of the page, and what they are."""


def static(name: str) -> LocalResponse:
    """One of them."""
    body = (files("tympan_tray") / "static" / name).read_bytes()
    return LocalResponse(headers=(("content-type", STATIC[name]), *_HEADERS), body=body)


def start(told: str, mark: str, say: Words) -> LocalResponse:
    """How it stands, with everything on it."""
    return _page(say, _region(read(told), mark, say), script=True)


def piece(told: str, mark: str, say: Words) -> LocalResponse:
    """The same without its frame."""
    return _html(_region(read(told), mark, say), say, 200)


def _region(view: View, mark: str, say: Words) -> str:
    return f'<div id="view" data-seen="{_text(mark)}">{parts.all_of(view, say)}</div>'


def login(view: View, code: Code | None, say: Words) -> LocalResponse:
    """Signing in: a button, then a code to approve, then what came of it."""
    title = f"<h2>{_text(say(_SIGN_IN))}</h2>"
    if view.signed_in:
        return _page(say, title + parts.signed_in(view, say) + _back(say))
    if code is not None and code.progress is Progress.PENDING:
        return _page(say, title + parts.code(code, say) + _back(say), script=True)
    return _page(say, title + parts.begin(view, code, say) + _back(say))


def about(told: About, say: Words) -> LocalResponse:
    """Versions and fingerprints."""
    return _page(say, parts.about(told, say) + _back(say))


def failed(error: TympanError, status: int, say: Words) -> LocalResponse:
    """Why it did not work, and what to do next."""
    heading = say(marked("Told")) if status == 200 else say(marked("This did not work"))
    body = f"""<p role="alert"><strong>{_text(heading)}:</strong> {_text(error.cause)}.</p>
<p>{_text(error.next_step)}</p>"""
    return _page(say, body + ("" if status == 403 else _back(say)), status=status)


def leading_to(path: str, *headers: tuple[str, str]) -> LocalResponse:
    """Sends the browser on."""
    return LocalResponse(status=303, headers=(*_HEADERS, ("location", path), *headers))


def _page(say: Words, body: str, *, status: int = 200, script: bool = False) -> LocalResponse:
    loaded = '<script src="/me/me.js" defer></script>' if script else ""
    title = _text(say(marked("Printing on this computer")))
    return _html(
        f"""<!doctype html>
<html lang="{say.code}"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title} · Tympan</title><link rel="stylesheet" href="/me/me.css">{loaded}</head>
<body><main><h1>{title}</h1>
{body}
</main></body></html>
""",
        say,
        status,
    )


def _html(text: str, say: Words, status: int) -> LocalResponse:
    headers = (("content-type", "text/html; charset=utf-8"), ("content-language", say.code), *_HEADERS)
    return LocalResponse(status=status, headers=headers, body=text.encode("utf-8", "replace"))


def _back(say: Words) -> str:
    return f'<p><a href="/me/">{_text(say(_BACK))}</a></p>'


def _text(text: str) -> str:
    from html import escape  # a table of all HTML's names, which an agent whose page nobody looks at need not hold

    return escape(text[:TEXT_CHARS])
