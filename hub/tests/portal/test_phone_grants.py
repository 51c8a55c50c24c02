"""Signed permissions for the app on a phone, as its page asks for them."""

from __future__ import annotations

import re

import httpx
import pytest
from hub_rig import Bench, notices, report
from portal_steps import SignIn
from pull_rig import LOBBY, new_office

from tympan_hub.domain.pull import PullSettings
from tympan_wire.grants import verified
from tympan_wire.hub import DeviceReport, NearRequest, Operation

pytestmark = pytest.mark.anyio
DOOR = "http://192.168.2.7:39151"


def secret(page: httpx.Response) -> str:
    """What the page's script shows as its own."""
    found = re.search(r'(?:data-grants|name="csrf" value)="([^"]+)"', page.text)
    assert found, page.text
    return found[1]


async def test_the_app_is_given_what_it_needs_while_the_hub_is_away(hub: Bench, sign_in: SignIn) -> None:
    office = await new_office(hub, PullSettings(offline=True))
    phone = await sign_in(office.ada)
    await office.desk.report(report(DeviceReport(printer=LOBBY, reachable=True, observed_at=hub.clock.now())))
    await office.desk.ask(Operation.NEAR, NearRequest(doors=(DOOR,)))
    job = await office.hold(name="minutes.pdf")
    async with notices(hub.app, office.desk.token):
        word = {"x-csrf-token": secret(await phone.get("/app"))}
        answer = await phone.post("/app/grants", headers=word)
        assert answer.status_code == 200, answer.text
        [told] = answer.json()["grants"]
        assert (told["title"], told["addresses"]) == ("minutes.pdf", [DOOR])
        assert [point["printer"] for point in told["points"]] == [LOBBY]
        grant = verified(
            told["grant"],
            keys=hub.secrets.policy_keys().values(),
            tenant=office.tenant,
            agent=office.desk.id,
            now=hub.clock.now(),
        )
        assert (grant.job, grant.expires_at) == (job, told["expires_at"])

        assert (await phone.post("/app/grants")).status_code == 403, "another site's page makes no grant"
        other = await sign_in(office.admin)
        theirs = {"x-csrf-token": secret(await other.get("/app"))}
        assert (await other.post("/app/grants", headers=theirs)).json() == {"grants": []}
