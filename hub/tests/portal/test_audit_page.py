"""The page of the audit log: who reads it, what it says of a chain that was tampered with, and the file to prove."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from hub_rig import Bench
from portal_steps import SignIn, send

from tympan_hub.domain.ids import TenantId
from tympan_hub.domain.people import Actor, Role
from tympan_hub.http.portal import _audit

pytestmark = pytest.mark.anyio
FORMAT = Path(__file__).resolve().parents[3] / "docs" / "formats" / "audit.md"


async def _acts(hub: Bench, tenant: TenantId, count: int) -> None:
    by = Actor(label="jörg@acme.example \N{PRINTER}", tenant=tenant, role=Role.ADMINISTRATOR)
    for number in range(count):
        await hub.services.printers.add(tenant, by, name=f"Ä {number}", uri="ipp://p.example/ipp")


async def _tamper(hub: Bench, tenant: TenantId, statement: str) -> None:
    async with hub.raw(tenant) as connection:
        await connection.exec_driver_sql(statement)


async def test_acts_stand_there_newest_first_and_are_found(hub: Bench, sign_in: SignIn) -> None:
    tenant = await hub.tenant()
    client = await sign_in(await hub.person(tenant))
    await _acts(hub, tenant, 60)
    page = (await client.get("/audit")).text
    assert "The chain is intact: 61 entries" in page
    shown = re.findall(r'id="entry-(\d+)"', page)
    assert shown == [str(number) for number in range(61, 11, -1)]
    older = re.findall(r'href="(/audit\?before=\d+)"', page)[0]
    shown += re.findall(r'id="entry-(\d+)"', (await client.get(older)).text)
    assert len(shown) == len(set(shown)) == 61
    assert len(re.findall(r'id="entry-', (await client.get("/audit?q=person.add")).text)) == 1
    assert "No act fits" in (await client.get("/audit?q=%25")).text


@pytest.mark.parametrize("role", [Role.USER, Role.OPERATOR])
@pytest.mark.parametrize("path", ["/audit", "/audit/file"])
async def test_it_is_not_for_everybody(hub: Bench, sign_in: SignIn, role: Role, path: str) -> None:
    client = await sign_in(await hub.person(await hub.tenant(), role))
    assert (await client.get(path)).status_code == 403


@pytest.mark.parametrize(
    ("statement", "broken", "marked"),
    [
        ("UPDATE audit SET detail = 'nothing' WHERE number = 3 AND tenant = 'acme'", 3, 1),
        ("UPDATE audit SET by = 'eve' WHERE number = 4 AND tenant = 'acme'", 4, 1),
        ("DELETE FROM audit WHERE number = 2 AND tenant = 'acme'", 2, 0),
        ("DELETE FROM audit WHERE number = 1 AND tenant = 'acme'", 1, 0),
    ],
)
async def test_what_was_tampered_with_is_shown_as_that(
    hub: Bench, sign_in: SignIn, tmp_path: Path, statement: str, broken: int, marked: int
) -> None:
    tenant = await hub.tenant()
    client = await sign_in(await hub.person(tenant))
    await _acts(hub, tenant, 5)
    await _tamper(hub, tenant, statement)
    page = (await client.get("/audit")).text
    assert f"The chain is broken at entry {broken}:" in page
    assert page.count("Changed afterwards") == marked
    assert "intact" not in page
    assert _proof(tmp_path, (await client.get("/audit/file")).text) == f"broken at entry {broken}"


async def test_the_file_is_proved_by_the_program_of_the_documentation(
    hub: Bench, sign_in: SignIn, tmp_path: Path
) -> None:
    tenant = await hub.tenant()
    client = await sign_in(await hub.person(tenant))
    await _acts(hub, tenant, 4)
    answer = await client.get("/audit/file")
    assert 'filename="audit-acme.jsonl"' in answer.headers["content-disposition"]
    newest = (await hub.services.audit.page(tenant, Actor(label="", tenant=tenant, role=Role.ADMINISTRATOR)))[0]
    assert _proof(tmp_path, answer.text) == f"intact: 5 entries, the newest is {newest.hash}"


async def test_a_log_that_lost_its_beginning_by_policy_is_proved_too(
    hub: Bench, sign_in: SignIn, tmp_path: Path
) -> None:
    tenant = await hub.tenant()
    person = await hub.person(tenant)
    client = await sign_in(person)
    await _acts(hub, tenant, 3)
    kept = {"jobs_days": "400", "titles_days": "90"}
    assert "for ever, or 90 to 3650 days" in (await send(client, "/keeping", **kept, audit_days="7")).text
    assert 'value="90"' in (await send(client, "/keeping", **kept, audit_days="90")).text
    hub.clock.forward(days=92)
    await hub.services.housekeeping.tidy()
    client = await sign_in(person)
    page = (await client.get("/audit")).text
    assert "The log begins at entry 6:" in page
    assert "The chain is intact: 1 entry" in page
    assert _proof(tmp_path, (await client.get("/audit/file")).text).startswith("intact: 1 entries")
    await _tamper(hub, tenant, "UPDATE audit SET detail = 'x' WHERE tenant = 'acme'")
    assert "The chain is broken at entry 1:" in (await client.get("/audit")).text
    assert _proof(tmp_path, (await client.get("/audit/file")).text) == "broken at entry 1"


async def test_a_long_chain_is_followed_when_somebody_asks(
    hub: Bench, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_audit, "AUDIT_AT_ONCE", 2)
    tenant = await hub.tenant()
    client = await sign_in(await hub.person(tenant))
    await _acts(hub, tenant, 4)
    page = (await client.get("/audit")).text
    assert "was not followed" in page
    assert "intact" not in page
    assert "The chain is intact: 5 entries" in (await client.get("/audit?check=all")).text


def _proof(folder: Path, log: str) -> str:
    """What the program in the documentation says of a saved log."""
    program = re.findall(r"```python\n(.*?)```", FORMAT.read_text("utf-8"), flags=re.S)[0]
    (folder / "prove.py").write_text(program, "utf-8")
    (folder / "log.jsonl").write_text(log, "utf-8")
    command = [sys.executable, str(folder / "prove.py"), str(folder / "log.jsonl")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    return (done.stdout or done.stderr).strip()
