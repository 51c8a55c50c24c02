"""Sign-in providers: the list, one with its rules, adding, changing, testing, removing."""

from collections.abc import Awaitable, Callable

import attrs
from fastapi import APIRouter
from starlette.responses import Response

from tympan_hub.domain.errors import BadInput, Conflict, Full, HubError, ProviderTrouble, Taken
from tympan_hub.domain.ids import SERVICE, GroupId, ProviderId, TenantId
from tympan_hub.domain.people import Act, Role
from tympan_hub.domain.providers import ClaimNames, Provider
from tympan_hub.http.portal import _forms, views
from tympan_hub.http.portal import _words as words
from tympan_hub.http.portal._arrivals import back_path
from tympan_hub.http.portal._language import marked
from tympan_hub.http.portal._visit import Visit, Visiting, after
from tympan_hub.service.providers import ProviderWanted

router = APIRouter(prefix="/providers")

_SECTION = "people"
_ROLES = (Role.USER, Role.OPERATOR, Role.ADMINISTRATOR)
_DEFAULTS = {
    "scopes": "openid profile email offline_access",
    "claim_name": "name",
    "claim_email": "email",
    "claim_groups": "groups",
    "adds_unknown": "yes",
}
_FIELDS = ("name", "issuer", "client_id", "scopes", "claim_email")


@router.get("")
async def every(visit: Visiting) -> Response:
    """The list."""
    found = await visit.services.providers.list(visit.home, visit.actor)
    rows = (
        views.ProviderRow(
            id=each.id,
            name=each.name,
            issuer=each.issuer,
            rules=len(each.rules) + len(each.homes),
            owners=each.for_owners,
        )
        for each in found
    )
    return visit.page("providers", _SECTION, views.Providers(rows=tuple(rows)))


@router.get("/new")
async def ask_new(visit: Visiting, whom: str = "") -> Response:
    """The form for a new one; ``whom`` is ``owners`` for one of service owners."""
    visit.actor.require(Act.MANAGE_PROVIDERS, visit.home)
    owners = visit.is_owner and whom == "owners"
    if owners:
        visit.actor.require_making(Role.OWNER)
    links = {} if visit.is_owner else {"links_by_email": "yes"}
    view = views.ProviderForm(
        many=visit.is_owner and not owners, owners=owners, form=views.Form(values=_DEFAULTS | links)
    )
    return visit.page("provider_form", _SECTION, view)


@router.post("/new")
async def add(visit: Visiting) -> Response:
    """Adds one."""
    fields = await visit.fields()
    owners = visit.is_owner and fields.get("whom") == "owners"

    async def act() -> Provider:
        return await visit.services.providers.add(
            visit.home, visit.actor, _wanted(fields), fields["secret"].strip(), for_owners=owners
        )

    view = views.ProviderForm(many=visit.is_owner and not owners, owners=owners)
    return await _kept(visit, fields, act, view, "provider-added", "secret")


@router.get("/{provider}")
async def one(visit: Visiting, provider: str) -> Response:
    """One with its rules."""
    return await _page(visit, await _known(visit, provider))


@router.get("/{provider}/edit")
async def ask_change(visit: Visiting, provider: str) -> Response:
    """The form to change one; the secret is not in it."""
    known = await _known(visit, provider)
    form = attrs.evolve(_form_of(known), form=views.Form(values=_values(known)))
    return visit.page("provider_form", _SECTION, form)


@router.post("/{provider}/edit")
async def change(visit: Visiting, provider: str) -> Response:
    """Changes one."""
    fields = await visit.fields()
    known = await _known(visit, provider)

    async def act() -> Provider:
        secret = fields.get("secret", "").strip()
        return await visit.services.providers.change(visit.home, visit.actor, known.id, _wanted(fields), secret)

    return await _kept(visit, fields, act, _form_of(known), "provider-changed")


@router.post("/{provider}/test")
async def test(visit: Visiting, provider: str) -> Response:
    """Asks the provider now, and shows what came of it."""
    await visit.fields()
    known = await _known(visit, provider)
    try:
        found = await visit.services.providers.test(visit.home, visit.actor, known.id)
    except ProviderTrouble as error:
        return await _page(visit, known, ill=error.sentence)
    return await _page(visit, known, keys=found.keys, signs_out=found.signs_out)


