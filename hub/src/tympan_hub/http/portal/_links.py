"""A service owner's own links to providers: made with the password typed again, and taken away."""

from fastapi import APIRouter
from starlette.responses import HTMLResponse, Response

from tympan_hub.domain.errors import ProviderTrouble, SignInRefused, TooMany
from tympan_hub.domain.ids import SERVICE, ProviderId
from tympan_hub.http.portal import _cookies, _forms, views
from tympan_hub.http.portal._account import account_page
from tympan_hub.http.portal._arrivals import TROUBLE, back_address
from tympan_hub.http.portal._language import marked
from tympan_hub.http.portal._pages import render
from tympan_hub.http.portal._visit import Visiting, after, reader

router = APIRouter(prefix="/account/links")


@router.post("")
async def begin(visit: Visiting) -> Response:
    """Leads on to the provider: by a page, for the answer to a form may lead nowhere else."""
    fields = await visit.fields()
    faults = _forms.missing(fields, "link_password", "provider")
    if faults:
        return await account_page(visit, link_form=views.Form(faults=faults), status=422)
    provider, secure = ProviderId(fields["provider"]), visit.portal.secure
    try:
        address, sealed = await visit.services.arrivals.begin_link(
            visit.session,
            _cookies.session(visit.request, secure=secure),
            provider,
            fields["link_password"],
            back=back_address(visit.request, SERVICE, provider),
        )
    except SignInRefused:
        faults = {"link_password": marked("This is not your password.")}
        return await account_page(visit, link_form=views.Form(faults=faults), status=422)
    except TooMany:
        faults = {"": marked("Too many attempts. Wait a quarter of an hour.")}
        return await account_page(visit, link_form=views.Form(faults=faults), status=429)
    except ProviderTrouble:
        return await account_page(visit, link_form=views.Form(faults={"": TROUBLE}), status=503)
    doors = await visit.services.doors.for_owners()
    name = next((door.name for door in doors if door.provider == provider), provider)
    view = views.ToProvider(address=address, name=name)
    answer = HTMLResponse(render("to_provider", reader(visit.request), views.Frame(), view))
    _cookies.keep_departure(answer, sealed, secure=secure)
    return answer


@router.post("/remove")
async def remove(visit: Visiting) -> Response:
    """Takes one away."""
    fields = await visit.fields()
    await visit.services.arrivals.unlink(visit.session, fields.get("issuer", ""), fields.get("subject", ""))
    return after("/account", "provider-unlinked")
