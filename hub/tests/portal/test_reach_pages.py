"""The map of which computers reach what, as a browser reads it."""

from __future__ import annotations

import pytest
from hub_rig import BIRTH, Bench, report
from portal_steps import SignIn

from tympan_hub.domain.people import Role
from tympan_wire.device import Description
from tympan_wire.hub import AgentReport, SightingReport

pytestmark = pytest.mark.anyio
EVIL = "<script>alert(1)</script>"


async def test_the_map_names_what_hangs_on_one_computer(hub: Bench, sign_in: SignIn) -> None:
    tenant = await hub.tenant()
    boss = await sign_in(await hub.person(tenant))
    assert "No computer told its networks yet" in (await boss.get("/devices/reach")).text
    assert "No device is in view now." in (await boss.get("/devices/reach/alone")).text
    agent = await hub.agent(tenant, f"desk {EVIL}")
    seen = SightingReport(
        method="bonjour",
        key="1",
        seen_at=BIRTH,
        uri="ipp://10.1.0.9/ipp/print",
        addresses=("10.1.0.9",),
        description=Description(uuid="00000000-0000-0000-0000-000000000001", name=EVIL),
    )
    await agent.report(report(AgentReport(release="1", networks=("10.1.0.0/24",))), report(seen))
    page = (await boss.get("/devices/reach")).text
    assert "10.1.0.0/24" in page
    assert f"/devices/reach/alone?agent={agent.id}" in page
    alone = (await boss.get("/devices/reach/alone", params={"agent": agent.id})).text
    assert "10.1.0.9" in alone
    assert EVIL not in page + alone
    assert "Nothing fits" in (await boss.get("/devices/reach", params={"q": "192.168"})).text
    assert (await boss.get("/devices/reach/alone", params={"agent": "nonsense", "page": "99"})).status_code == 200
    other = await hub.agent(tenant, "other")
    await other.report(report(seen))
    assert "No device hangs on one computer alone" in (await boss.get("/devices/reach/alone")).text
    user = await sign_in(await hub.person(tenant, Role.USER))
    assert (await user.get("/devices/reach")).status_code == 403