@router.get("/{provider}/remove")
async def ask_remove(visit: Visiting, provider: str) -> Response:
    """The question before one is removed."""
    known = await _known(visit, provider)
    view = views.Confirm(
        title=marked("Remove this provider?"),
        subject=known.name,
        consequences=(
            marked("Nobody can sign in with it any more, and who did is signed out at once."),
            marked("The people stay, with their groups and jobs."),
            marked("Who has no password here needs one, or another provider."),
        ),
        label=marked("Remove the provider"),
        action=f"/providers/{known.id}/remove",
        back=f"/providers/{known.id}",
    )
    return visit.page("confirm", _SECTION, view)


@router.post("/{provider}/remove")
async def remove(visit: Visiting, provider: str) -> Response:
    """Removes one."""
    await visit.fields()
    await visit.services.providers.remove(visit.home, visit.actor, ProviderId(provider))
    return after("/providers", "provider-removed")


@router.post("/{provider}/rules")
async def add_rule(visit: Visiting, provider: str) -> Response:
    """Adds a rule."""
    fields = await visit.fields()
    known = await _known(visit, provider)
    faults = _forms.missing(fields, "value")
    role = Role.OWNER if known.for_owners else _role(fields.get("role", ""))
    if not faults and not fields.get("group", "").strip() and role is None:
        faults = {"group": marked("Name a group, or choose a role.")}
    if not faults:
        try:
            await visit.services.providers.add_rule(
                visit.home,
                visit.actor,
                known.id,
                value=fields["value"].strip(),
                group=fields.get("group", "").strip(),
                role=role,
            )
            return after(f"/providers/{known.id}", "rule-added")
        except Full:
            faults = {"": _forms.FULL}
        except Conflict:
            faults = {"group": marked("There is such a rule already, or administrators choose who is in that group.")}
        except BadInput:
            faults = {"value": _NO_RULE}
    return await _page(visit, known, form=views.Form(values=fields, faults=faults), status=422)


@router.post("/{provider}/rules/remove")
async def remove_rule(visit: Visiting, provider: str) -> Response:
    """Takes a rule back."""
    fields = await visit.fields()
    group = GroupId(fields["group"]) if fields.get("group") else None
    await visit.services.providers.remove_rule(
        visit.home,
        visit.actor,
        ProviderId(provider),
        value=fields.get("value", ""),
        group=group,
        role=next((role for role in Role if role.value == fields.get("role")), None),
    )
    return after(f"/providers/{provider}", "rule-removed")


@router.post("/{provider}/homes")
async def add_home(visit: Visiting, provider: str) -> Response:
    """Says whose people come with a value."""
    fields = await visit.fields()
    known = await _known(visit, provider)
    faults = _forms.missing(fields, "home_value")
    if not faults:
        try:
            home = TenantId(fields.get("tenant", ""))
            await visit.services.providers.add_home(
                visit.home, visit.actor, known.id, value=fields["home_value"].strip(), home=home
            )
            return after(f"/providers/{known.id}", "rule-added")
        except Full:
            faults = {"": _forms.FULL}
        except Taken:
            faults = {"home_value": marked("This value leads to a tenant already. Remove that first.")}
        except BadInput:
            faults = {"home_value": _NO_RULE}
    return await _page(visit, known, form=views.Form(values=fields, faults=faults), status=422)


@router.post("/{provider}/homes/remove")
async def remove_home(visit: Visiting, provider: str) -> Response:
    """Takes that back."""
    fields = await visit.fields()
    await visit.services.providers.remove_home(
        visit.home, visit.actor, ProviderId(provider), value=fields.get("home_value", "")
    )
    return after(f"/providers/{provider}", "rule-removed")


async def _known(visit: Visit, provider: str) -> Provider:
    return await visit.services.providers.get(visit.home, visit.actor, ProviderId(provider))


def _form_of(known: Provider) -> views.ProviderForm:
    many = known.tenant == SERVICE and not known.for_owners
    return views.ProviderForm(id=known.id, name=known.name, many=many, owners=known.for_owners)


async def _kept(
    visit: Visit,
    fields: dict[str, str],
    act: Callable[[], Awaitable[Provider]],
    view: views.ProviderForm,
    said: str,
    *needed: str,
) -> Response:
    """Adds or changes one, or shows the form again with what is wrong."""
    faults = _forms.missing(fields, *_FIELDS, *needed)
    if not faults:
        try:
            made = await act()
            return after(f"/providers/{made.id}", said)
        except HubError as error:
            faults = _faults(error)
    form = views.Form(values=fields, faults=faults)
    shown = attrs.evolve(view, form=form)
    return visit.page("provider_form", _SECTION, shown, status=422)


