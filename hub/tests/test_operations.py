"""What those who run the hub ask: metrics by route and with units, alive, ready and why not."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import httpx
import pytest
from crossing_rig import new_sites
from hub_rig import BIRTH, Bench, job_report, report
from prometheus_client.parser import text_string_to_metric_families

from tympan_hub.domain.people import Role
from tympan_hub.domain.webhooks import CHOSEN, Answer
from tympan_hub.http.operations import operations
from tympan_wire.hub import DeviceReport

pytestmark = pytest.mark.anyio


@pytest.fixture
async def operator(hub: Bench) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(operations(hub.services.health, hub.meter))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        yield client


async def samples(operator: httpx.AsyncClient) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    """Every sample by name and labels, as a Prometheus reads them."""
    text = (await operator.get("/metrics")).text
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def labels(**said: str) -> frozenset[tuple[str, str]]:
    return frozenset(said.items())


async def test_requests_are_counted_by_the_pattern_of_their_route(hub: Bench, operator: httpx.AsyncClient) -> None:
    agent = await hub.agent(await hub.tenant())
    await agent.desired()
    for path in ("/api/v1/agents/one", "/api/v1/agents/two", "/api/nothing", "/agent/nothing", "/nowhere/at/all"):
        await hub.client.get(path)
    await hub.client.request("BREW", "/api/v1/me")
    found = await samples(operator)
    requests = {dict(said)["route"] for name, said in found if name == "tympan_hub_http_requests_total"}
    agents = {"/agent/v1/enrol", "/agent/v1/token", "/agent/v1/desired"}
    assert requests == agents | {"/api/v1/agents/{agent}", "/api", "/agent", "(none)", "/api/v1/me"}
    asked = labels(method="GET", route="/api/v1/agents/{agent}", status="401")
    assert found["tympan_hub_http_requests_total", asked] == 2
    timed = labels(method="POST", route="/agent/v1/desired")
    assert found["tympan_hub_http_request_duration_seconds_count", timed] == 1
    methods = {dict(said)["method"] for name, said in found if name == "tympan_hub_http_requests_total"}
    assert methods == {"GET", "POST", "(none)"}


async def test_a_stranger_makes_no_new_rows(hub: Bench, operator: httpx.AsyncClient) -> None:
    await hub.client.get("/nowhere/0")
    before = len(await samples(operator))
    for number in range(1, 30):
        await hub.client.get(f"/nowhere/{number}")
        await hub.client.get(f"/api/v1/nowhere/{number}")
    assert len(await samples(operator)) - before < 30


async def test_reports_deliveries_and_connections_are_counted(hub: Bench, operator: httpx.AsyncClient) -> None:
    tenant = await hub.tenant()
    agent = await hub.agent(tenant)
    await agent.report(report(job_report()), report(DeviceReport(printer="none", reachable=True, observed_at=BIRTH)))
    found = await samples(operator)
    assert found["tympan_hub_reports_total", labels(outcome="taken")] == 1
    assert found["tympan_hub_reports_total", labels(outcome="refused")] == 1
    assert found["tympan_hub_agents_connected", labels()] == 0
    assert found["tympan_hub_broker_connected", labels()] == 0
    assert found["tympan_hub_database_connections", labels(pool="writer", state="open-at-most")] >= 1
    assert found["tympan_hub_deliveries_waiting", labels()] == 0


async def test_jobs_in_the_tunnel_are_counted_by_where_they_stand(hub: Bench, operator: httpx.AsyncClient) -> None:
    sites = await new_sites(hub)
    await sites.offer()
    await sites.take(sites.first)
    await sites.offer()
    await sites.later(9)
    assert await sites.say(sites.second, (await sites.look(sites.second)).orders[0])
    found = await samples(operator)
    counted = {state: found["tympan_hub_tunnel_jobs", labels(state=state)] for state in ("waiting", "taken", "begun")}
    assert counted == {"waiting": 0, "taken": 1, "begun": 1}
    assert found["tympan_hub_tunnel_failovers_total", labels()] == 1


async def test_the_lag_of_deliveries_is_the_age_of_the_oldest_that_is_due(
    hub: Bench, operator: httpx.AsyncClient
) -> None:
    admin = await hub.person(await hub.tenant(), Role.ADMINISTRATOR)
    made = await hub.services.webhooks.add(
        admin.tenant, admin.actor, name="x", url="http://127.0.0.1:9/", happenings=CHOSEN
    )
    await hub.services.webhooks.test(admin.tenant, admin.actor, made.webhook.id)
    hub.clock.forward(seconds=90)
    found = await samples(operator)
    assert found["tympan_hub_deliveries_lag_seconds", labels()] == 90
    assert found["tympan_hub_deliveries_waiting", labels()] == 1
    await hub.services.deliveries.round()
    found = await samples(operator)
    assert found["tympan_hub_deliveries_lag_seconds", labels()] == 0
    assert found["tympan_hub_webhook_attempts_total", labels(outcome="unanswered")] == 1


async def test_every_name_has_its_unit_and_its_text(hub: Bench, operator: httpx.AsyncClient) -> None:
    hub.meter.round("housekeeping", 0.2, well=True)
    hub.meter.attempt(Answer(status=200), 0.1)
    text = (await operator.get("/metrics")).text
    ours = [line.split()[2] for line in text.splitlines() if line.startswith("# TYPE tympan_hub_")]
    assert len(ours) > 10
    assert all(re.search(r"_(total|seconds|info|connected|waiting|connections|jobs|created)$", name) for name in ours)
    assert all(f"# HELP {name} " in text for name in ours)


async def test_alive_and_ready(hub: Bench, operator: httpx.AsyncClient) -> None:
    for client in (hub.client, operator):
        assert (await client.get("/healthz")).text == "ok\n"
        ready = await client.get("/readyz")
        assert (ready.status_code, ready.json()) == (200, {"ready": True, "database": "ok", "blobs": "ok"})


async def test_another_schema_is_not_ready_and_says_why(hub: Bench) -> None:
    async with hub.raw() as connection:
        head = (await connection.exec_driver_sql("SELECT version_num FROM alembic_version")).scalar_one()
        await connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0001'")
    ready = await hub.client.get("/readyz")
    alive = await hub.client.get("/healthz")
    async with hub.raw() as connection:  # the next test gets the same PostgreSQL
        await connection.exec_driver_sql(f"UPDATE alembic_version SET version_num = '{head}'")
    assert (ready.status_code, alive.status_code) == (503, 200)
    assert ready.json()["database"] == f"its schema is 0001, and this release needs {head}"
    assert (await hub.client.get("/readyz")).status_code == 200


async def test_a_database_that_does_not_answer_is_not_ready(hub: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tympan_hub.adapters.sql.probe._WAIT_S", 0.05)
    held = [await hub.database.reader.connect() for _ in range(hub.database.reader.pool.size())]  # type: ignore[attr-defined]
    ready = await hub.client.get("/readyz")
    assert (ready.status_code, ready.json()["database"]) == (503, "it does not answer")
    for connection in held:
        await connection.close()
    monkeypatch.undo()
    ready = await hub.client.get("/readyz")
    assert (ready.status_code, ready.json()["database"]) == (200, "ok")


async def test_metrics_are_not_told_to_the_public(hub: Bench) -> None:
    assert (await hub.client.get("/metrics")).status_code == 404
