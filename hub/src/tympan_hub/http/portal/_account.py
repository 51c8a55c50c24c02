"""One's own account: language and password."""

from typing import Any

from fastapi import APIRouter
from starlette.responses import HTMLResponse, Response

from tympan_hub.domain.errors import SignInRefused, TooMany
from tympan_hub.domain.ids import SignInId
from tympan_hub.http.portal import _cookies, _forms, views
from tympan_hub.http.portal._browsers import visitor
from tympan_hub.http.portal._language import Language, marked
from tympan_hub.http.portal._mail import door
from tympan_hub.http.portal._sign_in import languages, let_in
from tympan_hub.http.portal._visit import Visit, Visiting, after
from tympan_hub.service.sign_ins import AgentSignIn

router = APIRouter(prefix="/account")


@router.get("")
async def account(visit: Visiting) -> Response:
    """The account."""
    return await account_page(visit)


@router.post("/language")
async def language(visit: Visiting) -> Response:
    """Keeps the language that was chosen."""
    wanted = (await visit.fields()).get("language", "")
    answer = after("/account", "language-kept")
    if wanted in set(Language):
        _cookies.keep_language(answer, wanted)
    return answer


@router.post("/password")
async def password(visit: Visiting) -> Response:
    """Changes the password; this browser goes on in a new session, all others are signed out."""
    fields = await visit.fields()
    faults = _forms.missing(fields, "old", "new")
    if "new" not in faults and not _forms.password_fits(fields["new"]):
        faults["new"] = _forms.PASSWORD_FAULT
    if faults:
        return await account_page(visit, form=views.Form(faults=faults), status=422)
    try:
        entered = await visit.services.passwords.change_own_password(
            visit.person, fields["old"], fields["new"], visitor=visitor(visit.request)
        )
    except SignInRefused:
        faults = {"old": marked("This is not your password.")}
        return await account_page(visit, form=views.Form(faults=faults), status=422)
    except TooMany:
        faults = {"": marked("Too many attempts. Wait a quarter of an hour.")}
        return await account_page(visit, form=views.Form(faults=faults), status=429)
    answer = after("/account", "password-changed")
    await let_in(visit.request, answer, entered)
    return answer


@router.post("/sessions/{session}/end")
async def end_session(visit: Visiting, session: str) -> Response:
    """Signs one of the own browsers out; this one by its own button."""
    await visit.fields()
    await visit.services.sessions.end(visit.home, visit.person.id, session)
    return after("/account", "session-ended")


@router.post("/sign-out-there")
async def sign_out_there(visit: Visiting) -> Response:
    """Ends one's own sign-in at a computer."""
    fields = await visit.fields()
    await visit.services.sign_ins.end(visit.home, visit.person, SignInId(fields.get("sign_in", "")))
    return after("/account", "signed-out-there")


async def account_page(
    visit: Visit, *, form: views.Form | None = None, link_form: views.Form | None = None, status: int = 200
) -> HTMLResponse:
    """The page, with what was typed."""
    here = await visit.services.sign_ins.mine(visit.home, visit.person)
    view = views.Account(
        email=visit.person.email,
        languages=languages(visit.request),
        sessions=await _sessions(visit),
        factor=await visit.services.second_factor.standing(visit.session),
        changes_factor=not (visit.is_owner and visit.actor.vouched),
        form=form or views.Form(),
        computers=tuple(_computer(one) for one in here),
        prints=not visit.is_owner,
        mail=await door(visit),
        **(await _links(visit) if visit.is_owner else {}),
        link_form=link_form or views.Form(),
    )
    return visit.page("account", "account", view, status=status)


async def _links(visit: Visit) -> dict[str, Any]:
    """A service owner's links, and what they may link with; nothing of that in a session a provider vouches for."""
    doors = await visit.services.doors.for_owners()
    links = await visit.services.arrivals.links(visit.session)
    names = {door.issuer: door.name for door in doors}
    rows = (
        views.Link(
            name=names.get(each.issuer, each.issuer), issuer=each.issuer, subject=each.subject, since=each.linked_at
        )
        for each in links
    )
    free = () if visit.actor.vouched else doors
    choices = (views.Choice(value=door.provider, label=door.name, translated=False) for door in free)
    return {"links": tuple(rows), "doors": tuple(choices)}


async def _sessions(visit: Visit) -> tuple[views.SessionRow, ...]:
    there = await visit.services.sessions.mine(visit.home, visit.person.id)
    return tuple(
        views.SessionRow(
            id=each.id,
            browser=each.browser,
            source=each.source,
            begun_at=each.begun_at,
            seen_at=each.seen_at,
            this=each.id == visit.session.opened.id,
        )
        for each in there
    )


def _computer(one: AgentSignIn) -> views.Computer:
    return views.Computer(id=one.sign_in.id, name=one.agent, user=one.sign_in.user, since=one.sign_in.began_at)
