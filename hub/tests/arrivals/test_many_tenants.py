"""A provider of many tenants: into which one somebody comes, and to whom it is shown."""

from __future__ import annotations

import attrs
import pytest
from hub_rig import BIRTH
from issuer_rig import SECRET, Contoso, wish

from tympan_hub.domain.errors import Conflict
from tympan_hub.domain.ids import SERVICE
from tympan_hub.domain.people import CONSOLE, Role
from tympan_hub.domain.providers import ANY_TENANT, EMAIL_DOMAIN, ClaimNames, Provider

pytestmark = pytest.mark.anyio


async def shared(contoso: Contoso, **claims: str) -> None:
    """A provider of the service that serves several tenants takes the place of the tenant's."""
    await contoso.hub.services.providers.remove(contoso.tenant, CONSOLE, contoso.provider.id)
    wanted = attrs.evolve(wish(contoso.issuer.url), claims=ClaimNames(**claims), links_by_email=False)
    contoso.provider = await contoso.hub.services.providers.add(SERVICE, CONSOLE, wanted, SECRET)


async def test_a_provider_of_many_tenants_lets_each_into_their_own(contoso: Contoso) -> None:
    other = await contoso.hub.tenant("Other")
    await shared(contoso, home="tid")
    for value, home in (("one", contoso.tenant), ("two", other)):
        await contoso.hub.services.providers.add_home(SERVICE, CONSOLE, contoso.provider.id, value=value, home=home)
    await contoso.rule("staff", group="Everybody", role=Role.OPERATOR)
    for value, email in (("one", "a@x.example"), ("two", "b@x.example")):
        contoso.issuer.person = {"sub": value, "email": email, "tid": value, "groups": ["staff"]}
        assert (await contoso.come()).status_code == 303
    assert await contoso.people() == {"a@x.example": Role.OPERATOR}
    assert await contoso.people(other) == {"b@x.example": Role.OPERATOR}
    for stranger in ("three", "", None, ["one"]):
        contoso.issuer.person["tid"] = stranger
        answer = await contoso.come()
        assert answer.status_code == 401
        assert "organisation is not known" in answer.text


async def test_who_changes_the_tenant_is_signed_out(contoso: Contoso) -> None:
    await shared(contoso, home="tid")
    await contoso.hub.services.providers.add_home(
        SERVICE, CONSOLE, contoso.provider.id, value="one", home=contoso.tenant
    )
    contoso.issuer.person["tid"] = "one"
    assert (await contoso.come()).status_code == 303
    contoso.issuer.person["tid"] = "two"
    assert not await contoso.look_again()


@pytest.mark.parametrize(("verified", "status"), [(True, 303), (False, 401)])
async def test_only_a_verified_address_tells_the_tenant(contoso: Contoso, verified: bool, status: int) -> None:
    await shared(contoso, home=EMAIL_DOMAIN)
    await contoso.hub.services.providers.add_home(
        SERVICE, CONSOLE, contoso.provider.id, value="acme.example", home=contoso.tenant
    )
    contoso.issuer.person["email_verified"] = verified
    assert (await contoso.come()).status_code == status


async def test_an_issuer_with_a_place_for_the_organisation(contoso: Contoso) -> None:
    """As Entra ID does for all organisations: the token names the organisation's own issuer."""
    organisation = "4f2f1c5e-0000-4000-8000-000000000001"
    template = f"{contoso.issuer.url}/{ANY_TENANT}"
    assert Provider(
        id=contoso.provider.id, tenant=SERVICE, name="x", issuer=template, client_id="x", created_at=BIRTH
    ).issuer_of({"tid": organisation}) == template.replace(ANY_TENANT, organisation)
    for wrong in (None, "", "../evil", organisation + "x", 7):
        provider = attrs.evolve(contoso.provider, issuer=template)
        assert provider.issuer_of({"tid": wrong}) == ""


async def offered(contoso: Contoso, email: str = "") -> bool:
    """Whether the page of sign-in shows the provider, to a stranger or to who types an address."""
    page = await contoso.client.get("/sign-in")
    if email:
        secret = page.text.partition('name="csrf" value="')[2].partition('"')[0]
        page = await contoso.client.post("/sign-in/organisation", data={"csrf": secret, "email": email})
    assert page.status_code == 200
    assert 'name="password"' in page.text
    return "Sign in with Contoso" in page.text


async def test_a_tenants_providers_are_shown_to_its_own_people_where_there_are_several(contoso: Contoso) -> None:
    await contoso.change(domains=("acme.example",))
    assert await offered(contoso)
    other = await contoso.hub.tenant("Other")
    assert not await offered(contoso)
    assert await offered(contoso, " Bea@ACME.example ")
    for stranger in ("bea@other.example", "acme.example", "@", "bea@x.acme.example", "bea@acme.example.evil"):
        assert await offered(contoso, stranger) is (stranger == "acme.example")
    wanted = attrs.evolve(wish("https://evil.example"), domains=("acme.example",))
    with pytest.raises(Conflict, match="domain"):
        await contoso.hub.services.providers.add(other, CONSOLE, wanted, SECRET)


async def test_a_provider_of_many_tenants_is_shown_to_everybody(contoso: Contoso) -> None:
    await contoso.hub.tenant("Other")
    await shared(contoso, home="tid")
    assert await offered(contoso)
