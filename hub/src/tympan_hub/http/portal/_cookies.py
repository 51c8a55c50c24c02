"""Cookies of the portal.

- The session's and the gate's are out of reach for scripts, come back to this host alone, and over TLS alone where
  there is TLS: then their names begin with ``__Host-``, and no neighbour in the domain can plant one.
- What is only taste (language, time zone) has its own, readable by scripts.
"""

import base64
import datetime as dt
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from tympan_hub.domain.limits.sessions import KNOWN_BROWSER

LANGUAGE: Final = "language"
ZONE: Final = "zone"
_SESSION: Final = "tympan-session"
_GATE: Final = "tympan-gate"
_HALF: Final = "tympan-half"
_DEPARTURE: Final = "tympan-departure"
_KNOWN: Final = "tympan-known"
_SCREEN: Final = "tympan-screen"
_YEAR_S: Final = 31_536_000
_CHARS_MOST: Final = 200
_SEALED_CHARS_MOST: Final = 3000


def session(request: Request, *, secure: bool) -> str:
    """The session's secret; "" when there is none."""
    return _value(request, _SESSION, secure=secure)


def gate(request: Request, *, secure: bool) -> str:
    """The secret that the form of sign-in must carry; "" when there is none."""
    return _value(request, _GATE, secure=secure)


def half(request: Request, *, secure: bool) -> str:
    """The secret of one who is half signed in; "" when there is none."""
    return _value(request, _HALF, secure=secure)


def keep_half(response: Response, secret: str, *, secure: bool) -> None:
    """Lets the browser go on to the second step."""
    _keep(response, _HALF, secret, secure=secure)


def end_half(response: Response, *, secure: bool) -> None:
    """The second step is done, or begun again."""
    response.delete_cookie(_name(_HALF, secure=secure), path="/", secure=secure, httponly=True, samesite="lax")


def keep_session(response: Response, secret: str, lasts: dt.timedelta, *, secure: bool) -> None:
    """Gives the browser a session for as long as that may last: the phone's app is closed and opened all day."""
    name, age_s = _name(_SESSION, secure=secure), max(0, int(lasts.total_seconds()))
    response.set_cookie(name, secret, max_age=age_s, path="/", secure=secure, httponly=True, samesite="lax")


def keep_gate(response: Response, secret: str, *, secure: bool) -> None:
    """Gives the browser the secret of the sign-in form."""
    _keep(response, _GATE, secret, secure=secure)


def departure(request: Request, *, secure: bool) -> bytes:
    """What somebody who comes back from a provider was given to carry; b"" when that is nothing of ours."""
    return _sealed(request, _DEPARTURE, secure=secure)


def keep_departure(response: Response, sealed: bytes, *, secure: bool) -> None:
    """Gives somebody who leaves for a provider what they have to carry."""
    _keep(response, _DEPARTURE, base64.urlsafe_b64encode(sealed).decode(), secure=secure)


def end_departure(response: Response, *, secure: bool) -> None:
    """Takes it from them once they are back."""
    name = _name(_DEPARTURE, secure=secure)
    response.delete_cookie(name, path="/", secure=secure, httponly=True, samesite="lax")


def known(request: Request, *, secure: bool) -> bytes:
    """What the browser carries of who signed in before; b"" when that is nothing of ours."""
    return _sealed(request, _KNOWN, secure=secure)


def keep_known(response: Response, sealed: bytes, *, secure: bool) -> None:
    """Gives it to a browser somebody has signed in with, for long."""
    value, name = base64.urlsafe_b64encode(sealed).decode(), _name(_KNOWN, secure=secure)
    age_s = int(KNOWN_BROWSER.total_seconds())
    response.set_cookie(name, value, max_age=age_s, path="/", secure=secure, httponly=True, samesite="lax")


def screen(request: Request, *, secure: bool) -> str:
    """The secret of the screen beside a device; "" when there is none."""
    return _value(request, _SCREEN, secure=secure)


def keep_screen(response: Response, secret: str, *, secure: bool) -> None:
    """Makes a browser the screen beside a device, also after the tablet was started anew."""
    name = _name(_SCREEN, secure=secure)
    response.set_cookie(name, secret, max_age=_YEAR_S, path="/", secure=secure, httponly=True, samesite="lax")


def end_session(response: Response, *, secure: bool) -> None:
    """Takes the session from the browser."""
    response.delete_cookie(_name(_SESSION, secure=secure), path="/", secure=secure, httponly=True, samesite="lax")


def keep_language(response: Response, language: str) -> None:
    """Keeps the language that was chosen."""
    response.set_cookie(LANGUAGE, language, max_age=_YEAR_S, path="/", samesite="lax")


def _value(request: Request, name: str, *, secure: bool) -> str:
    return request.cookies.get(_name(name, secure=secure), "")[:_CHARS_MOST]


def _sealed(request: Request, name: str, *, secure: bool) -> bytes:
    kept = request.cookies.get(_name(name, secure=secure), "")[:_SEALED_CHARS_MOST]
    try:
        return base64.urlsafe_b64decode(kept.encode())
    except ValueError:
        return b""


def _keep(response: Response, name: str, secret: str, *, secure: bool) -> None:
    response.set_cookie(_name(name, secure=secure), secret, path="/", secure=secure, httponly=True, samesite="lax")


def _name(name: str, *, secure: bool) -> str:
    return f"__Host-{name}" if secure else name
