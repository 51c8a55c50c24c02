"""The administrator and what belongs to a person: a badge, a mail address, a second factor, an invitation."""

from __future__ import annotations

import uuid
from collections.abc import Collection

import attrs
from hub_rig import BIRTH

from border_rig._ground import Goods, Ground
from tympan_hub.domain.badges import Badge
from tympan_hub.domain.groups import Group
from tympan_hub.domain.ids import GroupId, InvitationId, MailAddressId, PersonId, TokenHash, hash_of
from tympan_hub.domain.invitations import Ending, Invitation
from tympan_hub.domain.jobs import Owner
from tympan_hub.domain.mail_addresses import MailAddress
from tympan_hub.domain.people import Person, PersonFilter, Role
from tympan_hub.domain.second_factor import SecondFactor


async def people(ground: Ground) -> Goods:
    """All that a person may have, of the administrator; and somebody who is invited."""
    hub, tenant, admin, group = ground.hub, ground.tenant, ground.admin, ground.group
    badge = await hub.services.badges.add(tenant, admin, admin.id, "04a24b91")
    invited, invitation = await hub.services.invitations.make(
        tenant, admin.actor, email="new@acme.example", role=Role.USER
    )
    factor = SecondFactor(person=admin.id, sealed=b"sealed")
    mail = _mail_address(ground)
    async with hub.units.writing() as unit:
        await unit.mail_addresses.put(tenant, mail)
        await unit.second_factors.put(tenant, factor)
        await unit.second_factors.keep_codes(tenant, admin.id, [hash_of("recovery")])
        await unit.attempts.add(tenant, "person x", BIRTH)
    return Goods(
        {
            PersonId: admin.id,
            Person: admin,
            Collection[PersonId]: [admin.id],
            PersonFilter: PersonFilter(group=group.id),
            Owner: Owner(person=admin.id, login=admin.login),
            Collection[str]: ["ben", admin.login],
            GroupId: group.id,
            Group: group,
            Collection[GroupId]: [group.id],
            Badge: attrs.evolve(badge, shown="forged"),
            MailAddress: attrs.evolve(mail, shown="fake"),
            SecondFactor: factor,
            Collection[TokenHash]: [hash_of("forged")],
            Invitation: invitation,
            InvitationId: invitation.id,
            Ending: Ending.REVOKED,
        },
        {
            "digest": badge.digest,
            "mail_secret": hash_of("mail"),
            "recovery": hash_of("recovery"),
            "invited": hash_of(invited),
            "email": admin.email,
            "login": admin.login,
            "maker": PersonId("0" * 32),
            "key": "person x",
        },
    )


def _mail_address(ground: Ground) -> MailAddress:
    return MailAddress(
        id=MailAddressId(uuid.uuid4()),
        tenant=ground.tenant,
        person=ground.admin.id,
        hash=hash_of("mail"),
        shown="mail",
        printer=ground.printer.id,
        made_at=BIRTH,
    )
