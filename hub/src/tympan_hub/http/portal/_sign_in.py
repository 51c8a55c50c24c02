"""Signing in and out, and the language before that."""

from typing import Final
from urllib.parse import urlencode

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from tympan_hub.domain.errors import SignInRefused, TooMany
from tympan_hub.domain.ids import SERVICE, new_secret
from tympan_hub.http.portal import _cookies, _forms
from tympan_hub.http.portal._browsers import visitor
from tympan_hub.http.portal._language import Language, marked
from tympan_hub.http.portal._pages import render
from tympan_hub.http.portal._portal import portal_of
from tympan_hub.http.portal._said import SAID
from tympan_hub.http.portal._visit import Visiting, reader
from tympan_hub.http.portal.views import Choice, Door, Farewell, Form, Frame, SignIn
from tympan_hub.service.doors import Door as KnownDoor
from tympan_hub.service.passwords import Several
from tympan_hub.service.sessions import Entered, HalfEntered

router = APIRouter()

_ORGANISATION_CHARS: Final = 200
"""Of the name of an organisation that is looked at."""


@router.get("/sign-in")
async def ask(request: Request, then: str = "/") -> Response:
    """The form of sign-in."""
    return await page(request, then, Form(), 200)


@router.get("/sign-in/owner")
async def ask_owner(request: Request, then: str = "/") -> Response:
    """The form of sign-in, with the providers of service owners."""
    return await page(request, then, Form(), 200, owner=True)


@router.post("/sign-in/organisation")
async def organisation(request: Request) -> Response:
    """The form again, with the providers of the organisation whose people have such an address."""
    portal = portal_of(request)
    fields = await _forms.read(request, _cookies.gate(request, secure=portal.secure), portal.address)
    form = Form(values={"email": fields.get("email", "")})
    return await page(request, fields.get("then", "/"), form, 200, asked=True)


@router.post("/sign-in")
async def sign_in(request: Request) -> Response:
    """Signs in: a new session, whatever the browser had before."""
    portal = portal_of(request)
    gate = _cookies.gate(request, secure=portal.secure)
    fields = await _forms.read(request, gate, portal.address)
    then = _forms.own_path(fields.get("then", "/"))
    whence, owner = visitor(request), fields.get("organisation") == SERVICE
    try:
        entered = await portal.services.passwords.sign_in(
            fields.get("email", ""),
            fields.get("password", ""),
            source=whence.source,
            browser=whence.browser,
            organisation=fields.get("organisation", "")[:_ORGANISATION_CHARS],
            carried=_cookies.known(request, secure=portal.secure),
        )
    except SignInRefused:
        wrong = _refused(fields, marked("E-mail or password is not right."))
        return await page(request, then, wrong, 401, owner=owner)
    except TooMany as error:
        often = _refused(fields, marked("Too many attempts. Wait a quarter of an hour."))
        answered = await page(request, then, often, 429, owner=owner)
        answered.headers["Retry-After"] = str(error.retry_after_s)
        return answered
    if isinstance(entered, Several):
        return await page(request, then, Form(values={"email": fields["email"]}), 200, several=entered)
    if isinstance(entered, HalfEntered):
        return to_second_step(request, entered, then)
    answer = RedirectResponse(then, 303)
    await let_in(request, answer, entered)
    return answer


@router.post("/sign-out")
async def sign_out(visit: Visiting) -> Response:
    """Ends this session, and offers to end the one at the provider, where there is one."""
    await visit.fields()
    secure, signed_out = visit.portal.secure, f"/sign-in?{urlencode({'said': 'signed-out'})}"
    back = visit.portal.address_for(visit.request) + signed_out
    farewell = await visit.services.vouched_sessions.leave(_cookies.session(visit.request, secure=secure), back)
    answer: Response = RedirectResponse(signed_out, 303)
    if farewell:
        # A page and no redirect: the content policy lets the answer to a form lead nowhere else.
        answer = HTMLResponse(render("farewell", reader(visit.request), Frame(), Farewell(address=farewell)))
    _cookies.end_session(answer, secure=secure)
    _leave_nothing(answer)
    return answer


@router.get("/language")
async def language(request: Request, to: str = "", then: str = "/sign-in") -> Response:
    """Chooses the language of the pages; nothing else changes, so a link will do."""
    answer = RedirectResponse(_forms.own_path(then), 303)
    if to in set(Language):
        _cookies.keep_language(answer, to)
    return answer


async def let_in(request: Request, answer: Response, entered: Entered) -> None:
    """Gives the browser its session; one somebody proved a password in is known from then on."""
    portal = portal_of(request)
    _cookies.keep_session(answer, entered.secret, entered.lasts, secure=portal.secure)
    _leave_nothing(answer)  # of somebody whose session ended by itself
    if entered.session.due_at is None:
        before = _cookies.known(request, secure=portal.secure)
        carried = await portal.services.known_browsers.remember(before, entered.session.person)
        _cookies.keep_known(answer, carried, secure=portal.secure)


def _leave_nothing(answer: Response) -> None:
    """Empties what the app kept in this browser: permissions to print, and titles."""
    answer.headers["Clear-Site-Data"] = '"storage"'


def to_second_step(request: Request, half: HalfEntered, then: str) -> Response:
    """Goes on to the second step, with a cookie that is good for that alone."""
    query = f"?{urlencode({'then': then})}" if then != "/" else ""
    answer = RedirectResponse(f"/sign-in/second{query}", 303)
    _cookies.keep_half(answer, half.waiting, secure=portal_of(request).secure)
    return answer


def languages(request: Request) -> tuple[Choice, ...]:
    """The languages to choose from, each by its own name."""
    now = reader(request).language
    return tuple(
        Choice(value=each.value, label=each.own_name, chosen=each is now, translated=False) for each in Language
    )


def _refused(fields: dict[str, str], fault: str) -> Form:
    values = {name: fields.get(name, "") for name in ("email", "organisation")}
    return Form(values=values, faults={"": fault})


async def page(
    request: Request,
    then: str,
    form: Form,
    status: int,
    *,
    asked: bool = False,
    owner: bool = False,
    several: Several | None = None,
) -> HTMLResponse:
    """The page of sign-in."""
    portal, email = portal_of(request), form.value("email")
    gate = _cookies.gate(request, secure=portal.secure) or new_secret()
    frame = Frame(csrf=gate, said=SAID.get(request.query_params.get("said", "")))
    path = _forms.own_path(then)
    owners = await portal.services.doors.for_owners()
    doors = owners if owner else await portal.services.doors.for_strangers(email if asked else "")
    view = SignIn(
        languages=languages(request),
        then=path,
        form=form,
        doors=tuple(_door(door, path, email if asked else "") for door in doors),
        others=not owner and await portal.services.doors.others(),
        owner=owner,
        owners=bool(owners) and not owner,
        places=_places(several),
        asked=asked,
    )
    answer = HTMLResponse(render("sign_in", reader(request), frame, view), status)
    _cookies.keep_gate(answer, gate, secure=portal.secure)
    return answer


def _places(several: Several | None) -> tuple[Choice, ...]:
    """Organisations to choose from, whose password it was."""
    return tuple(
        Choice(value=place, label=name or marked("The service itself"), translated=not name)
        for place, name in (several.places if several else ())
    )


def _door(door: KnownDoor, then: str, email: str) -> Door:
    carried = {name: value for name, value in (("then", then if then != "/" else ""), ("as", email)) if value}
    return Door(name=door.name, href=f"/sign-in/with/{door.whose}/{door.provider}?{urlencode(carried)}".rstrip("?"))
