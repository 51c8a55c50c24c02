"""What a provider publishes about itself, and what of it is believed."""

from __future__ import annotations

import asyncio
from typing import Any

import attrs
import pytest
from issuer_rig import CLIENT, Contoso, wish

from tympan_hub.domain.errors import BadInput, NotAllowed, ProviderTrouble
from tympan_hub.domain.limits.providers import PROVIDER_BYTES, PROVIDER_PAUSE
from tympan_hub.domain.people import CONSOLE, Role

pytestmark = pytest.mark.anyio

BROKEN: dict[str, dict[str, Any]] = {
    "another issuer": {"issuer": "https://evil.example"},
    "no token endpoint": {"token_endpoint": None},
    "plain http elsewhere": {"token_endpoint": "http://10.0.0.1/token"},
    "a file": {"jwks_uri": "file:///etc/passwd"},
    "somebody else's secrets": {"jwks_uri": "https://user:password@login.example/keys"},
    "PKCE without S256": {"code_challenge_methods_supported": ["plain"]},
    "a list": {"issuer": ["x"]},
}


@pytest.mark.parametrize("fault", BROKEN)
async def test_a_document_that_cannot_be_right_is_told(contoso: Contoso, fault: str) -> None:
    contoso.issuer.document = BROKEN[fault]
    with pytest.raises(ProviderTrouble):
        await contoso.hub.services.providers.test(contoso.tenant, CONSOLE, contoso.provider.id)
    answer = await contoso.client.get(f"/sign-in/with/{contoso.way}")
    assert answer.status_code == 503
    assert "does not answer as it should" in answer.text


async def test_a_provider_that_failed_is_let_alone_for_a_moment(contoso: Contoso) -> None:
    contoso.issuer.document = BROKEN["no token endpoint"]
    for _ in range(3):
        answers = [contoso.client.get(f"/sign-in/with/{contoso.way}") for _ in range(4)]
        assert {answer.status_code for answer in await asyncio.gather(*answers)} == {503}
    assert contoso.issuer.hits["/.well-known/openid-configuration"] == 1
    contoso.issuer.document = {}
    contoso.hub.clock.forward(seconds=PROVIDER_PAUSE.total_seconds())
    await contoso.leave()


async def test_who_tries_a_provider_has_it_asked_at_once(contoso: Contoso) -> None:
    contoso.issuer.document = BROKEN["no token endpoint"]
    for asked in (1, 2):
        with pytest.raises(ProviderTrouble):
            await contoso.hub.services.providers.test(contoso.tenant, CONSOLE, contoso.provider.id)
        assert contoso.issuer.hits["/.well-known/openid-configuration"] == asked


async def test_a_document_without_end_is_not_read(contoso: Contoso) -> None:
    contoso.issuer.extra = PROVIDER_BYTES
    with pytest.raises(ProviderTrouble, match="bytes"):
        await contoso.hub.services.providers.test(contoso.tenant, CONSOLE, contoso.provider.id)


async def test_documents_are_read_once_an_hour(contoso: Contoso) -> None:
    for minutes in (0, 30, 29):
        contoso.hub.clock.forward(minutes=minutes)
        await contoso.leave()
    assert contoso.issuer.hits["/.well-known/openid-configuration"] == 1
    contoso.hub.clock.forward(minutes=2)
    await contoso.leave()
    assert contoso.issuer.hits["/.well-known/openid-configuration"] == 2


@pytest.mark.parametrize(
    "address",
    ["http://login.example", "https://", "https://a b", "ftp://x", "https://x?y", "https://x#y", "", "https://x:99999"],
)
async def test_what_is_no_issuer_is_not_taken(contoso: Contoso, address: str) -> None:
    with pytest.raises(BadInput):
        await contoso.change(issuer=address)


async def test_another_issuer_does_not_get_the_secret_of_the_first(contoso: Contoso) -> None:
    wanted = attrs.evolve(wish("https://evil.example"), name="Contoso")
    with pytest.raises(BadInput, match="secret"):
        await contoso.hub.services.providers.change(contoso.tenant, CONSOLE, contoso.provider.id, wanted)


async def test_the_log_keeps_what_a_change_changed(contoso: Contoso) -> None:
    await contoso.change(client_id="another", adds_unknown=False)
    entry = (await contoso.hub.services.audit.page(contoso.tenant, CONSOLE))[0]
    assert (entry.act, entry.subject) == ("provider.change", contoso.provider.id)
    assert entry.detail == f"client_id: {CLIENT} → another; adds_unknown: True → False; another secret"


async def test_only_who_manages_providers_does(contoso: Contoso) -> None:
    for role in (Role.USER, Role.OPERATOR):
        person = await contoso.hub.person(contoso.tenant, role)
        with pytest.raises(NotAllowed):
            await contoso.hub.services.providers.list(contoso.tenant, person.actor)
    stranger = await contoso.hub.person(await contoso.hub.tenant("Other"))
    with pytest.raises(NotAllowed):
        await contoso.hub.services.providers.list(contoso.tenant, stranger.actor)
