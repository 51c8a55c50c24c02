"""Sessions a provider vouches for: asked about again, ended, sealed."""

from __future__ import annotations

import asyncio

import attrs
import pytest
from hub_rig import BIRTH
from issuer_rig import SECRET, Contoso, issuing

from tympan_hub.adapters.sql.providers import SqlProviders
from tympan_hub.domain.errors import Unavailable
from tympan_hub.domain.ids import SERVICE, ProviderId
from tympan_hub.domain.limits.providers import LOOK_AGAIN, VOUCHED
from tympan_hub.domain.people import CONSOLE, Role
from tympan_hub.domain.providers import Provider

pytestmark = pytest.mark.anyio


async def test_the_provider_is_asked_again_and_changed_claims_count(contoso: Contoso) -> None:
    await contoso.rule("staff", group="Everybody", role=Role.OPERATOR)
    contoso.issuer.open_userinfo = {}
    await contoso.come()
    for with_token in (True, False):
        contoso.issuer.refresh_has_token = with_token
        contoso.issuer.person["groups"] = contoso.issuer.open_userinfo["groups"] = ["staff"] if with_token else []
        assert await contoso.look_again()
        assert await contoso.groups() == {"Everybody": int(with_token)}
        assert await contoso.people() == {"bea@acme.example": Role.OPERATOR if with_token else Role.USER}
    assert contoso.issuer.hits["/token"] == 3
    assert await contoso.signed_in()
    assert contoso.issuer.hits["/token"] == 3


async def test_who_is_not_welcome_any_more_is_signed_out(contoso: Contoso) -> None:
    await contoso.come()
    contoso.issuer.answers_refresh = False
    assert not await contoso.look_again()
    contoso.issuer.answers_refresh = True
    assert not await contoso.signed_in()


async def test_an_answer_about_somebody_else_ends_the_session(contoso: Contoso) -> None:
    await contoso.come()
    contoso.issuer.person["sub"] = "8"
    assert not await contoso.look_again()


async def test_a_provider_that_is_away_is_asked_again_soon_and_not_for_ever(contoso: Contoso) -> None:
    await contoso.come()
    contoso.issuer.broken = "/token"
    assert await contoso.look_again()
    contoso.hub.clock.forward(seconds=70)
    assert await contoso.signed_in()
    assert contoso.issuer.hits["/token"] == 3
    contoso.hub.clock.forward(seconds=VOUCHED.total_seconds())
    assert not await contoso.signed_in()


async def test_a_session_nobody_can_ask_about_is_short(contoso: Contoso) -> None:
    contoso.issuer.gives_refresh = False
    await contoso.come()
    contoso.hub.clock.forward(minutes=59)
    assert await contoso.signed_in()
    contoso.hub.clock.forward(minutes=2)
    assert not await contoso.signed_in()


async def test_tokens_and_secret_lie_sealed(contoso: Contoso) -> None:
    await contoso.come()
    contoso.hub.clock.forward(seconds=1)
    async with contoso.hub.database.reader.connect() as connection:
        for table in ("providers", "vouchings"):
            kept = str((await connection.exec_driver_sql(f"SELECT * FROM {table}")).all())
            assert SECRET not in kept
            assert "eyJ" not in kept


async def test_a_provider_that_is_removed_lets_nobody_stay(contoso: Contoso) -> None:
    await contoso.come()
    await contoso.hub.services.providers.remove(contoso.tenant, CONSOLE, contoso.provider.id)
    assert not await contoso.signed_in()
    assert (await contoso.client.get(f"/sign-in/with/{contoso.way}")).status_code == 404
    assert await contoso.people() == {"bea@acme.example": Role.USER}


async def test_signing_out_leads_to_the_provider_too(contoso: Contoso) -> None:
    await contoso.come()
    page = (await contoso.client.get("/account")).text
    secret = page.partition('name="csrf" value="')[2].partition('"')[0]
    answer = await contoso.client.post("/sign-out", data={"csrf": secret})
    assert answer.status_code == 200
    assert f"{contoso.issuer.url}/end?id_token_hint=" in answer.text
    assert not await contoso.signed_in()


async def test_requests_that_come_at_once_use_the_refresh_token_once(contoso: Contoso) -> None:
    await contoso.come()
    contoso.hub.clock.forward(seconds=LOOK_AGAIN.total_seconds() + 1)
    assert all(await asyncio.gather(*(contoso.signed_in() for _ in range(5))))
    assert contoso.issuer.hits["/token"] == 2


@pytest.mark.parametrize("moved", ["issuer", "client"])
async def test_another_issuer_or_client_ends_the_sessions_of_the_one_before_it(contoso: Contoso, moved: str) -> None:
    await contoso.come()
    async with issuing(contoso.hub.clock) as other:
        await contoso.change(**({"issuer": other.url} if moved == "issuer" else {"client_id": "another"}))
        assert not await contoso.signed_in()
        contoso.hub.clock.forward(seconds=LOOK_AGAIN.total_seconds() + 1)
        assert not await contoso.signed_in()
        assert not other.hits


async def test_tokens_of_one_issuer_are_never_sent_to_another(contoso: Contoso) -> None:
    await contoso.come()
    async with issuing(contoso.hub.clock) as other:
        moved = attrs.evolve(contoso.provider, issuer=other.url)
        async with contoso.hub.units.writing() as unit:  # as if the sessions were still to be ended
            await unit.providers.change(contoso.tenant, moved)
        assert not await contoso.look_again()
        assert not other.hits


async def test_a_busy_database_signs_nobody_out(contoso: Contoso, monkeypatch: pytest.MonkeyPatch) -> None:
    await contoso.come()
    contoso.hub.clock.forward(seconds=LOOK_AGAIN.total_seconds() + 1)

    async def busy(*_: object) -> None:
        raise Unavailable("the database is busy")

    monkeypatch.setattr(SqlProviders, "secret", busy)
    assert await contoso.signed_in()
    monkeypatch.undo()
    contoso.hub.clock.forward(seconds=70)
    assert await contoso.signed_in()


@pytest.mark.parametrize(
    ("issuer", "named", "right"),
    [
        ("https://a.example", "https://a.example", True),
        ("https://a.example", "https://b.example", False),
        ("https://a.example/{tenantid}/v2", "https://a.example/0b7f8a4e-1111-2222-3333-444455556666/v2", True),
        ("https://a.example/{tenantid}/v2", "https://b.example/0b7f8a4e-1111-2222-3333-444455556666/v2", False),
        ("https://a.example/{tenantid}/v2", "https://a.example/x/v2", False),
    ],
)
def test_a_provider_knows_the_issuers_it_may_name(issuer: str, named: str, right: bool) -> None:
    provider = Provider(id=ProviderId("p"), tenant=SERVICE, name="P", issuer=issuer, client_id="c", created_at=BIRTH)
    assert provider.issues_as(named) is right
