"""Sign-in through a provider that misbehaves on purpose: which answers and tokens are refused."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import attrs
import pytest
from hub_rig import BIRTH
from issuer_rig import CLIENT, SECRET, URL, Contoso, issuing, wish
from joserfc.jwk import ECKey

from tympan_hub.domain.limits.attempts import ATTEMPTS_PER_SOURCE
from tympan_hub.domain.people import CONSOLE, Role

pytestmark = pytest.mark.anyio


async def test_somebody_unknown_comes_in_and_is_known_from_then_on(contoso: Contoso) -> None:
    address = await contoso.leave("/jobs")
    asked = parse_qs(urlsplit(address).query)
    assert asked["response_type"] == ["code"]
    assert asked["code_challenge_method"] == ["S256"]
    assert asked["redirect_uri"] == [f"{URL}/sign-in/back/acme/contoso"]
    answer = await contoso.client.get(contoso.issuer.authorise(address))
    assert (answer.status_code, answer.headers["location"]) == (303, "/jobs")
    assert "Bea Ito" in (await contoso.client.get("/")).text
    contoso.client.cookies.clear()
    contoso.issuer.person["email"] = "renamed@acme.example"
    await contoso.come()
    assert await contoso.people() == {"bea@acme.example": Role.USER}
    acts = [entry.act for entry in await contoso.hub.services.audit.page(contoso.tenant, CONSOLE)]
    assert acts.count("person.add") == 1


LIES: dict[str, dict[str, Any]] = {
    "wrong nonce": {"nonce": "another"},
    "no nonce": {"nonce": None},
    "wrong audience": {"aud": "another"},
    "an audience more without authorized party": {"aud": [CLIENT, "another"]},
    "wrong authorized party": {"azp": "another"},
    "audience of no text": {"aud": {CLIENT: 1}},
    "expired": {"exp": int(BIRTH.timestamp()) - 300},
    "no expiry": {"exp": None},
    "expiry of no number": {"exp": "never"},
    "expiry without end": {"exp": float("1e308")},
    "issued in an hour": {"iat": int(BIRTH.timestamp()) + 3600},
    "issued yesterday": {"iat": int(BIRTH.timestamp()) - 86400},
    "not yet valid": {"nbf": int(BIRTH.timestamp()) + 3600},
    "wrong issuer": {"iss": "https://evil.example"},
    "no subject": {"sub": ""},
    "endless subject": {"sub": "x" * 300},
    "another access token": {"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"},
}


@pytest.mark.parametrize("lie", LIES)
async def test_a_token_that_lies_lets_nobody_in(contoso: Contoso, lie: str) -> None:
    contoso.issuer.lies = LIES[lie]
    answer = await contoso.come()
    assert answer.status_code == 401, lie
    assert "could not be verified" in answer.text
    assert not await contoso.signed_in()
    assert await contoso.people() == {}


@pytest.mark.parametrize("how", ["unsigned", "shared"])
async def test_a_token_without_the_providers_signature_lets_nobody_in(contoso: Contoso, how: str) -> None:
    setattr(contoso.issuer, how, True)
    assert (await contoso.come()).status_code == 401
    assert not await contoso.signed_in()


async def test_a_key_nobody_published_signs_nothing_and_keys_are_not_fetched_for_each_try(contoso: Contoso) -> None:
    contoso.issuer.key = ECKey.generate_key("P-256", {"kid": "stranger"})
    for _ in range(3):
        contoso.hub.clock.forward(seconds=1)
        assert (await contoso.come()).status_code == 401
    assert contoso.issuer.hits["/jwks"] == 1


async def test_a_key_that_was_changed_is_learnt(contoso: Contoso) -> None:
    await contoso.come()
    contoso.issuer.key = ECKey.generate_key("P-256", {"kid": "two", "use": "sig"})
    contoso.issuer.published.append(contoso.issuer.key)
    contoso.hub.clock.forward(seconds=90)
    assert (await contoso.come()).status_code == 303
    assert contoso.issuer.hits["/.well-known/openid-configuration"] == 1
    assert contoso.issuer.hits["/jwks"] == 2


async def test_an_answer_is_taken_once(contoso: Contoso) -> None:
    address = contoso.issuer.authorise(await contoso.leave())
    kept = dict(contoso.client.cookies)
    assert (await contoso.client.get(address)).status_code == 303
    contoso.client.cookies.clear()
    assert (await contoso.client.get(address)).status_code == 401
    contoso.client.cookies.update(kept)
    again = await contoso.client.get(address)
    assert again.status_code == 401
    assert "Begin again" in again.text


async def test_a_code_is_taken_once(contoso: Contoso) -> None:
    """The provider refuses a code it took: another state of the same browser does not help."""
    first = contoso.issuer.authorise(await contoso.leave())
    code = parse_qs(urlsplit(first).query)["code"][0]
    assert (await contoso.client.get(first)).status_code == 303
    contoso.client.cookies.clear()
    assert (await contoso.come(code=code)).status_code == 401


@pytest.mark.parametrize(
    "other",
    [{"state": "guessed"}, {"state": ""}, {"iss": "https://evil.example"}, {"iss": ""}, {"code": ""}],
    ids=str,
)
async def test_an_answer_that_does_not_fit_is_refused(contoso: Contoso, other: dict[str, str]) -> None:
    assert (await contoso.come(**other)).status_code == 401
    assert not await contoso.signed_in()


async def test_an_answer_in_another_browser_is_refused(contoso: Contoso) -> None:
    address = contoso.issuer.authorise(await contoso.leave())
    contoso.client.cookies.clear()
    assert (await contoso.client.get(address)).status_code == 401
    await contoso.leave()
    assert (await contoso.client.get(address)).status_code == 401


async def test_an_answer_that_comes_late_is_refused(contoso: Contoso) -> None:
    address = contoso.issuer.authorise(await contoso.leave())
    contoso.hub.clock.forward(minutes=16)
    assert (await contoso.client.get(address)).status_code == 401


async def test_an_answer_of_another_provider_is_refused(contoso: Contoso) -> None:
    async with issuing(contoso.hub.clock) as other:
        wanted = attrs.evolve(wish(other.url), name="Fabrikam")
        await contoso.hub.services.providers.add(contoso.tenant, CONSOLE, wanted, SECRET)
        address = contoso.issuer.authorise(await contoso.leave())
        mixed = address.replace("/acme/contoso", "/acme/fabrikam")
        assert (await contoso.client.get(mixed)).status_code == 401


async def test_who_says_no_at_the_provider_is_told_so(contoso: Contoso) -> None:
    answer = await contoso.come(code="", error="access_denied")
    assert answer.status_code == 401
    assert "did not let you in" in answer.text


async def test_failures_from_one_place_are_bounded_and_successes_are_not_counted(contoso: Contoso) -> None:
    for _ in range(3):
        assert (await contoso.come()).status_code == 303
    for _ in range(ATTEMPTS_PER_SOURCE):
        await contoso.client.get(f"/sign-in/back/{contoso.way}?state=x&code=x")
    assert (await contoso.come()).status_code == 429
    contoso.hub.clock.forward(minutes=16)
    assert (await contoso.come()).status_code == 303


async def test_signing_in_leads_nowhere_else(contoso: Contoso) -> None:
    address = await contoso.leave("//evil.example")
    assert (await contoso.client.get(contoso.issuer.authorise(address))).headers["location"] == "/"
