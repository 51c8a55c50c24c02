"""Service owners a provider vouches for: asked about again, and out when it says no."""

from __future__ import annotations

import pytest
from issuer_rig import CHIEF, Contoso, actor, code_of, linked, look_again, session_here, session_secret, sign_in

from tympan_hub.domain.errors import InvitationEnded, NotSignedIn
from tympan_hub.domain.ids import SERVICE
from tympan_hub.domain.limits.providers import OWNER_VOUCHED
from tympan_hub.domain.people import CONSOLE, Role

pytestmark = pytest.mark.anyio


async def test_who_is_disabled_at_the_provider_is_out_within_a_minute(owners: Contoso) -> None:
    await owners.come()
    assert await look_again(owners)
    owners.issuer.answers_refresh = False
    assert not await look_again(owners)


async def test_who_loses_the_group_is_out_with_all_they_made(owners: Contoso) -> None:
    await owners.come()
    by = await actor(owners)
    link, _ = await owners.hub.services.invitations.make(
        owners.tenant, by, email="friend@elsewhere.example", role=Role.ADMINISTRATOR
    )
    owners.issuer.person["groups"] = []
    assert not await look_again(owners)
    with pytest.raises(InvitationEnded):
        await owners.hub.services.invitations.open(link)
    assert (await owners.come()).status_code == 401
    owners.issuer.person["groups"] = ["root"]
    assert (await owners.come()).status_code == 303


@pytest.mark.parametrize("how", ["no", "removed", "another issuer", "removed while signed out"])
async def test_who_can_come_no_more_leaves_no_way_in(owners: Contoso, how: str) -> None:
    await owners.come()
    by, services = await actor(owners), owners.hub.services
    link, _ = await services.invitations.make(owners.tenant, by, email="f@elsewhere.example", role=Role.ADMINISTRATOR)
    if how == "no":
        owners.issuer.answers_refresh = False
        assert not await look_again(owners)
    elif how == "another issuer":
        await owners.change(links_by_email=False, issuer="https://another.example")
    else:
        if "signed out" in how:
            await services.sessions.sign_out(session_secret(owners))
        await services.providers.remove(SERVICE, CONSOLE, owners.provider.id)
    with pytest.raises(InvitationEnded):
        await services.invitations.open(link)
    assert "person.turned-away" in {entry.act for entry in await services.audit.page(SERVICE, CONSOLE)}


async def test_a_provider_that_says_no_leaves_an_owner_with_a_password_what_they_made(owners: Contoso) -> None:
    local = await linked(owners)
    await owners.come()
    made = await owners.hub.services.invitations.make(
        owners.tenant, local.actor, email="f@elsewhere.example", role=Role.USER
    )
    owners.issuer.answers_refresh = False
    assert not await look_again(owners)
    await owners.hub.services.invitations.open(made[0])


async def test_a_provider_that_is_away_is_borne_for_minutes(owners: Contoso) -> None:
    await owners.come()
    owners.issuer.broken = "/token"
    assert await look_again(owners)
    owners.hub.clock.forward(seconds=OWNER_VOUCHED.total_seconds())
    assert not await owners.signed_in()


async def test_a_provider_that_tells_no_claims_again_is_silent_about_whom_a_rule_made_an_owner(owners: Contoso) -> None:
    owners.issuer.refresh_has_token = False
    await owners.come()
    assert await look_again(owners)
    owners.hub.clock.forward(seconds=OWNER_VOUCHED.total_seconds())
    assert not await owners.signed_in()
    await owners.come()
    await owners.hub.services.providers.remove_rule(
        SERVICE, CONSOLE, owners.provider.id, value="root", group=None, role=Role.OWNER
    )
    assert not await look_again(owners)


async def test_a_provider_that_tells_no_claims_again_is_enough_for_who_linked(owners: Contoso) -> None:
    await linked(owners)
    owners.issuer.refresh_has_token = False
    await owners.come()
    owners.hub.clock.forward(seconds=OWNER_VOUCHED.total_seconds() + 1)
    assert await owners.signed_in()
    assert await look_again(owners)


async def test_a_link_that_is_taken_away_takes_what_waits_for_a_second_step_along(owners: Contoso) -> None:
    local, factor = await linked(owners), owners.hub.services.second_factor
    await sign_in(owners, local)
    mine = await session_here(owners)
    await factor.begin(mine)
    shown = await factor.set_up(mine)
    await factor.confirm(mine, code_of(shown.secret, owners))
    owners.client.cookies.clear()
    await owners.come()
    half = next(value for name, value in owners.client.cookies.items() if name.endswith("tympan-half"))
    await owners.hub.services.arrivals.unlink(mine, owners.issuer.url, CHIEF["sub"])
    with pytest.raises(NotSignedIn):
        await factor.waiting(half)


async def test_removing_the_provider_ends_the_sessions_it_vouched_for(owners: Contoso) -> None:
    await owners.come()
    await owners.hub.services.providers.remove(SERVICE, CONSOLE, owners.provider.id)
    assert not await owners.signed_in()
