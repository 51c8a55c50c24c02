"""Signing in and out, and the language before that."""

from urllib.parse import urlencode

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from tympan_hub.domain.errors import SignInRefused, TooMany
from tympan_hub.domain.ids import new_secret
from tympan_hub.http.portal import _cookies, _forms
from tympan_hub.http.portal._browsers import visitor
from tympan_hub.http.portal._language import Language, marked
from tympan_hub.http.portal._pages import render
from tympan_hub.http.portal._portal import portal_of
from tympan_hub.http.portal._said import SAID
from tympan_hub.http.portal._visit import Visiting, reader
from tympan_hub.http.portal.views import Choice, Form, Frame, SignIn

router = APIRouter()


@router.get("/sign-in")
async def ask(request: Request, then: str = "/") -> Response:
    """The form of sign-in."""
    return _page(request, then, Form(), 200)


@router.post("/sign-in")
async def sign_in(request: Request) -> Response:
    """Signs in: a new session, whatever the browser had before."""
    portal = portal_of(request)
    gate = _cookies.gate(request, secure=portal.secure)
    fields = await _forms.read(request, gate, portal.address)
    then = _forms.own_path(fields.get("then", "/"))
    whence = visitor(request)
    try:
        secret, _ = await portal.services.people.sign_in(
            fields.get("email", ""), fields.get("password", ""), source=whence.source, browser=whence.browser
        )
    except SignInRefused:
        return _page(request, then, _refused(fields, marked("E-mail or password is not right.")), 401)
    except TooMany as error:
        page = _page(request, then, _refused(fields, marked("Too many attempts. Wait a quarter of an hour.")), 429)
        page.headers["Retry-After"] = str(error.retry_after_s)
        return page
    answer = RedirectResponse(then, 303)
    _cookies.keep_session(answer, secret, secure=portal.secure)
    return answer


@router.post("/sign-out")
async def sign_out(visit: Visiting) -> Response:
    """Ends this session."""
    await visit.fields()
    secure = visit.portal.secure
    await visit.services.people.sign_out(_cookies.session(visit.request, secure=secure))
    answer = RedirectResponse(f"/sign-in?{urlencode({'said': 'signed-out'})}", 303)
    _cookies.end_session(answer, secure=secure)
    return answer


@router.get("/language")
async def language(request: Request, to: str = "", then: str = "/sign-in") -> Response:
    """Chooses the language of the pages; nothing else changes, so a link will do."""
    answer = RedirectResponse(_forms.own_path(then), 303)
    if to in set(Language):
        _cookies.keep_language(answer, to)
    return answer


def languages(request: Request) -> tuple[Choice, ...]:
    """The languages to choose from, each by its own name."""
    now = reader(request).language
    return tuple(
        Choice(value=each.value, label=each.own_name, chosen=each is now, translated=False) for each in Language
    )


def _refused(fields: dict[str, str], fault: str) -> Form:
    return Form(values={"email": fields.get("email", "")}, faults={"": fault})


def _page(request: Request, then: str, form: Form, status: int) -> HTMLResponse:
    secure = portal_of(request).secure
    gate = _cookies.gate(request, secure=secure) or new_secret()
    frame = Frame(csrf=gate, said=SAID.get(request.query_params.get("said", "")))
    view = SignIn(languages=languages(request), then=_forms.own_path(then), form=form)
    answer = HTMLResponse(render("sign_in", reader(request), frame, view), status)
    _cookies.keep_gate(answer, gate, secure=secure)
    return answer
