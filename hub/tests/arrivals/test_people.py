"""Who becomes whom by signing in through a provider, in which groups and with which role."""

from __future__ import annotations

import pytest
from hub_rig import PASSWORD, AgentKey, RemoteAgent
from issuer_rig import Contoso

from tympan_hub.domain.errors import BadInput, Conflict, InvitationEnded
from tympan_hub.domain.people import CONSOLE, PersonFilter, Role
from tympan_hub.domain.providers import ClaimNames
from tympan_wire.hub import Operation

pytestmark = pytest.mark.anyio
BEA = "bea@acme.example"


async def test_a_disabled_person_does_not_come_in(contoso: Contoso) -> None:
    await contoso.come()
    [person] = (await contoso.hub.services.people.find(contoso.tenant, CONSOLE, PersonFilter())).people
    await contoso.hub.services.people.disable(contoso.tenant, CONSOLE, person.id)
    assert not await contoso.signed_in()
    answer = await contoso.come()
    assert answer.status_code == 401
    assert "disabled" in answer.text


async def test_nobody_is_added_where_the_provider_may_not(contoso: Contoso) -> None:
    await contoso.change(adds_unknown=False)
    answer = await contoso.come()
    assert "nobody has added you" in answer.text
    assert await contoso.people() == {}


async def test_somebody_who_is_here_is_known_again_by_a_verified_address(contoso: Contoso) -> None:
    await contoso.hub.person(contoso.tenant, Role.OPERATOR, "bea@acme.example")
    assert (await contoso.come()).status_code == 303
    assert await contoso.people() == {"bea@acme.example": Role.OPERATOR}
    acts = {entry.act for entry in await contoso.hub.services.audit.page(contoso.tenant, CONSOLE)}
    assert "person.link" in acts


@pytest.mark.parametrize("verified", [False, None, "yes", 1])
async def test_an_address_nobody_vouches_for_makes_nobody_somebody(contoso: Contoso, verified: object) -> None:
    await contoso.hub.person(contoso.tenant, Role.ADMINISTRATOR, "bea@acme.example")
    contoso.issuer.person["email_verified"] = verified
    answer = await contoso.come()
    assert answer.status_code == 401
    assert "your e-mail address already" in answer.text


async def test_no_address_links_where_the_provider_may_not(contoso: Contoso) -> None:
    await contoso.hub.person(contoso.tenant, Role.ADMINISTRATOR, "bea@acme.example")
    await contoso.change(links_by_email=False)
    assert (await contoso.come()).status_code == 401


async def test_nobody_of_another_tenant_is_linked_or_in_the_way(contoso: Contoso) -> None:
    """Who comes is a person of the provider's tenant, whoever has the address elsewhere, and be it a service owner."""
    other, owner = await contoso.hub.tenant("Other"), await contoso.hub.owner()
    await contoso.hub.person(other, Role.ADMINISTRATOR, "bea@acme.example")
    for subject, email in (("7", "bea@acme.example"), ("8", owner.email)):
        contoso.issuer.person |= {"sub": subject, "email": email}
        assert (await contoso.come()).status_code == 303
        assert (await contoso.people())[email] is Role.USER
    async with contoso.hub.units.reading() as unit:
        for tenant in (other, owner.tenant):
            assert await unit.identities.get(tenant, contoso.issuer.url, "7") is None


async def test_who_came_through_a_provider_has_no_password(contoso: Contoso) -> None:
    await contoso.come()
    for password in ("-", "", "a password nobody has", PASSWORD):
        with pytest.raises(Exception, match="wrong"):
            await contoso.hub.services.passwords.sign_in("bea@acme.example", password, source="x")


async def test_groups_of_the_provider_are_groups_and_roles_here(contoso: Contoso) -> None:
    await contoso.hub.person(contoso.tenant)
    await contoso.rule("staff", group="Everybody")
    await contoso.rule("desk", group="Front desk", role=Role.OPERATOR)
    await contoso.rule("it", role=Role.ADMINISTRATOR)
    contoso.issuer.person["groups"] = ["staff", "desk", "it", "unheard of", 7]
    await contoso.come()
    assert (await contoso.people())[BEA] is Role.ADMINISTRATOR
    assert await contoso.groups() == {"Everybody": 1, "Front desk": 1}
    contoso.issuer.person["groups"] = "staff"
    await contoso.come()
    assert (await contoso.people())[BEA] is Role.USER
    assert await contoso.groups() == {"Everybody": 1, "Front desk": 0}


