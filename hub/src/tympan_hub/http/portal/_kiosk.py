"""The page of the screen beside a device: a code that changes. Nobody signs in there: a secret link leads to it."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from tympan_hub.domain.limits.proximity import ROTATING_STEP
from tympan_hub.domain.proximity import spelled
from tympan_hub.http.portal import views
from tympan_hub.http.portal._pages import render
from tympan_hub.http.portal._points import picture
from tympan_hub.http.portal._portal import portal_of
from tympan_hub.http.portal._visit import reader

router = APIRouter(prefix="/kiosk")

_TOKEN_CHARS = 200


@router.get("/{token}")
async def screen(request: Request, token: str) -> Response:
    """What it shows now."""
    portal = portal_of(request)
    shown = await portal.services.points.kiosk(token[:_TOKEN_CHARS])
    address = f"{portal.address_for(request)}/r/{shown.code}?p={shown.rotating}"
    view = views.Kiosk(
        name=shown.name,
        location=shown.location,
        qr=picture(address),
        code=spelled(shown.code),
        proof=spelled(shown.rotating),
        left_s=shown.lasts_s,
        of_s=int(ROTATING_STEP.total_seconds()),
    )
    frame = views.Frame(here=request.url.path)
    page = HTMLResponse(render("kiosk", reader(request), frame, view))
    page.headers["Referrer-Policy"] = "no-referrer"  # the address is the secret
    return page
