"""The second factor: as second step of signing in, and set up, renewed or taken away from the account."""

import segno
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from tympan_hub.domain.errors import HubError, NotFound, NotSignedIn, SignInRefused, SoAlready, TooMany
from tympan_hub.domain.ids import new_secret
from tympan_hub.domain.second_factor import SetUp
from tympan_hub.http.portal import _cookies, _forms, views
from tympan_hub.http.portal._language import marked
from tympan_hub.http.portal._pages import render
from tympan_hub.http.portal._portal import portal_of
from tympan_hub.http.portal._sign_in import let_in
from tympan_hub.http.portal._visit import Visit, Visiting, after, reader
from tympan_hub.http.portal.views import Form, Frame, SecondStep

router = APIRouter()

_WRONG = marked("This code is not right, or was used before. Wait for the next one.")
_TOO_MANY = marked("Too many attempts. Wait a quarter of an hour.")
_QR_SCALE = 5


@router.get("/sign-in/second")
async def ask(request: Request, then: str = "/") -> Response:
    """The second step: the form for a code, or what an app takes that is to be set up first."""
    return await _step(request, _forms.own_path(then), Form(), 200)


@router.post("/sign-in/second")
async def finish(request: Request) -> Response:
    """Takes the code: a new session, whatever the browser had before."""
    portal = portal_of(request)
    gate = _cookies.gate(request, secure=portal.secure)
    fields = await _forms.read(request, gate, portal.address)
    then = _forms.own_path(fields.get("then", "/"))
    half = _cookies.half(request, secure=portal.secure)
    try:
        entered = await portal.services.second_factor.finish(half, fields.get("code", ""))
    except (SignInRefused, TooMany) as error:
        return await _step(request, then, _refused(error), _status(error))
    answer: Response = RedirectResponse(then, 303)
    if entered.codes:
        frame = Frame(csrf=entered.session.csrf)
        view = views.RecoveryCodes(codes=entered.codes, then=then)
        answer = HTMLResponse(render("recovery_codes_gate", reader(request), frame, view))
    await let_in(request, answer, entered)
    _cookies.end_half(answer, secure=portal.secure)
    return answer


@router.post("/account/second-factor")
async def begin(visit: Visiting) -> Response:
    """Begins to set one up."""
    await visit.fields()
    try:
        await visit.services.second_factor.begin(visit.session)
    except SoAlready:
        return after("/account", "already-so")
    return RedirectResponse("/account/second-factor", 303)


@router.get("/account/second-factor")
async def ask_confirm(visit: Visiting) -> Response:
    """What the app takes, and the form for its first code."""
    return await _set_up(visit, Form(), 200)


@router.post("/account/second-factor/confirm")
async def confirm(visit: Visiting) -> Response:
    """Ends the setting up, and shows the recovery codes this once."""
    fields = await visit.fields()
    try:
        codes = await visit.services.second_factor.confirm(visit.session, fields.get("code", ""))
    except (SignInRefused, TooMany) as error:
        return await _set_up(visit, _refused(error), _status(error))
    except (NotFound, SoAlready):
        return after("/account", "already-so")
    return visit.page("recovery_codes", "account", views.RecoveryCodes(codes=codes, then="/account"))


@router.get("/account/second-factor/codes")
async def ask_codes(visit: Visiting) -> Response:
    """The form before new recovery codes are made."""
    return _ask_code(visit, _CODES, Form(), 200)


@router.post("/account/second-factor/codes")
async def new_codes(visit: Visiting) -> Response:
    """Makes new recovery codes, and shows them this once."""
    fields = await visit.fields()
    try:
        codes = await visit.services.second_factor.new_codes(visit.session, fields.get("code", ""))
    except (SignInRefused, TooMany) as error:
        return _ask_code(visit, _CODES, _refused(error), _status(error))
    return visit.page("recovery_codes", "account", views.RecoveryCodes(codes=codes, then="/account"))


@router.get("/account/second-factor/off")
async def ask_drop(visit: Visiting) -> Response:
    """The form before it is taken away."""
    return _ask_code(visit, _OFF, Form(), 200)


@router.post("/account/second-factor/off")
async def drop(visit: Visiting) -> Response:
    """Takes it away."""
    fields = await visit.fields()
    try:
        await visit.services.second_factor.drop(visit.session, fields.get("code", ""))
    except (SignInRefused, TooMany) as error:
        return _ask_code(visit, _OFF, _refused(error), _status(error))
    return after("/account", "second-factor-off")


_CODES = views.FactorCode(
    title=marked("New recovery codes"),
    text=marked("The codes you have end. Type a code of your app, so that it is you who does this."),
    label=marked("Make new codes"),
    action="/account/second-factor/codes",
)
_OFF = views.FactorCode(
    title=marked("Take the second factor away?"),
    text=marked("Your password alone signs you in then. Type a code of your app, so that it is you who does this."),
    label=marked("Take it away"),
    action="/account/second-factor/off",
)


def _ask_code(visit: Visit, asked: views.FactorCode, form: Form, status: int) -> HTMLResponse:
    view = views.FactorCode(title=asked.title, text=asked.text, label=asked.label, action=asked.action, form=form)
    return visit.page("factor_code", "account", view, status=status)


async def _set_up(visit: Visit, form: Form, status: int) -> Response:
    try:
        shown = await visit.services.second_factor.set_up(visit.session)
    except NotFound:
        return RedirectResponse("/account", 303)
    view = views.FactorForm(picture=_picture(shown), secret=shown.secret, form=form)
    return visit.page("factor_form", "account", view, status=status)


async def _step(request: Request, then: str, form: Form, status: int) -> Response:
    portal = portal_of(request)
    try:
        shown = await portal.services.second_factor.waiting(_cookies.half(request, secure=portal.secure))
    except NotSignedIn:
        return RedirectResponse("/sign-in", 303)
    gate = _cookies.gate(request, secure=portal.secure) or new_secret()
    picture, secret = (_picture(shown), shown.secret) if shown else ("", "")
    view = SecondStep(then=then, picture=picture, secret=secret, form=form)
    answer = HTMLResponse(render("second_step", reader(request), Frame(csrf=gate), view), status)
    _cookies.keep_gate(answer, gate, secure=portal.secure)
    return answer


def _picture(shown: SetUp) -> str:
    """A QR code as address of a picture: the content policy allows no drawing within the page."""
    code = segno.make(shown.address, error="m", micro=False)
    return code.svg_data_uri(scale=_QR_SCALE, light="#fff", border=4)


def _refused(error: HubError) -> Form:
    return Form(faults={"code": _TOO_MANY if isinstance(error, TooMany) else _WRONG})


def _status(error: HubError) -> int:
    return 429 if isinstance(error, TooMany) else 422
