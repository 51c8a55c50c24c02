"""Whom the plugin speaks with: the plugins that lead to the hub, as they run now."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import attrs
import trio

from tympan.plugin import Host, HubLink, Member, Membership, PortsChanged


@attrs.frozen(kw_only=True, eq=False)
class Link:
    """The way to the hub, and whom this agent belongs to there."""

    hub: HubLink
    membership: Membership

    @classmethod
    def of(cls, host: Host) -> Link | None:
        """The way there is; None while a plugin is missing."""
        hubs = host.ports(HubLink)  # type: ignore[type-abstract]
        memberships = host.ports(Membership)  # type: ignore[type-abstract]
        return cls(hub=hubs[0], membership=memberships[0]) if hubs and memberships else None

    @property
    def member(self) -> Member | None:
        """Whom this agent belongs to."""
        return self.membership.member

    def same(self, other: Link | None) -> bool:
        """Whether the same plugins lead there still."""
        return other is not None and self.hub is other.hub and self.membership is other.membership


def member_of(host: Host) -> Member | None:
    """What the hub calls this agent; None when it belongs to none, or no plugin knows."""
    link = Link.of(host)
    return None if link is None else link.member


def same_member(one: Member | None, other: Member | None) -> bool:
    """Whether this agent is still the one it was at the hub; trouble does not change that."""
    if one is None or other is None:
        return one is other
    return (one.address, one.agent) == (other.address, other.agent)


async def belong(host: Host, work: Callable[[Link, Member], Awaitable[None]]) -> None:
    """Runs something for as long as this agent is the same one at the same hub; anew for each it comes to be."""
    with host.bus.subscribe(PortsChanged, size=1) as changes:
        while True:
            link = Link.of(host)
            async with trio.open_nursery() as nursery:
                if link is not None:
                    nursery.start_soon(_while_member, link, work)
                while link is None or link.same(Link.of(host)):
                    await changes.receive()
                    if link is None:
                        break
                nursery.cancel_scope.cancel()


async def _while_member(link: Link, work: Callable[[Link, Member], Awaitable[None]]) -> None:
    while True:
        member = link.member
        async with trio.open_nursery() as nursery:
            if member is not None:
                nursery.start_soon(work, link, member)
            while same_member(member, link.member):
                await link.membership.wait_changed()
            nursery.cancel_scope.cancel()
