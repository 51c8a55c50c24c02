"""Settings, and whom the service speaks with."""

from __future__ import annotations

import attrs

from tympan.plugin import Host, HubLink, Member, Membership, NoticeSource, Settings


@attrs.frozen(kw_only=True)
class SyncSettings:
    """Settings, as in ``plugin.toml``."""

    titles: bool = True
    poll_s: float = 300.0
    settle_s: float = 0.5

    @classmethod
    def of(cls, settings: Settings) -> SyncSettings:
        """As the host gives them."""
        return cls(
            titles=settings.flag("titles"), poll_s=settings.number("poll_s"), settle_s=settings.number("settle_s")
        )


@attrs.frozen(kw_only=True, eq=False)
class Link:
    """The plugins that lead to the hub, as they run now."""

    hub: HubLink
    membership: Membership
    notices: tuple[NoticeSource, ...]

    @classmethod
    def of(cls, host: Host) -> Link | None:
        """Those there are; None while one is missing."""
        hubs = host.ports(HubLink)  # type: ignore[type-abstract]
        memberships = host.ports(Membership)  # type: ignore[type-abstract]
        if not hubs or not memberships:
            return None
        sources = host.ports(NoticeSource)  # type: ignore[type-abstract]
        return cls(hub=hubs[0], membership=memberships[0], notices=sources)

    def same(self, other: Link | None) -> bool:
        """Whether the same plugins lead there still."""
        if other is None or self.hub is not other.hub or self.membership is not other.membership:
            return False
        return [id(source) for source in self.notices] == [id(source) for source in other.notices]

    def belongs(self, member: Member) -> bool:
        """Whether this agent is still the one it was at the hub; trouble does not change that."""
        now = self.membership.member
        return now is not None and (now.address, now.agent) == (member.address, member.agent)
