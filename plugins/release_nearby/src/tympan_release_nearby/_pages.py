"""The page as HTML: written here whole, with a strict content policy, and usable without its script. Pure.

Whatever comes from outside is escaped; no title of a document is ever on it, for everybody in the network may look.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Final

from tympan.plugin import Printer, TympanError
from tympan_net.http_server import Response
from tympan_release_nearby._limits import REFUSED_SHOWN, TEXT_CHARS
from tympan_release_nearby._outcome import Outcome
from tympan_release_nearby._words import Language, Word

_POLICY: Final = (
    "default-src 'none'; style-src 'self'; script-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
HEADERS: Final = (
    ("content-security-policy", _POLICY),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("cache-control", "no-store"),
)
"""With every answer."""

STYLE_PATH: Final = "/nearby.css"
SCRIPT_PATH: Final = "/nearby.js"


def start(points: Sequence[Printer], say: Language) -> Response:
    """The form, which the script fills with what the app brought."""
    if not points:
        return _page(say, f"<p>{_text(say(Word.NO_DEVICE))}</p>")
    options = "".join(f'<option value="{_text(one.id)}">{_text(_where(one))}</option>' for one in points)
    body = f"""<p>{_text(say(Word.WELCOME))}</p>
<p id="how">{_text(say(Word.HOW))}</p>
<form method="post" action="/release">
<p id="ready" role="status" hidden>{_text(say(Word.READY))} <output id="count"></output></p>
<label for="point">{_text(say(Word.DEVICE))}</label>
<select id="point" name="point" required>{options}</select>
<div id="grants"><label for="grant">{_text(say(Word.PASTE))}</label>
<textarea id="grant" name="grant" rows="3" autocomplete="off" spellcheck="false"></textarea></div>
<button type="submit">{_text(say(Word.RELEASE))}</button>
</form>"""
    return _page(say, body, script=True)


def done(told: Outcome, say: Language) -> Response:
    """What became of a form."""
    parts = [f"<p>{_text(say(Word.SENT))} <strong>{told.sent}</strong></p>" if told.sent else ""]
    parts += ["" if told.sent else f"<p>{_text(say(Word.NOTHING))}</p>"]
    parts += [f"<p>{_text(note)}</p>" for note in told.notes[:REFUSED_SHOWN]]
    if told.refused:
        reasons = [*told.refused[:REFUSED_SHOWN], *([say(Word.MORE)] if len(told.refused) > REFUSED_SHOWN else [])]
        lines = "".join(f"<li>{_text(reason)}</li>" for reason in reasons)
        parts.append(f"<p>{_text(say(Word.HELD))}</p><ul>{lines}</ul>")
    return _page(say, "".join(parts) + _back(say))


def failed(error: TympanError, status: int, say: Language) -> Response:
    """Why it did not work, and what to do next."""
    body = f"""<p role="alert">{_text(say(Word.FAILED))}: {_text(error.cause)}.</p>
<p>{_text(say(Word.NEXT))} {_text(error.next_step)}</p>{_back(say)}"""
    return _page(say, body, status=status)


def leading_to(address: str) -> Response:
    """Sends the browser on."""
    return Response(status=303, headers=(*HEADERS, ("location", address)))


def _page(say: Language, body: str, *, status: int = 200, script: bool = False) -> Response:
    title = _text(say(Word.TITLE))
    loaded = f'<script src="{SCRIPT_PATH}" defer></script>' if script else ""
    html = f"""<!doctype html>
<html lang="{say.code}"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title><link rel="stylesheet" href="{STYLE_PATH}">{loaded}</head>
<body><main><h1>{title}</h1>
{body}
</main></body></html>
"""
    headers = (("content-type", "text/html; charset=utf-8"), ("content-language", say.code), *HEADERS)
    return Response(status=status, headers=headers, body=html.encode("utf-8", "replace"))


def _back(say: Language) -> str:
    return f'<p><a href="/">{_text(say(Word.BACK))}</a></p>'


def _where(printer: Printer) -> str:
    return f"{printer.name}, {printer.location}" if printer.location else printer.name


def _text(text: str) -> str:
    return escape(text[:TEXT_CHARS])
