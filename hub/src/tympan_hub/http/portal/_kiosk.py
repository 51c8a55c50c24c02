"""The page of the screen beside a device: a code that changes. Nobody signs in there.

- A secret link makes a browser that screen, and leaves its address at once: who photographs the screen, with the line
  of the address above it, has a code of half a minute and no more.
"""

from typing import Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from tympan_hub.domain.limits.proximity import ROTATING_STEP
from tympan_hub.domain.proximity import spelled
from tympan_hub.http.portal import _cookies, _held_rows, views
from tympan_hub.http.portal._pages import render
from tympan_hub.http.portal._points import picture
from tympan_hub.http.portal._portal import portal_of
from tympan_hub.http.portal._visit import reader

router = APIRouter(prefix="/kiosk")

_TOKEN_CHARS: Final = 200
_ALONE: Final = {"Referrer-Policy": "no-referrer"}  # the address is the secret


@router.get("/{token}")
async def become(request: Request, token: str) -> Response:
    """Makes this browser the screen."""
    portal = portal_of(request)
    await portal.services.points.kiosk(token[:_TOKEN_CHARS])
    answer = RedirectResponse("/kiosk", 303, headers=_ALONE)
    _cookies.keep_screen(answer, token[:_TOKEN_CHARS], secure=portal.secure)
    return answer


@router.get("")
async def screen(request: Request) -> Response:
    """What it shows now."""
    portal = portal_of(request)
    token = _cookies.screen(request, secure=portal.secure)
    shown = await portal.services.points.kiosk(token)
    view = views.Kiosk(
        name=shown.name,
        location=shown.location,
        qr=picture(f"{portal.address_for(request)}/r/{shown.code}?p={shown.rotating}"),
        code=spelled(shown.code),
        proof=spelled(shown.rotating),
        hindrance=_held_rows.hindrance(shown.look),
        left_s=shown.lasts_s,
        of_s=int(ROTATING_STEP.total_seconds()),
    )
    page = HTMLResponse(render("kiosk", reader(request), views.Frame(here=request.url.path), view), headers=_ALONE)
    if "hx-request" not in request.headers:
        _cookies.keep_screen(page, token, secure=portal.secure)
    return page
