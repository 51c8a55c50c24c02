"""Whom the plugin speaks with: the plugins that lead to the hub, as they run now."""

from __future__ import annotations

import attrs

from tympan.plugin import Host, HubLink, Member, Membership


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
