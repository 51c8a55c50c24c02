"""Where hub and agent hold the same rule in code of their own, they agree: signed policy, and what a printer may be."""

from __future__ import annotations

from pathlib import Path

import pytest
from hub_rig import Bench, bench
from hypothesis import given
from hypothesis import strategies as st

from tympan._errors import BadInput as AgentRefuses
from tympan._errors import BadPolicy
from tympan._policy import Scope, Verdict
from tympan._printer_file import check_printer as agent_checks
from tympan._signing import open_policy
from tympan_hub.adapters.secrets import FileSecrets
from tympan_hub.domain.errors import BadInput as HubRefuses
from tympan_hub.domain.ids import SERVICE, TenantId
from tympan_hub.domain.people import CONSOLE
from tympan_hub.domain.policy import Verdict as HubVerdict
from tympan_hub.domain.printers import check_printer as hub_checks

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def edition(hub: Bench, tenant: TenantId) -> bytes:
    made = await hub.services.policy.switch(tenant, CONSOLE, "document.stats", HubVerdict.OFF)
    return made.envelope.encode()


async def test_an_agent_reads_the_hubs_policy_of_both_scopes(tmp_path: Path) -> None:
    async with bench(tmp_path) as hub:
        tenant = await hub.tenant()
        owners = open_policy(await edition(hub, SERVICE), hub.secrets.policy_keys())
        await hub.services.policy.switch(SERVICE, CONSOLE, "document.stats", None)
        tenants = open_policy(await edition(hub, tenant), hub.secrets.policy_keys())
        assert (owners.scope, owners.name, owners.number) == (Scope.OWNER, "hub", 1)
        assert (tenants.scope, tenants.name, tenants.number) == (Scope.TENANT, tenant, 1)
        assert tenants.rules == {"document.stats": Verdict.OFF}
        assert (tenants.issued_at, tenants.expires_at) == (hub.clock.now(), None)


async def test_an_agent_refuses_the_policy_of_another_hub(tmp_path: Path) -> None:
    FileSecrets(tmp_path / "b" / "secrets")  # of its own, where hubs of these tests share theirs
    async with bench(tmp_path / "a") as hub, bench(tmp_path / "b") as other:
        with pytest.raises(BadPolicy):
            open_policy(await edition(other, SERVICE), hub.secrets.policy_keys())


URIS = st.one_of(
    st.builds(
        "{}://{}:{}{}".format,
        st.sampled_from(["ipp", "ipps", "http", "https", "socket", "IPP", ""]),
        st.sampled_from(["h", "h.example", "[::1]", "[::", "", "a b", "ü"]),
        st.integers(-1, 70_000) | st.just(""),
        st.text(max_size=20) | st.just("/ipp/print"),
    ),
    st.text(),
)


@given(st.text(max_size=140), URIS)
async def test_what_the_hub_takes_as_a_printer_an_agent_takes_too(name: str, uri: str) -> None:
    try:
        hub_checks(name, uri)
    except HubRefuses:
        return
    try:
        agent_checks(name, uri)
    except AgentRefuses as error:
        raise AssertionError((name, uri)) from error