async def test_groups_stand_where_the_administrator_says(contoso: Contoso) -> None:
    await contoso.change(claims=ClaimNames(groups="realm_access.roles"))
    await contoso.rule("staff", group="Everybody")
    contoso.issuer.person["realm_access"] = {"roles": ["staff"]}
    await contoso.come()
    assert await contoso.groups() == {"Everybody": 1}


async def test_what_the_token_does_not_say_is_taken_from_the_user_info(contoso: Contoso) -> None:
    await contoso.rule("staff", group="Everybody")
    contoso.issuer.open_userinfo = {"groups": ["staff"], "sub": "7"}
    await contoso.come()
    assert await contoso.groups() == {"Everybody": 1}
    contoso.issuer.open_userinfo = {"groups": ["staff"], "sub": "8"}
    contoso.client.cookies.clear()
    assert (await contoso.come()).status_code == 401


async def test_a_role_given_by_hand_is_kept_and_one_the_provider_gave_is_not(contoso: Contoso) -> None:
    await contoso.hub.person(contoso.tenant)
    await contoso.hub.person(contoso.tenant, Role.OPERATOR, BEA)
    await contoso.rule("it", role=Role.ADMINISTRATOR)
    contoso.issuer.person["groups"] = ["it"]
    await contoso.come()
    assert (await contoso.people())[BEA] is Role.ADMINISTRATOR
    contoso.issuer.person["groups"] = []
    await contoso.come()
    assert (await contoso.people())[BEA] is Role.OPERATOR


async def test_who_a_provider_takes_the_role_from_leaves_no_way_back(contoso: Contoso) -> None:
    await contoso.hub.person(contoso.tenant)
    await contoso.rule("it", role=Role.ADMINISTRATOR)
    contoso.issuer.person["groups"] = ["it"]
    await contoso.come()
    (bea,) = (await contoso.hub.services.people.find(contoso.tenant, CONSOLE, PersonFilter(text=BEA))).people
    link, _ = await contoso.hub.services.invitations.make(
        contoso.tenant, bea.actor, email="evil@elsewhere.example", role=Role.ADMINISTRATOR
    )
    token = await contoso.hub.services.agents.make_token(contoso.tenant, bea.actor)
    contoso.issuer.person["groups"] = []
    await contoso.come()
    with pytest.raises(InvitationEnded):
        await contoso.hub.services.invitations.open(link)
    machine = RemoteAgent(client=contoso.hub.client, clock=contoso.hub.clock, key=AgentKey.new())
    assert (await machine.post(Operation.ENROL, machine.enrol_request(token))).status_code == 401


async def test_the_last_administrator_keeps_the_role_and_the_log_says_so(contoso: Contoso) -> None:
    await contoso.rule("it", role=Role.ADMINISTRATOR)
    contoso.issuer.person["groups"] = ["it"]
    await contoso.come()
    contoso.issuer.person["groups"] = []
    await contoso.come()
    assert await contoso.people() == {BEA: Role.ADMINISTRATOR}
    (entry, *_) = await contoso.hub.services.audit.page(contoso.tenant, CONSOLE)
    assert (entry.act, entry.subject) == ("person.role-kept", BEA)
    assert "last administrator" in entry.detail
    await contoso.hub.person(contoso.tenant)
    await contoso.come()
    assert (await contoso.people())[BEA] is Role.USER


async def test_no_provider_makes_service_owners(contoso: Contoso) -> None:
    with pytest.raises(BadInput, match="service owner"):
        await contoso.rule("it", role=Role.OWNER)


async def test_a_group_administrators_fill_is_left_alone(contoso: Contoso) -> None:
    await contoso.hub.services.groups.add(contoso.tenant, CONSOLE, name="Board")
    with pytest.raises(Conflict, match="administrators choose"):
        await contoso.rule("board", group="Board")


async def test_a_login_too_long_to_be_one_gives_way_to_the_address(contoso: Contoso) -> None:
    await contoso.change(claims=ClaimNames(login="samaccount"))
    contoso.issuer.person["samaccount"] = "b" * 200
    await contoso.come()
    (bea,) = (await contoso.hub.services.people.find(contoso.tenant, CONSOLE, PersonFilter())).people
    assert bea.login == "bea"
