"""To a provider and back: both by links, for the content policy lets no form lead elsewhere."""

import logging
from typing import Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from tympan_hub.domain.arrivals import Answer
from tympan_hub.domain.errors import ProviderRefused, ProviderTrouble, Refusal, TooMany
from tympan_hub.domain.ids import SERVICE, ProviderId, TenantId
from tympan_hub.http.portal import _cookies, _forms
from tympan_hub.http.portal._browsers import visitor
from tympan_hub.http.portal._language import marked
from tympan_hub.http.portal._portal import portal_of
from tympan_hub.http.portal._sign_in import page, to_second_step
from tympan_hub.http.portal._visit import after
from tympan_hub.http.portal.views import Form
from tympan_hub.service.arrivals import Linked
from tympan_hub.service.sessions import HalfEntered

router = APIRouter(prefix="/sign-in")

_log = logging.getLogger("tympan_hub")
_CODE_CHARS: Final = 4000
_REFUSALS: Final = {
    Refusal.STALE: marked("This sign-in took too long, or was begun in another window. Begin again."),
    Refusal.FORGED: marked("The provider's answer could not be verified, so it was not taken. Begin again."),
    Refusal.DENIED: marked("The provider did not let you in."),
    Refusal.FAILED: marked("The provider could not sign you in. Try again, or tell your administrator."),
    Refusal.UNKNOWN: marked("The provider knows you, but nobody has added you here. Ask an administrator."),
    Refusal.NO_EMAIL: marked("The provider does not tell your e-mail address. Ask an administrator."),
    Refusal.EMAIL_TAKEN: marked("Somebody here has your e-mail address already. Ask an administrator."),
    Refusal.NO_TENANT: marked("Your organisation is not known here. Ask whoever runs this service."),
    Refusal.DISABLED: marked("Your account here is disabled. Ask an administrator."),
    Refusal.UNVERIFIED: marked("The provider does not vouch for your e-mail address. Ask whoever runs it."),
    Refusal.NOT_OWNER: marked("The provider knows you, but you do not run this service. Ask a service owner."),
    Refusal.NO_REFRESH: marked(
        "The provider gives no refresh token, without which service owners are not let in. Ask for offline_access."
    ),
    Refusal.LINKED: marked("Another service owner comes with this account. Use your own."),
    Refusal.NO_FACTOR: marked("A second factor is demanded of you. Sign in with your password once, and set it up."),
    Refusal.FULL: marked("There is no room for another person here. Ask an administrator."),
}
TROUBLE: Final = marked("The provider does not answer as it should. Try again in a minute.")


@router.get("/with/{tenant}/{provider}")
async def begin(request: Request, tenant: str, provider: str, then: str = "/") -> Response:
    """Sends the browser to the provider."""
    portal, path = portal_of(request), _forms.own_path(then)
    back = back_address(request, tenant, provider)
    hint = request.query_params.get("as", "")[:254]
    try:
        address, sealed = await portal.services.arrivals.begin(
            TenantId(tenant), ProviderId(provider), back=back, then=path, hint=hint
        )
    except ProviderTrouble as error:
        _log.warning("provider %.63s/%.63s: %s", tenant, provider, error, exc_info=error.__cause__)
        return await page(request, path, Form(faults={"": TROUBLE}), 503, owner=tenant == SERVICE)
    answer = RedirectResponse(address, 303)
    _cookies.keep_departure(answer, sealed, secure=portal.secure)
    return answer


@router.get("/back/{tenant}/{provider}")
async def finish(request: Request, tenant: str, provider: str) -> Response:
    """Takes what the browser brings from the provider, once."""
    portal = portal_of(request)
    try:
        entered = await portal.services.arrivals.finish(
            TenantId(tenant),
            ProviderId(provider),
            _brought(request),
            _cookies.departure(request, secure=portal.secure),
            back=back_address(request, tenant, provider),
            visitor=visitor(request),
            secret=_cookies.session(request, secure=portal.secure),
        )
    except (ProviderRefused, ProviderTrouble, TooMany) as error:
        return await _refused(request, tenant, provider, error)
    if isinstance(entered, Linked):
        answer: Response = after(_forms.own_path(entered.then), "provider-linked")
    elif isinstance(entered, HalfEntered):
        answer = to_second_step(request, entered, _forms.own_path(entered.then))
    else:
        answer = RedirectResponse(_forms.own_path(entered.then), 303)
        _cookies.keep_session(answer, entered.secret, entered.lasts, secure=portal.secure)
    _cookies.end_departure(answer, secure=portal.secure)
    return answer


async def _refused(
    request: Request, tenant: str, provider: str, error: ProviderRefused | ProviderTrouble | TooMany
) -> Response:
    """The page of sign-in again, which is another for service owners."""
    match error:
        case ProviderRefused():
            _log.info("sign-in through %.63s/%.63s refused: %s", tenant, provider, error)
            fault, status = _REFUSALS[error.why], 401
        case ProviderTrouble():
            _log.warning("provider %.63s/%.63s: %s", tenant, provider, error, exc_info=error.__cause__)
            fault, status = TROUBLE, 503
        case _:
            fault, status = marked("Too many attempts. Wait a quarter of an hour."), 429
    return await page(request, "/", Form(faults={"": fault}), status, owner=tenant == SERVICE)


def back_path(tenant: str, provider: str) -> str:
    """The path people come back to; each provider has its own, so none can answer for another."""
    return f"/sign-in/back/{tenant}/{provider}"


def back_address(request: Request, tenant: str, provider: str) -> str:
    """The same as a whole address."""
    return portal_of(request).address_for(request) + back_path(tenant, provider)


def _brought(request: Request) -> Answer:
    values = {name: request.query_params.get(name, "")[:_CODE_CHARS] for name in ("state", "code", "error", "iss")}
    return Answer(state=values["state"], code=values["code"], error=values["error"], issuer=values["iss"])
