"""Pages for what goes wrong: why, and what to do."""

from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from tympan_hub.domain import errors
from tympan_hub.http.portal import _forms
from tympan_hub.http.portal._conversion_words import TROUBLES
from tympan_hub.http.portal._language import marked
from tympan_hub.http.portal._pages import render
from tympan_hub.http.portal._portal import portal_of
from tympan_hub.http.portal._visit import reader, to_sign_in
from tympan_hub.http.portal.views import Frame, Trouble
from tympan_hub.http.problems import headers_of

_GONE: Final = Trouble(
    status=404,
    title=marked("There is nothing here"),
    detail=marked("The address may be mistyped, or what was here is gone."),
    then="",
)
_CANNOT: Final = Trouble(
    status=400,
    title=marked("This cannot be done"),
    detail=marked("What was sent could not be understood."),
    then=marked("Go back, and try once more."),
)
_TROUBLES: Final = {
    errors.NotFound: _GONE,
    errors.NeedsPassword: Trouble(
        status=403,
        title=marked("Sign in with your password for this"),
        detail=marked("You came through a provider. Who runs this service is decided by owners who prove a password."),
        then=marked("Sign out, and sign in with your password here."),
    ),
    errors.NotAllowed: Trouble(
        status=403,
        title=marked("This is not yours to do"),
        detail=marked("Your role does not allow it, or the page was open for too long."),
        then=marked("Load the page again; if that does not help, ask an administrator."),
    ),
    errors.Full: Trouble(
        status=409,
        title=marked("No more of these"),
        detail=marked("There are as many of these as there may be; nothing is changed."),
        then=marked("Take one away first."),
    ),
    errors.SoAlready: Trouble(
        status=409,
        title=marked("It was so already"),
        detail=marked("It was so already; nothing is changed."),
        then="",
    ),
    errors.Conflict: Trouble(
        status=409,
        title=marked("Somebody was faster"),
        detail=marked("What you saw was changed meanwhile."),
        then=marked("Look at it again, then decide."),
    ),
    errors.TooMany: Trouble(
        status=429,
        title=marked("Too often"),
        detail=marked("This was tried too many times."),
        then=marked("Wait a few minutes."),
    ),
    errors.TooLarge: Trouble(
        status=413,
        title=marked("Too much at once"),
        detail=marked("What was sent is larger than any form here."),
        then="",
    ),
    errors.TooSlow: Trouble(
        status=408,
        title=marked("That took too long"),
        detail=marked("What was sent did not arrive whole."),
        then=marked("Go back, and send it once more."),
    ),
    errors.Unavailable: Trouble(
        status=503,
        title=marked("The hub cannot answer now"),
        detail=marked("Its storage does not answer. Printing goes on meanwhile."),
        then=marked("Try again in a minute."),
    ),
}
_BROKEN: Final = Trouble(
    status=500,
    title=marked("Something broke"),
    detail=marked("That is our fault, not yours. Nothing you typed was half done."),
    then=marked("Try again; if it stays, tell whoever runs this hub, with the time."),
)


async def of_hub_error(request: Request, error: Exception) -> Response:
    """The page for an error of the hub; who is not signed in is asked to."""
    if isinstance(error, errors.NotSignedIn):
        return _to_sign_in(request)
    if isinstance(error, errors.NotConverted):
        return _page(request, _not_converted(error))
    return _page(request, next((page for kind, page in _TROUBLES.items() if isinstance(error, kind)), _CANNOT))


def _not_converted(error: errors.NotConverted) -> Trouble:
    detail, then = TROUBLES[error.why]
    return Trouble(status=422, title=marked("This document cannot be printed"), detail=detail, then=then)


async def of_http_error(request: Request, error: Exception) -> Response:
    """The page for an address or method there is not."""
    status = error.status_code if isinstance(error, HTTPException) else 400
    return _page(request, _GONE if status in (404, 405) else _CANNOT)


async def of_fault(request: Request, error: Exception) -> Response:
    """The page for a fault of ours."""
    del error  # the server writes it to its log
    return _page(request, _BROKEN)


def _to_sign_in(request: Request) -> Response:
    if "hx-request" in request.headers:
        return Response(status_code=204, headers={"HX-Refresh": "true"})
    if request.method != "GET":  # what was typed is lost, and the page it was typed in is not
        return to_sign_in(_forms.sent_from(request, portal_of(request).address))
    query = f"?{request.url.query}" if request.url.query else ""
    return to_sign_in(request.url.path + query)


def _page(request: Request, trouble: Trouble) -> HTMLResponse:
    page = render("trouble", reader(request), Frame(), trouble)
    return HTMLResponse(page, trouble.status, headers_of(trouble.status, 0))
