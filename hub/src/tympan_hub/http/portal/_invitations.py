"""Invitations: the list, a new one with its link, revoking one, and the page behind the link."""

from typing import Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from tympan_hub.domain.errors import (
    Full,
    InvitationEnded,
    SoAlready,
    Taken,
    TokenRefused,
    Unavailable,
)
from tympan_hub.domain.groups import Source
from tympan_hub.domain.ids import GroupId, InvitationId, new_secret
from tympan_hub.domain.invitations import Ending, Invitation
from tympan_hub.domain.people import Act, email_address
from tympan_hub.http.portal import _cookies, _forms, views
from tympan_hub.http.portal import _words as words
from tympan_hub.http.portal._browsers import visitor
from tympan_hub.http.portal._language import marked
from tympan_hub.http.portal._pages import render
from tympan_hub.http.portal._people import (
    role_choices,
    role_of,
    roles_of,
)
from tympan_hub.http.portal._portal import portal_of
from tympan_hub.http.portal._sign_in import let_in, to_second_step
from tympan_hub.http.portal._visit import Visit, Visiting, after, reader
from tympan_hub.http.portal.views import Form, Frame, Trouble, Welcome
from tympan_hub.service.invitations import Opened
from tympan_hub.service.sessions import HalfEntered

router = APIRouter()

_SECTION = "people"
_GROUPS_SHOWN: Final = 50
"""Groups to tick at once; more of them are given on their own pages."""

_FULL = marked(
    "There are as many people or invitations as there may be. Remove people who are gone, "
    "or wait until the oldest invitations are forgotten."
)
_OPEN = marked("Open")
_ENDINGS: Final = {
    Ending.USED: marked("Used"),
    Ending.REVOKED: marked("Revoked"),
    Ending.EXPIRED: marked("Expired"),
}
_GONE: Final = {
    "used": marked("It was used already. If that was you, sign in."),
    "revoked": marked("It was taken back."),
    "expired": marked("It is too old."),
}
_SUBJECT = marked("You are invited to print with %(tenant)s")
_TEXT = marked(
    "%(who)s invites you to print with %(tenant)s.\n\nOpen this link, and choose a password:\n%(link)s\n\n"
    "It works once, for seven days. If you do not know what this is about, do nothing."
)


@router.get("/invitations")
async def every(visit: Visiting) -> Response:
    """The list."""
    now = visit.portal.clock.now()
    rows = (
        views.InvitationRow(
            id=each.id,
            email=each.email,
            role=words.ROLES[each.role],
            made_by=each.made_by,
            made_at=each.made_at,
            expires_at=each.expires_at,
            standing=_ENDINGS[ending] if (ending := each.ending(now)) else _OPEN,
            open=ending is None,
        )
        for each in await visit.services.invitations.list(visit.home, visit.actor)
    )
    return visit.page("invitations", _SECTION, views.Invitations(rows=tuple(rows)))


@router.get("/invitations/new")
async def ask_new(visit: Visiting) -> Response:
    """The form for a new one."""
    visit.actor.require(Act.MANAGE_PEOPLE, visit.home)
    return await _form(visit, {}, {}, 200)


@router.post("/invitations/new")
async def make(visit: Visiting) -> Response:
    """Invites somebody, and shows the link this once."""
    fields = await visit.fields()
    faults = _forms.missing(fields, "email")
    if not faults and not _forms.passes(email_address, fields["email"]):
        faults["email"] = marked("This is no e-mail address.")
    if faults:
        return await _form(visit, fields, faults, 422)
    try:
        secret, made = await visit.services.invitations.make(
            visit.home,
            visit.actor,
            email=fields["email"],
            role=role_of(visit, fields.get("role", "")),
            groups=[GroupId(name.removeprefix("group-")) for name in fields if name.startswith("group-")],
        )
    except Taken:
        fault = {"email": marked("Somebody signs in with this address already.")}
        return await _form(visit, fields, fault, 422)
    except Full:
        return await _form(visit, fields, {"": _FULL}, 422)
    link = f"{visit.portal.address_for(visit.request)}/invitation/{secret}"
    mailed = await _mailed(visit, made, link) if visit.services.invitations.mails else None
    view = views.InvitationMade(email=made.email, link=link, expires_at=made.expires_at, mailed=mailed)
    return visit.page("invitation_made", _SECTION, view)


