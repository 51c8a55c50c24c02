"""What stands in a hub before its agents come: printers, release points, a pull queue, people with tokens."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Mapping, Sequence

import attrs
import trio
from portal_rig import PASSWORD

from tympan_hub.cli.home import Home
from tympan_hub.cli.hub import hub
from tympan_hub.domain.ids import TenantId
from tympan_hub.domain.people import CONSOLE, Person, Role
from tympan_hub.domain.policy import Verdict
from tympan_hub.domain.printers import Delivery
from tympan_hub.domain.proximity import Proximity
from tympan_hub.domain.pull import PullSettings
from tympan_hub.service import Services

ADMINISTRATOR = "ada@acme.example"
QUEUE = "Anywhere"
PULL = "anywhere"
"""The id of the pull queue."""
_DAY = dt.timedelta(days=1)


@attrs.frozen(kw_only=True)
class Point:
    """A release point.

    Attributes:
        printer: Its id.
        code: What its sticker shows.
        kiosk: Of the link of the screen beside it; "" where there is none.
    """

    printer: str
    code: str
    kiosk: str = ""


@attrs.frozen(kw_only=True)
class Plan:
    """What an office shall have.

    Attributes:
        devices: Names of printers and the addresses of their devices; each is a release point.
        people: Accounts at the computers by name; each is a person with a token of the API.
        agents: How many computers.
        rules: Of the pull queue.
        screens: Which of the devices have a screen beside them, whose code is wanted.
    """

    devices: Mapping[str, str]
    people: Mapping[str, str]
    agents: int = 1
    rules: PullSettings = attrs.field(factory=PullSettings)
    screens: Sequence[str] = ()


@attrs.frozen(kw_only=True)
class Furnished:
    """What was made.

    Attributes:
        points: Release points by the printers' names.
        tokens: Of the API, by name; the administrator's is ``ada``'s.
        invitations: Enrolment tokens, one for each agent.
    """

    points: Mapping[str, Point]
    tokens: Mapping[str, str]
    invitations: Sequence[str]


def address(name: str) -> str:
    """With which somebody signs in."""
    return f"{name}@acme.example"


async def furnish(home: Home, plan: Plan) -> Furnished:
    """Makes all of it in a hub that is not served yet."""

    async def made() -> Furnished:
        async with hub(home) as services:
            return await _made(services, plan)

    return await trio.to_thread.run_sync(lambda: asyncio.run(made()))


async def _made(services: Services, plan: Plan) -> Furnished:
    tenant = (await services.tenants.add(CONSOLE, "Acme")).id
    ada = await _person(services, tenant, "ada", Role.ADMINISTRATOR)
    await services.policy.switch(tenant, ada.actor, "agent.require-sign-in", Verdict.OFF)
    points = {name: await _point(services, ada, name, uri, name in plan.screens) for name, uri in plan.devices.items()}
    await services.printers.add(tenant, ada.actor, name=QUEUE, uri="", delivery=Delivery.PULL, pull=plan.rules)
    tokens = {"ada": await _token(services, ada)}
    for name, login in plan.people.items():
        tokens[name] = await _token(services, await _person(services, tenant, name, Role.USER, login))
    invitations = [await services.agents.make_token(tenant, CONSOLE) for _ in range(plan.agents)]
    return Furnished(points=points, tokens=tokens, invitations=invitations)


async def _person(services: Services, tenant: TenantId, name: str, role: Role, login: str = "") -> Person:
    return await services.people.add(
        tenant, CONSOLE, email=address(name), name=name.title(), role=role, password=PASSWORD, login=login or name
    )


async def _token(services: Services, person: Person) -> str:
    token, _ = await services.api_tokens.make(person.tenant, person.actor, name="test", role=person.role, validity=_DAY)
    return token


async def _point(services: Services, ada: Person, name: str, uri: str, screen: bool) -> Point:
    printer = await services.printers.add(ada.tenant, ada.actor, name=name, uri=uri, location="Ground floor")
    [made] = await services.points.make(ada.tenant, ada, (printer.id,))
    if not screen:
        return Point(printer=printer.id, code=made.code)
    await services.points.set_proximity(ada.tenant, ada, printer.id, Proximity.ROTATING)
    kiosk = await services.points.kiosk_link(ada.tenant, ada, printer.id)
    return Point(printer=printer.id, code=made.code, kiosk=kiosk)
