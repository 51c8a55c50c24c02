"""A visit: who looks, in which language and zone, and how they are answered."""

from collections.abc import Iterable
from typing import Annotated
from urllib.parse import urlencode

from attrs import frozen
from fastapi import Depends
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse

from tympan_hub.domain.errors import NotFound, NotSignedIn
from tympan_hub.domain.ids import TenantId
from tympan_hub.domain.people import Act, Actor, Person, Session
from tympan_hub.domain.tenants import Tenant
from tympan_hub.http.guards import content_policy
from tympan_hub.http.portal import _cookies, _forms
from tympan_hub.http.portal._language import catalogue, chosen
from tympan_hub.http.portal._moments import Reader, zone
from tympan_hub.http.portal._pages import render
from tympan_hub.http.portal._portal import Portal, portal_of
from tympan_hub.http.portal._said import SAID
from tympan_hub.http.portal._words import ROLES
from tympan_hub.http.portal.views import Frame, Viewer
from tympan_hub.service import Services


@frozen(kw_only=True)
class Visit:
    """One request of a signed-in person."""

    request: Request
    portal: Portal
    session: Session
    tenant: Tenant | None

    @property
    def services(self) -> Services:
        """The use cases."""
        return self.portal.services

    @property
    def person(self) -> Person:
        """Who looks."""
        return self.session.person

    @property
    def actor(self) -> Actor:
        """Who looks, as one who acts."""
        return self.session.actor

    @property
    def source(self) -> str:
        """The network address they come from; "" where it is not known."""
        return self.request.client.host if self.request.client else ""

    @property
    def home(self) -> TenantId:
        """Where they belong."""
        return self.session.person.tenant

    @property
    def is_owner(self) -> bool:
        """Whether it is a service owner, who belongs to no tenant."""
        return self.tenant is None

    def may(self, act: Act) -> bool:
        """Whether they may do this at home."""
        return self.actor.may(act, self.home)

    async def fields(self, *long: str, most: int = _forms.FIELDS_MOST) -> dict[str, str]:
        """The fields of the form they sent, ``most`` at most; those that are ``long`` may hold many lines."""
        return await _forms.read(self.request, self.session.csrf, self.portal.address, long, most)

    async def list_fields(self) -> tuple[dict[str, str], bytes]:
        """The fields of a form with a file, and the file."""
        return await _forms.read_list(self.request, self.session.csrf, self.portal.address)

    def page(
        self, name: str, section: str, view: object, *, status: int = 200, reaches: Iterable[str] = ()
    ) -> HTMLResponse:
        """A page as answer; its scripts may send to this hub, and to the origins it ``reaches``."""
        headers = {"Content-Security-Policy": content_policy(reaches)} if reaches else None
        return HTMLResponse(render(name, reader(self.request), self._frame(section), view), status, headers)

    def _frame(self, section: str) -> Frame:
        return Frame(
            section=section,
            here=_here(self.request),
            csrf=self.session.csrf,
            viewer=self._viewer(),
            said=SAID.get(self.request.query_params.get("said", "")),
        )

    def _viewer(self) -> Viewer:
        return Viewer(
            name=self.person.name,
            tenant=self.tenant.name if self.tenant else "",
            role=ROLES[self.person.role],
            oversees=self.may(Act.SEE_ALL_JOBS),
            manages=self.may(Act.MANAGE_PRINTERS),
            sees_agents=self.may(Act.SEE_AGENTS) and not self.is_owner,
            owner=self.is_owner,
        )


def reader(request: Request) -> Reader:
    """Who reads, as the browser tells."""
    language = chosen(request.cookies.get(_cookies.LANGUAGE, ""), request.headers.get("accept-language", ""))
    return Reader(
        language=language,
        words=catalogue(language),
        zone=zone(request.cookies.get(_cookies.ZONE, "").replace("%2F", "/")),
        now=portal_of(request).clock.now(),
    )


def to_sign_in(wanted: str) -> RedirectResponse:
    """Asks who is not signed in to do so, and leads them on to where they wanted."""
    return RedirectResponse("/sign-in" if wanted == "/" else f"/sign-in?{urlencode({'then': wanted})}", 303)


def after(path: str, said: str, **query: str) -> RedirectResponse:
    """Goes on to a page that says what was done; going back and loading again do it no second time."""
    asked = {name: value for name, value in query.items() if value}
    asked |= {"said": said} if said else {}
    return RedirectResponse(f"{path}?{urlencode(asked)}" if asked else path, 303)


async def _visit(request: Request) -> Visit:
    portal = portal_of(request)
    secret = _cookies.session(request, secure=portal.secure)
    if not secret:
        raise NotSignedIn("you are not signed in", next_step="Sign in.")
    session = await portal.services.vouched_sessions.get(secret)
    tenant = await portal.services.tenants.get(session.person.tenant)
    return Visit(request=request, portal=portal, session=session, tenant=tenant)


async def _member(visit: Annotated[Visit, Depends(_visit)]) -> Visit:
    if visit.is_owner:
        raise NotFound("a service owner belongs to no tenant", next_step="Sign in as one of its people.")
    return visit


async def member(request: Request) -> Visit:
    """Somebody who belongs to a tenant; raises ``NotSignedIn``, or ``NotFound`` for a service owner."""
    return await _member(await _visit(request))


def _here(request: Request) -> str:
    query = urlencode([(name, value) for name, value in request.query_params.multi_items() if name != "said"])
    return request.url.path + (f"?{query}" if query else "")


Visiting = Annotated[Visit, Depends(_visit)]
"""Anybody who is signed in."""

Member = Annotated[Visit, Depends(_member)]
"""Somebody who belongs to a tenant."""
