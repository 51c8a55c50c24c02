"""Settings, and whom the service speaks with."""

from __future__ import annotations

import attrs

from tympan.plugin import Host, HubIdentity, HubLink, Member, Membership, Settings


@attrs.frozen(kw_only=True)
class MqttSettings:
    """Settings, as in ``plugin.toml``."""

    echo_interval_s: float = 30.0
    echo_wait_s: float = 15.0
    retry_first_s: float = 10.0
    retry_last_s: float = 300.0

    @classmethod
    def of(cls, settings: Settings) -> MqttSettings:
        """As the host gives them."""
        return cls(**{field.name: settings.number(field.name) for field in attrs.fields(cls)})


@attrs.frozen(kw_only=True)
class Way:
    """The plugins that lead to the hub, as they run now."""

    hub: HubLink = attrs.field(eq=id)
    identity: HubIdentity = attrs.field(eq=id)
    membership: Membership = attrs.field(eq=id)

    @classmethod
    def of(cls, host: Host) -> Way | None:
        """Those there are; None while one is missing."""
        hubs = host.ports(HubLink)  # type: ignore[type-abstract]
        identities = host.ports(HubIdentity)  # type: ignore[type-abstract]
        memberships = host.ports(Membership)  # type: ignore[type-abstract]
        if not (hubs and identities and memberships):
            return None
        return cls(hub=hubs[0], identity=identities[0], membership=memberships[0])

    def belongs(self, member: Member) -> bool:
        """Whether this agent is still the one it was at the hub; trouble does not change that."""
        now = self.membership.member
        return now is not None and (now.address, now.agent) == (member.address, member.agent)
