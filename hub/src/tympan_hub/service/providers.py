"""OpenID providers: set up by administrators of a tenant, or by the service owner for many tenants.

- The client secret comes in, is sealed, and never goes out again.
- What people may be or join by a provider stands in its rules; each change of them is in the audit log.
- Who changes a provider changes whom it vouches for: it takes as much as making, or unmaking, the widest of them.
"""

from collections.abc import Awaitable, Callable
from typing import Any

import attrs
from attrs import frozen

from tympan_hub.domain.audit import altered
from tympan_hub.domain.errors import BadInput, Full, NotFound, SoAlready, Taken
from tympan_hub.domain.ids import SERVICE, GroupId, ProviderId, TenantId, word_from
from tympan_hub.domain.limits.providers import CLAIM_CHARS, PROVIDERS
from tympan_hub.domain.people import Act, Actor, Role
from tympan_hub.domain.providers import ClaimNames, Provider, Rule, TenantRule, check_provider, check_rule, room_for
from tympan_hub.domain.text import is_name
from tympan_hub.ports import Clock, Documents, OpenId, Secrets, Unit, Units
from tympan_hub.service.audit import record
from tympan_hub.service.known import check_same, check_tenant, known_provider
from tympan_hub.service.owner_arrivals import end_all_without_password
from tympan_hub.service.provided_groups import provided_group


@frozen(kw_only=True)
class ProviderWanted:
    """A provider as somebody describes it; see ``Provider`` for what the fields mean."""

    name: str
    issuer: str
    client_id: str
    scopes: tuple[str, ...]
    claims: ClaimNames
    domains: tuple[str, ...] = ()
    adds_unknown: bool = True
    links_by_email: bool = True