@router.post("/invitations/{invitation}/revoke")
async def revoke(visit: Visiting, invitation: str) -> Response:
    """Revokes one."""
    await visit.fields()
    try:
        await visit.services.invitations.revoke(visit.home, visit.actor, InvitationId(invitation))
    except SoAlready:
        return after("/invitations", "already-so")
    return after("/invitations", "invitation-revoked")


@router.get("/invitation/{secret}")
async def welcome(request: Request, secret: str) -> Response:
    """The page behind a link."""
    try:
        opened = await portal_of(request).services.invitations.open(secret)
    except TokenRefused as error:
        return _refused(request, error)
    return _welcome(request, opened, Form(), 200)


@router.post("/invitation/{secret}")
async def accept(request: Request, secret: str) -> Response:
    """Makes the invited person, and signs them in."""
    portal = portal_of(request)
    fields = await _forms.read(request, _cookies.gate(request, secure=portal.secure), portal.address)
    service = portal.services.invitations
    try:
        opened = await service.open(secret)
        faults = _faults(fields)
        if faults:
            return _welcome(request, opened, Form(values={"name": fields.get("name", "")}, faults=faults), 422)
        entered = await service.accept(
            secret, name=fields["name"].strip(), password=fields["password"], visitor=visitor(request)
        )
    except TokenRefused as error:
        return _refused(request, error)
    if isinstance(entered, HalfEntered):
        return to_second_step(request, entered, "/")
    answer = RedirectResponse("/", 303)
    await let_in(request, answer, entered)
    return answer


async def _form(visit: Visit, fields: dict[str, str], faults: dict[str, str], status: int) -> HTMLResponse:
    groups = () if visit.is_owner else await visit.services.groups.list(visit.home, visit.actor)
    local = [shown.group for shown in groups if shown.group.source is Source.LOCAL][:_GROUPS_SHOWN]
    view = views.InvitationForm(
        roles=role_choices(roles_of(visit), role_of(visit, fields.get("role", "")).value),
        groups=tuple(
            views.Choice(value=group.id, label=group.name, chosen=f"group-{group.id}" in fields, translated=False)
            for group in local
        ),
        mails=visit.services.invitations.mails,
        form=Form(values=fields, faults=faults),
    )
    return visit.page("invitation_form", _SECTION, view, status=status)


async def _mailed(visit: Visit, made: Invitation, link: str) -> bool:
    """Mails the link, in the language of who invites; whether the server took it."""
    said = {"tenant": visit.tenant.name if visit.tenant else "Tympan", "who": visit.person.name, "link": link}
    words_of = reader(visit.request).words
    subject, text = (words_of.gettext(each) % said for each in (_SUBJECT, _TEXT))
    try:
        await visit.services.invitations.send(visit.home, visit.actor, made, subject=subject, text=text)
    except Unavailable:
        return False
    return True


def _faults(fields: dict[str, str]) -> dict[str, str]:
    faults = _forms.missing(fields, "name", "password")
    if "name" not in faults and not _forms.named(fields["name"]):
        faults["name"] = _forms.NAME_FAULT
    if "password" not in faults and not _forms.password_fits(fields["password"]):
        faults["password"] = _forms.PASSWORD_FAULT
    return faults


def _welcome(request: Request, opened: Opened, form: Form, status: int) -> HTMLResponse:
    secure = portal_of(request).secure
    gate = _cookies.gate(request, secure=secure) or new_secret()
    view = Welcome(
        tenant=opened.tenant,
        email=opened.invitation.email,
        role=words.ROLES[opened.invitation.role],
        action=request.url.path,
        form=form,
    )
    answer = HTMLResponse(render("welcome", reader(request), Frame(csrf=gate), view), status)
    _cookies.keep_gate(answer, gate, secure=secure)
    return answer


def _refused(request: Request, error: TokenRefused) -> HTMLResponse:
    detail = marked("The link may be mistyped.")
    view = Trouble(
        status=404,
        title=marked("This invitation opens nothing"),
        detail=_GONE[error.why] if isinstance(error, InvitationEnded) else detail,
        then=marked("Ask who invited you for a new one."),
        href="/sign-in",
        label=marked("Go to the sign-in"),
    )
    return HTMLResponse(render("trouble", reader(request), Frame(), view), view.status)
