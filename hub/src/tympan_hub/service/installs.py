"""Installing Tympan on a computer by hand: what there is for it, and the token with which it joins by itself.

- Who manages agents may always; everybody else where policy lets users join computers, as with a code.
- A token is good once and for a day, and stands in the list of tokens under its maker's name.
"""

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from attrs import frozen

from tympan_hub.domain.agents import EnrolmentToken
from tympan_hub.domain.errors import NotAllowed
from tympan_hub.domain.ids import SERVICE, TenantId, hash_of, new_secret
from tympan_hub.domain.limits.agents import ENROLMENT_TOKEN
from tympan_hub.domain.limits.updates import INSTALLS_PER_PERSON
from tympan_hub.domain.people import Act, Person
from tympan_hub.domain.policy import USER_ENROLMENT, is_on
from tympan_hub.domain.update_floor import UpdateFloor
from tympan_hub.domain.updates import Ring, is_version, sorted_versions
from tympan_hub.ports import Clock, Unit, Units
from tympan_hub.ports.update_repository import Contents, Target, UpdateRepository
from tympan_hub.service.agents import keep_token
from tympan_hub.service.attempts import count
from tympan_hub.service.audit import record
from tympan_hub.service.known import check_tenant
from tympan_hub.service.update_gate import floor_of

_AGENT: Final = "agent/"


@frozen(kw_only=True)
class Offer:
    """What there is to install.

    Attributes:
        may: Whether whoever asks may let a computer join by a token.
        version: The version for everybody; "" where nothing is published.
        package: For Debian and what is made of it; None for none.
        bundle: For any other Linux; None for none.
        root: Whom that one is to trust with updates; None where nobody is told. A package carries its own.
    """

    may: bool
    version: str = ""
    package: Target | None = None
    bundle: Target | None = None
    root: Target | None = None


class InstallService:
    """Downloads and tokens for people."""

    def __init__(self, units: Units, clock: Clock, repository: UpdateRepository | None) -> None:
        self._units = units
        self._clock = clock
        self._repository = repository

    async def offer(self, tenant: TenantId, by: Person) -> Offer:
        """What there is for whoever asks."""
        async with self._units.reading() as unit:
            may = await _may(unit, tenant, by)
            floor = await floor_of(unit)
        contents = await self._repository.contents() if self._repository else None
        return _offer(contents, floor, may=may) if contents else Offer(may=may)

    async def token(self, tenant: TenantId, by: Person) -> tuple[str, dt.datetime]:
        """A token for one computer, told this once, and when it ends.

        Raises:
            NotAllowed: Only administrators let computers in.
            TooMany: They made very many lately.
            Full: There are as many computers or tokens as may be.
        """
        now, secret = self._clock.now(), new_secret()
        token = EnrolmentToken(
            hash=hash_of(secret),
            tenant=tenant,
            name="",
            made_by=by.actor.label,
            maker=by.id,
            made_at=now,
            expires_at=now + ENROLMENT_TOKEN,
        )
        async with self._units.writing() as unit:
            await check_tenant(unit, tenant)
            if not await _may(unit, tenant, by):
                raise NotAllowed("only administrators join computers to this hub", next_step="Ask one for a token.")
            await count(unit, {f"installs of {by.id}": INSTALLS_PER_PERSON}, now, "tokens were made")
            await keep_token(unit, token, now)
            await record(unit, tenant, by.actor, "agent.make-token", token.hash[:12], "to install", at=now)
        return secret, token.expires_at

    async def file(self, target: Target) -> Path | None:
        """Where a file is that is what the metadata says; None for one that is not."""
        return await self._repository.file(target) if self._repository else None


async def _may(unit: Unit, tenant: TenantId, by: Person) -> bool:
    if tenant == SERVICE:
        return False
    if by.actor.may(Act.MANAGE_AGENTS, tenant):
        return True
    owner, own = await unit.policies.current(SERVICE), await unit.policies.current(tenant)
    return by.actor.may(Act.SIGN_IN_AT_AGENTS, tenant) and is_on(owner, own, USER_ENROLMENT)


def _offer(contents: Contents, floor: UpdateFloor, *, may: bool) -> Offer:
    """What the last ring has; where its channel says nothing that is allowed, the newest there is that is."""
    there = [version for version in versions_in(contents) if floor.allows("", version)]
    channel = contents.channels.get(Ring.ALL)
    version = channel.agent if channel and channel.agent in there else next(iter(sorted_versions(there)), "")
    if not version:
        return Offer(may=may)
    return Offer(
        may=may,
        version=version,
        package=contents.targets.get(f"{_AGENT}{version}/tympan_{version}_amd64.deb"),
        bundle=contents.targets.get(f"{_AGENT}{version}/tympan-{version}-linux-x86_64.tar.gz"),
        root=contents.root,
    )


def versions_in(contents: Contents) -> Mapping[str, None]:
    """Versions of the agent that a repository has."""
    parts = (path.split("/") for path in contents.targets if path.startswith(_AGENT))
    return {part[1]: None for part in parts if len(part) == 3 and is_version(part[1])}