class ProviderService:
    """Providers of a tenant, or of the service."""

    def __init__(self, units: Units, clock: Clock, secrets: Secrets, openid: OpenId) -> None:
        self._units = units
        self._clock = clock
        self._secrets = secrets
        self._openid = openid

    async def list(self, tenant: TenantId, by: Actor) -> tuple[Provider, ...]:
        """All, by name."""
        by.require(Act.MANAGE_PROVIDERS, tenant)
        async with self._units.reading() as unit:
            return await unit.providers.all(tenant)

    async def get(self, tenant: TenantId, by: Actor, provider: ProviderId) -> Provider:
        """One; raises ``NotFound``."""
        by.require(Act.MANAGE_PROVIDERS, tenant)
        async with self._units.reading() as unit:
            return await known_provider(unit, tenant, provider)

    async def add(
        self, tenant: TenantId, by: Actor, wanted: ProviderWanted, secret: str, *, for_owners: bool = False
    ) -> Provider:
        """Adds one under a free id made from its name; ``for_owners`` lets service owners in, and nobody else."""
        by.require(Act.MANAGE_PROVIDERS, tenant)
        by.require_making(_widest(for_owners))
        _check_secret(secret)
        now = self._clock.now()
        async with self._units.writing() as unit:
            if tenant != SERVICE:
                await check_tenant(unit, tenant)
            there = await unit.providers.all(tenant)
            if len(there) >= PROVIDERS:
                raise Full(f"there are {PROVIDERS} providers already", next_step="Remove one first.")
            word = ProviderId(word_from(wanted.name, {each.id for each in there}, otherwise="provider"))
            made = Provider(id=word, tenant=tenant, created_at=now, for_owners=for_owners, **_fields(wanted))
            check_provider(made)
            await unit.providers.add(tenant, made, self._sealed(made, secret))
            await record(unit, tenant, by, "provider.add", made.id, made.issuer, at=now)
        return made

    async def change(
        self,
        tenant: TenantId,
        by: Actor,
        provider: ProviderId,
        wanted: ProviderWanted,
        secret: str = "",
        *,
        read: Provider | None = None,
    ) -> Provider:
        """Changes one; its rules stay, and its secret when none is given.

        Another issuer knows other people, and another client is vouched for anew: who came in before is signed out.
        Raises ``Changed`` when it is not any more as it was ``read``.
        """
        before = await self.get(tenant, by, provider)

        async def changed(unit: Unit, before: Provider) -> tuple[Provider, str]:
            check_same(before, read)
            if secret:
                await unit.providers.set_secret(tenant, provider, self._sealed(before, secret))
            elif wanted.issuer != before.issuer:
                cause = "another issuer needs its own client secret"  # or it would be sent to whom it was not meant for
                raise BadInput(cause, next_step="Enter the secret too.", field="secret")
            after = attrs.evolve(before, **_fields(wanted))
            anew = "; another secret" if secret else ""
            return after, (altered(before, after, *_fields(wanted)) or before.issuer) + anew

        by.require(Act.MANAGE_PROVIDERS, tenant)
        if secret:
            _check_secret(secret)
        after = await self._change(tenant, by, provider, "provider.change", changed)
        if (after.issuer, after.client_id) != (before.issuer, before.client_id):
            await self._end_vouchings(before)
        return after

    async def remove(self, tenant: TenantId, by: Actor, provider: ProviderId, *, read: Provider | None = None) -> None:
        """Removes one: nobody comes in through it any more, and who did is signed out. People stay.

        Raises:
            Changed: It is not any more as it was ``read``.
        """
        by.require(Act.MANAGE_PROVIDERS, tenant)
        async with self._units.writing() as unit:
            known = await known_provider(unit, tenant, provider)
            check_same(known, read)
            by.require_making(_widest(known.for_owners))
            await unit.providers.remove(tenant, provider)
            await record(unit, tenant, by, "provider.remove", provider, known.issuer, at=self._clock.now())
        await self._end_vouchings(known)

    async def test(self, tenant: TenantId, by: Actor, provider: ProviderId) -> Documents:
        """Reads discovery document and keys now; raises ``ProviderTrouble`` with what is wrong."""
        known = await self.get(tenant, by, provider)
        return await self._openid.documents(known, self._clock.now(), afresh=True)

    async def add_rule(
        self,
        tenant: TenantId,
        by: Actor,
        provider: ProviderId,
        *,
        value: str,
        group: str = "",
        role: Role | None = None,
    ) -> None:
        """Says what it means that a value stands among a person's groups.

        Args:
            tenant: Whose provider.
            by: Who says so.
            provider: Which one.
            value: The value, exactly.
            group: Name of the group they are in; made when there is none; "" for none.
            role: What they may do; None says nothing about it.
        """

        async def changed(unit: Unit, before: Provider) -> tuple[Provider, str]:
            room_for(before.rules)
            word = GroupId(word_from(group, (), otherwise="group")) if group else None
            check_rule(Rule(value=value, group=word, role=role), for_owners=before.for_owners)
            if group and tenant != SERVICE:
                word = (await provided_group(unit, tenant, by, group, at=self._clock.now())).id
            rule = Rule(value=value, group=word, group_name=group, role=role)
            if rule in before.rules:
                raise SoAlready("there is such a rule already")
            return attrs.evolve(before, rules=(*before.rules, rule)), _said(rule)

        by.require(Act.MANAGE_PROVIDERS, tenant)
        if group and not is_name(group, CLAIM_CHARS // 2):
            raise BadInput("this is no name for a group")
        await self._change(tenant, by, provider, "provider.rule-add", changed)

    async def remove_rule(
        self, tenant: TenantId, by: Actor, provider: ProviderId, *, value: str, group: GroupId | None, role: Role | None
    ) -> None:
        """Takes a rule back; people feel it when they sign in next, or are asked about next."""

        async def changed(_: Unit, before: Provider) -> tuple[Provider, str]:
            left = tuple(rule for rule in before.rules if (rule.value, rule.group, rule.role) != (value, group, role))
            if left == before.rules:
                raise NotFound("there is no such rule")
            return attrs.evolve(before, rules=left), _said(Rule(value=value, group=group, role=role))

        await self._change(tenant, by, provider, "provider.rule-remove", changed)

    async def add_home(self, tenant: TenantId, by: Actor, provider: ProviderId, *, value: str, home: TenantId) -> None:
        """Says whose people come with a value of the home claim; only for a provider of the service."""

        async def changed(unit: Unit, before: Provider) -> tuple[Provider, str]:
            room_for(before.homes)
            if tenant != SERVICE or not is_name(value, CLAIM_CHARS):
                raise BadInput("this says nothing about a tenant", next_step="Give the claim's value.")
            if await unit.tenants.get(home) is None or home == SERVICE:
                raise NotFound(f"there is no tenant {home!r:.80}")
            if any(each.value == value for each in before.homes):
                raise Taken("this value leads to a tenant already", next_step="Remove that first.")
            homes = (*before.homes, TenantRule(value=value, tenant=home))
            return attrs.evolve(before, homes=homes), f"{value} → {home}"

        await self._change(tenant, by, provider, "provider.home-add", changed)

    async def remove_home(self, tenant: TenantId, by: Actor, provider: ProviderId, *, value: str) -> None:
        """Takes that back."""

        async def changed(_: Unit, before: Provider) -> tuple[Provider, str]:
            left = tuple(each for each in before.homes if each.value != value)
            if left == before.homes:
                raise NotFound("there is no such value")
            return attrs.evolve(before, homes=left), value

        await self._change(tenant, by, provider, "provider.home-remove", changed)

    async def _change(
        self,
        tenant: TenantId,
        by: Actor,
        provider: ProviderId,
        act: str,
        changed: Callable[[Unit, Provider], Awaitable[tuple[Provider, str]]],
    ) -> Provider:
        by.require(Act.MANAGE_PROVIDERS, tenant)
        async with self._units.writing() as unit:
            before = await known_provider(unit, tenant, provider)
            by.require_making(_widest(before.for_owners))
            after, detail = await changed(unit, before)
            check_provider(after)
            await unit.providers.change(tenant, after)
            await record(unit, tenant, by, act, provider, detail, at=self._clock.now())
        return after

    async def _end_vouchings(self, provider: Provider) -> None:
        """Signs out whom a provider vouched for: each tenant in a unit of its own, so that nobody waits long.

        Owners who can come no other way leave nothing behind that would let them, or others, in again.
        """
        async with self._units.reading() as unit:
            several = provider.tenant == SERVICE and not provider.for_owners
            places = [each.id for each in await unit.directory.tenants()] if several else [provider.tenant]
        for place in places:
            async with self._units.writing() as unit:
                await unit.vouchings.end(place, provider.tenant, provider.id)
                if provider.for_owners:
                    await end_all_without_password(unit, provider, self._clock.now())

    def _sealed(self, provider: Provider, secret: str) -> bytes:
        return self._secrets.seal(secret.encode(), about_secret(provider))


async def opened_provider(
    units: Units, secrets: Secrets, whose: TenantId, provider: ProviderId
) -> tuple[Provider, str]:
    """A provider, and the secret the hub has with it; raises ``NotFound``."""
    async with units.reading() as unit:
        known = await known_provider(unit, whose, provider)
        sealed = await unit.providers.secret(whose, provider)
    if sealed is None:
        raise NotFound("there is no such provider")
    return known, secrets.unseal(sealed, about_secret(known)).decode()


def about_secret(provider: Provider) -> str:
    """What a sealed client secret is bound to."""
    return f"client secret of {provider.tenant}/{provider.id}"


def _widest(for_owners: bool) -> Role:
    """The widest that somebody may be whom a provider lets in."""
    return Role.OWNER if for_owners else Role.ADMINISTRATOR


def _fields(wanted: ProviderWanted) -> dict[str, Any]:
    return attrs.asdict(wanted, recurse=False)


def _said(rule: Rule) -> str:
    return " ".join(filter(None, (rule.value, "→", rule.group, rule.role and rule.role.value)))


def _check_secret(secret: str) -> None:
    if not 1 <= len(secret) <= 1000 or not secret.isprintable():
        next_step = "Copy it from the provider's page about the application."
        raise BadInput("this is no client secret", next_step=next_step, field="secret")
