"""Tokens of the API: one's own, and for who manages people everybody's."""

import datetime as dt
from typing import Final

from fastapi import APIRouter
from starlette.responses import HTMLResponse, Response

from tympan_hub.domain.api_tokens import ApiToken, roles_within
from tympan_hub.domain.errors import Full, NotFound, SoAlready
from tympan_hub.domain.ids import ApiTokenId, PersonId
from tympan_hub.domain.people import Act, Role
from tympan_hub.http.portal import _forms, views
from tympan_hub.http.portal import _words as words
from tympan_hub.http.portal._language import marked
from tympan_hub.http.portal._visit import Visit, Visiting, after

router = APIRouter(prefix="/account/tokens")

_SECTION = "account"
_DAYS: Final = {
    "30": marked("In 30 days"),
    "90": marked("In 90 days"),
    "180": marked("In half a year"),
    "365": marked("In a year"),
}
_USUAL = "90"
_FULL = marked("There are as many tokens as there may be. Revoke those that nobody needs.")


@router.get("")
async def every(visit: Visiting) -> Response:
    """The list; those that work come first."""
    tokens = await visit.services.api_tokens.list(visit.home, visit.actor)
    makers = await _makers(visit, tokens)
    rows = [_row(visit, token, makers.get(token.person, "")) for token in tokens]
    return visit.page("api_tokens", _SECTION, views.ApiTokens(rows=tuple(sorted(rows, key=lambda row: not row.works))))


@router.get("/new")
async def ask_new(visit: Visiting) -> Response:
    """The form for a new one."""
    return _form(visit, views.Form())


@router.post("/new")
async def make(visit: Visiting) -> Response:
    """Makes one and shows it this once: the answer is the page itself, so it stands in no address."""
    fields = await visit.fields()
    faults = _faults(fields)
    if faults:
        return _form(visit, views.Form(values=fields, faults=faults), 422)
    days = int(fields["days"]) if fields.get("days") in _DAYS else int(_USUAL)
    try:
        secret, token = await visit.services.api_tokens.make(
            visit.home,
            visit.actor,
            name=fields["name"].strip(),
            role=_role(visit, fields.get("role", "")),
            validity=dt.timedelta(days=days),
            makes_administrators=visit.may(Act.MANAGE_PEOPLE) and "makes_administrators" in fields,
        )
    except Full:
        return _form(visit, views.Form(values=fields, faults={"": _FULL}), 422)
    address = visit.portal.address_for(visit.request)
    made = views.ApiTokenMade(
        secret=secret,
        name=token.name,
        try_it=f'curl -H "Authorization: Bearer {secret}" {address}/api/v1/me',
        expires_at=token.expires_at,
    )
    return visit.page("api_token_form", _SECTION, views.ApiTokenForm(made=made))


@router.get("/{token}/revoke")
async def ask_revoke(visit: Visiting, token: str) -> Response:
    """The question before one is revoked."""
    tokens = await visit.services.api_tokens.list(visit.home, visit.actor)
    known = next((each for each in tokens if each.id == token), None)
    if known is None:
        raise NotFound("there is no such token")
    view = views.Confirm(
        title=marked("Revoke this token?"),
        subject=f"{known.name} ({known.prefix}…)",
        consequences=(
            marked("Programs that use it are refused at once, and for ever."),
            marked("What they did stays."),
        ),
        label=marked("Revoke the token"),
        action=f"/account/tokens/{known.id}/revoke",
        back="/account/tokens",
    )
    return visit.page("confirm", _SECTION, view)


@router.post("/{token}/revoke")
async def revoke(visit: Visiting, token: str) -> Response:
    """Revokes one."""
    await visit.fields()
    try:
        await visit.services.api_tokens.revoke(visit.home, visit.actor, ApiTokenId(token))
    except SoAlready:
        return after("/account/tokens", "already-so")
    return after("/account/tokens", "token-revoked")


async def _makers(visit: Visit, tokens: tuple[ApiToken, ...]) -> dict[PersonId, str]:
    """Names of others whose tokens are shown."""
    others = {token.person for token in tokens} - {visit.person.id}
    if not others or not visit.may(Act.MANAGE_PEOPLE):
        return {}
    people = [await visit.services.people.get(visit.home, visit.actor, person) for person in others]
    return {person.id: person.name for person in people}


def _row(visit: Visit, token: ApiToken, maker: str) -> views.ApiTokenRow:
    now = visit.portal.clock.now()
    standing = words.HERE_WORKS if token.works(now) else words.WITHDRAWN if token.revoked_at else words.EXPIRED
    return views.ApiTokenRow(
        id=token.id,
        name=token.name,
        prefix=token.prefix,
        role=words.ROLES[token.role],
        maker=maker,
        standing=standing,
        works=token.works(now),
        expires_at=token.expires_at,
        used_at=token.used_at,
    )


def _role(visit: Visit, value: str) -> Role:
    roles = roles_within(visit.person.role)
    return next((role for role in roles if role.value == value), roles[-1])


def _form(visit: Visit, form: views.Form, status: int = 200) -> HTMLResponse:
    chosen = _role(visit, form.value("role"))
    days = form.value("days") or _USUAL
    view = views.ApiTokenForm(
        roles=tuple(
            views.Choice(value=role.value, label=words.ROLES[role], chosen=role is chosen)
            for role in roles_within(visit.person.role)
        ),
        ends=tuple(views.Choice(value=value, label=label, chosen=value == days) for value, label in _DAYS.items()),
        may_make=visit.may(Act.MANAGE_PEOPLE),
        form=form,
    )
    return visit.page("api_token_form", _SECTION, view, status=status)


def _faults(fields: dict[str, str]) -> dict[str, str]:
    faults = _forms.missing(fields, "name")
    if not faults and not _forms.named(fields["name"]):
        faults["name"] = _forms.NAME_FAULT
    return faults
