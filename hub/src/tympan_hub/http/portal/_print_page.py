"""The page to print a document from: it is sealed there, in the browser, and handed in through the API.

- The page may run WebAssembly, as pictures inside of PDFs need it. So may the worker of pdf.js, by its own answer.
- What another app shares is taken by the service worker. Where a browser has none, what is shared comes here, and not a
  byte of it is read.
"""

from typing import Final

from fastapi import APIRouter
from starlette.responses import RedirectResponse, Response

from tympan_hub.domain.held import ColorMode, Sides
from tympan_hub.http.guards import content_policy
from tympan_hub.http.portal import _words as words
from tympan_hub.http.portal import views
from tympan_hub.http.portal._visit import Member

router = APIRouter(prefix="/app")

SECTION: Final = "hand-in"
SHARED: Final = "/app/share"
"""Where the manifest lets other apps send what they share."""


@router.get("/print")
async def page(visit: Member) -> Response:
    """The page."""
    sides = tuple(views.Choice(value=one.value, label=words.SIDES[one.value]) for one in Sides)
    modes = (ColorMode.COLOR, ColorMode.MONOCHROME)
    colors = tuple(views.Choice(value=one.value, label=words.COLORS[one.value]) for one in modes)
    view = views.HandIn(user=visit.person.login, sides=sides, colors=colors)
    answer = visit.page("hand_in", SECTION, view)
    answer.headers["Content-Security-Policy"] = content_policy(wasm=True)
    return answer


@router.post("/share")
async def shared() -> Response:
    """Says that what was shared got lost, for no worker took it: it was sent in clear, and is not kept."""
    return RedirectResponse("/app/print?shared", 303)