_NO_RULE = marked("This cannot be a rule: a text is too long.")
_FAULTS = {
    "name": _forms.NAME_FAULT,
    "issuer": marked("Enter the issuer as the provider spells it, beginning with https://."),
    "client_id": marked("This is no client id. Copy it from the provider's page."),
    "secret": marked("Enter the client secret. Another issuer needs its own."),
    "scopes": marked("Scopes are words divided by spaces, and openid is one of them."),
    "domains": marked("A domain looks like contoso.com, and belongs to one provider alone."),
    **dict.fromkeys(
        (f"claim_{name}" for name in attrs.fields_dict(ClaimNames)), marked("The name of a claim is too long.")
    ),
}
_TAKEN = {**_FAULTS, "issuer": marked("There is a provider with this issuer already.")}


def _faults(error: HubError) -> dict[str, str]:
    """What is wrong with which field; other errors are not for the form."""
    if isinstance(error, Full):
        return {"": _forms.FULL}
    faults = _TAKEN if isinstance(error, Taken) else _FAULTS if isinstance(error, BadInput) else {}
    if error.field not in faults:
        raise error
    return {error.field: faults[error.field]}


def _wanted(fields: dict[str, str]) -> ProviderWanted:
    def said(name: str) -> str:
        return fields.get(name, "").strip()

    claims = ClaimNames(
        name=said("claim_name"),
        email=said("claim_email"),
        login=said("claim_login"),
        groups=said("claim_groups"),
        home=said("claim_home"),
    )
    return ProviderWanted(
        name=said("name"),
        issuer=said("issuer"),
        client_id=said("client_id"),
        scopes=tuple(dict.fromkeys(said("scopes").split())),
        claims=claims,
        domains=tuple(dict.fromkeys(said("domains").lower().replace(",", " ").split())),
        adds_unknown="adds_unknown" in fields,
        links_by_email="links_by_email" in fields,
    )


def _values(known: Provider) -> dict[str, str]:
    flags = {"adds_unknown": known.adds_unknown, "links_by_email": known.links_by_email}
    return {
        "name": known.name,
        "issuer": known.issuer,
        "client_id": known.client_id,
        "scopes": " ".join(known.scopes),
        "claim_name": known.claims.name,
        "claim_email": known.claims.email,
        "claim_login": known.claims.login,
        "claim_groups": known.claims.groups,
        "claim_home": known.claims.home,
        "domains": " ".join(known.domains),
        **{name: "yes" for name, flag in flags.items() if flag},
    }


async def _page(
    visit: Visit,
    known: Provider,
    *,
    keys: int = 0,
    signs_out: bool = False,
    ill: str = "",
    form: views.Form | None = None,
    status: int = 200,
) -> Response:
    form = form or views.Form()
    names = {each.id: each.name for each in await visit.services.tenants.list(visit.actor)} if visit.is_owner else {}
    rules = (
        views.RuleRow(
            value=rule.value,
            group=rule.group or "",
            group_name=rule.group_name,
            role=rule.role.value if rule.role else "",
            role_word=words.ROLES[rule.role] if rule.role else "",
        )
        for rule in known.rules
    )
    view = views.Provider(
        id=known.id,
        name=known.name,
        issuer=known.issuer,
        client_id=known.client_id,
        back=visit.portal.address_for(visit.request) + back_path(known.tenant, known.id),
        groups_claim=known.claims.groups,
        home_claim=known.claims.home,
        domains=known.domains,
        adds_unknown=known.adds_unknown,
        links_by_email=known.links_by_email,
        many=known.tenant == SERVICE and not known.for_owners,
        owners=known.for_owners,
        rules=tuple(rules),
        homes=tuple(
            views.HomeRow(value=each.value, tenant=names.get(each.tenant, each.tenant)) for each in known.homes
        ),
        roles=_choices(form.value("role")),
        tenants=tuple(
            views.Choice(value=each, label=name, chosen=each == form.value("tenant"), translated=False)
            for each, name in names.items()
        ),
        keys=keys,
        signs_out=signs_out,
        ill=ill,
        form=form,
    )
    return visit.page("provider", _SECTION, view, status=status)


def _choices(now: str) -> tuple[views.Choice, ...]:
    none = views.Choice(value="", label=marked("No role"), chosen=not now)
    roles = (views.Choice(value=role.value, label=words.ROLES[role], chosen=role.value == now) for role in _ROLES)
    return none, *roles


def _role(value: str) -> Role | None:
    return next((role for role in _ROLES if role.value == value), None)
