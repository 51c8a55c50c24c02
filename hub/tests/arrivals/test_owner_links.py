"""Service owners who link their account to a provider: by their password, in their own session."""

from __future__ import annotations

import pytest
from issuer_rig import Contoso, actor, ask_link, code_of, linked, local_owner, secret_of, session_here, sign_in, way_out

from tympan_hub.domain.errors import NeedsPassword, NotSignedIn, ProviderRefused
from tympan_hub.domain.ids import SERVICE, TenantId, hash_of
from tympan_hub.domain.people import CONSOLE, Role
from tympan_hub.domain.policy import OWNER_FACTOR, Verdict
from tympan_hub.domain.second_factor import STEP_S

pytestmark = pytest.mark.anyio


async def test_an_owner_links_and_comes_in_as_themselves_until_they_unlink(owners: Contoso) -> None:
    owners.issuer.person = {"sub": "77", "email": "other@elsewhere.example"}
    local = await local_owner(owners)
    await sign_in(owners, local)
    answer = await owners.client.get(owners.issuer.authorise(way_out(await ask_link(owners))))
    assert answer.headers["location"] == "/account?said=provider-linked"
    owners.client.cookies.clear()
    assert (await owners.come()).status_code == 303
    assert (await actor(owners)).person == local.id
    page = await owners.client.get("/account")
    assert "links are changed by who signed in with a password" in page.text
    unlink = {"issuer": owners.issuer.url, "subject": "77"}
    answer = await owners.client.post("/account/links/remove", data={"csrf": secret_of(page)} | unlink)
    assert answer.status_code == 403
    first = dict(owners.client.cookies)
    owners.client.cookies.clear()
    await sign_in(owners, local)
    page = await owners.client.get("/account")
    answer = await owners.client.post("/account/links/remove", data={"csrf": secret_of(page)} | unlink)
    assert answer.headers["location"] == "/account?said=provider-unlinked"
    assert await owners.signed_in()
    owners.client.cookies.clear()
    owners.client.cookies.update(first)
    assert not await owners.signed_in()
    assert (await owners.come()).status_code == 401


async def test_a_provider_sets_no_second_factor_of_an_owner_with_a_password(owners: Contoso) -> None:
    """Whoever runs it would else lock the owner out of the one way that needs no provider."""
    local, factor = await linked(owners), owners.hub.services.second_factor
    await owners.come()
    vouched = await session_here(owners)
    tries = [factor.begin(vouched), factor.set_up(vouched), factor.confirm(vouched, "123456")]
    tries += [factor.new_codes(vouched, "123456"), factor.drop(vouched, "123456")]
    for tried in tries:
        with pytest.raises(NeedsPassword):
            await tried
    page = await owners.client.get("/account")
    assert "it is changed by who signed in with a password" in page.text
    assert (await owners.client.post("/account/second-factor", data={"csrf": secret_of(page)})).status_code == 403
    owners.client.cookies.clear()
    assert (await sign_in(owners, local)).headers["location"] == "/"


async def test_a_demanded_second_factor_is_set_up_after_the_password_alone(owners: Contoso) -> None:
    local, factor = await linked(owners), owners.hub.services.second_factor
    await owners.hub.services.policy.switch(SERVICE, CONSOLE, OWNER_FACTOR, Verdict.ON)
    answer = await owners.come()
    assert answer.status_code == 401
    assert "Sign in with your password once" in answer.text
    owners.client.cookies.clear()
    assert (await sign_in(owners, local)).headers["location"].startswith("/sign-in/second")
    half = next(value for name, value in owners.client.cookies.items() if name.endswith("tympan-half"))
    shown = await factor.waiting(half)
    assert shown
    mine = (await factor.finish(half, code_of(shown.secret, owners))).session
    owners.client.cookies.clear()
    assert (await owners.come()).headers["location"] == "/sign-in/second"  # the owner's own app is asked for
    half = next(value for name, value in owners.client.cookies.items() if name.endswith("tympan-half"))
    await owners.hub.services.policy.switch(SERVICE, CONSOLE, OWNER_FACTOR, Verdict.OFF)
    owners.hub.clock.forward(seconds=STEP_S)
    await factor.drop(mine, code_of(shown.secret, owners))
    await factor.begin(mine)  # another app, while what came through the provider still waits
    for late in (factor.waiting(half), factor.finish(half, "123456")):
        with pytest.raises(ProviderRefused):
            await late


async def test_a_link_takes_the_password(owners: Contoso) -> None:
    await sign_in(owners, await local_owner(owners))
    answer = await ask_link(owners, "wrong horse battery")
    assert answer.status_code == 422
    assert "not your password" in answer.text


async def test_a_link_is_made_in_the_session_that_asked_for_it(owners: Contoso) -> None:
    """Somebody else's session in the same browser, none at all, or one that ended: nothing is linked."""
    local = await local_owner(owners)
    other = await owners.hub.person(SERVICE, Role.OWNER, "second@service.example")
    for meanwhile in (other, None, local):
        owners.client.cookies.clear()
        await sign_in(owners, local)
        back = owners.issuer.authorise(way_out(await ask_link(owners)))
        for name in [name for name in owners.client.cookies if name.endswith("tympan-session")]:
            owners.client.cookies.delete(name)
        if meanwhile is not None:
            await sign_in(owners, meanwhile)
        assert (await owners.client.get(back)).status_code == 401
    async with owners.hub.units.reading() as unit:
        assert await unit.identities.get(SERVICE, owners.issuer.url, "9") is None


async def test_a_link_takes_no_account_another_owner_comes_with(owners: Contoso) -> None:
    assert (await owners.come()).status_code == 303
    owners.client.cookies.clear()
    await sign_in(owners, await local_owner(owners))
    answer = await owners.client.get(owners.issuer.authorise(way_out(await ask_link(owners))))
    assert answer.status_code == 401
    assert "Another service owner" in answer.text


async def test_people_of_a_tenant_link_nothing(owners: Contoso) -> None:
    administrator = await owners.hub.person(owners.tenant)
    await sign_in(owners, administrator)
    assert (await ask_link(owners)).status_code == 403


async def test_a_session_is_bound_to_what_was_sealed_for_it(owners: Contoso) -> None:
    await owners.come()
    secret = next(value for name, value in owners.client.cookies.items() if name.endswith("tympan-session"))
    async with owners.hub.units.reading() as unit:
        vouched = await unit.vouchings.get(TenantId(SERVICE), hash_of(secret))
    assert vouched
    assert vouched.whose == SERVICE
    await owners.hub.services.sessions.sign_out(secret)
    with pytest.raises(NotSignedIn):
        await owners.hub.services.vouched_sessions.get(secret)
