"""The API as its document says, and whatever is sent: schemathesis on a hub that is served, with tokens of each role.

Nothing may end in a mistake of ours, with a status or a shape that is not in the document, or be done without a token.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import attrs
import httpx
import pytest
from portal_rig import PASSWORD, ServedHub, served

from tympan_hub.cli.home import Home
from tympan_hub.cli.hub import hub
from tympan_hub.domain.ids import SERVICE, TenantId
from tympan_hub.domain.people import CONSOLE, Person, Role
from tympan_hub.domain.webhooks import CHOSEN
from tympan_hub.service import Services

pytestmark = pytest.mark.system
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
    "unsupported_method",
    "ignored_auth",
)
"""Not ``positive_data_acceptance``: the domain has rules that no schema says, such as what a device's address is."""

MADE_S = 120
ELSEWHERE = "test-provider"
"""Asks a server that is none of ours."""


@attrs.frozen
class Asked:
    """A hub with something in it.

    Attributes:
        hub: Where it answers.
        tokens: One of each role.
        known: Names of what is there, by the parameter that takes them.
    """

    hub: ServedHub
    tokens: dict[Role, str]
    known: dict[str, str]

    def run(self, role: Role, *options: str, known: bool, seconds: int) -> None:
        """Asks; what was found is told. With ``known``, about things there are, and else about whatever."""
        config = self.hub.home.parent / "schemathesis.toml"
        lines = [f'"{name}" = "{value}"' for name, value in self.known.items()] if known else []
        config.write_text("\n".join(["[parameters]", *lines]))
        program = str(Path(sys.executable).with_name("schemathesis"))
        command = [program, "--config-file", str(config), "run", f"{self.hub.url}/api/v1/openapi.json", "--no-color"]
        command += ["--checks", ",".join(CHECKS), "--exclude-operation-id", ELSEWHERE, "--continue-on-failure"]
        command += ["--header", f"Authorization: Bearer {self.tokens[role]}", *options]
        ran = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,  # there the runner of the tests listens to its workers
            capture_output=True,
            text=True,
            timeout=seconds,
            cwd=config.parent,
        )
        assert ran.returncode == 0, ran.stdout[-20_000:] + ran.stderr[-2000:]
        assert " generated" in ran.stdout


async def lived_in(home: Path) -> tuple[dict[Role, str], dict[str, str]]:
    """A tenant with something of most kinds."""
    async with hub(Home(home)) as services:
        tenant = (await services.tenants.add(CONSOLE, "Acme")).id
        admin, secret = await person(services, tenant, Role.ADMINISTRATOR)
        tokens = {Role.ADMINISTRATOR: secret}
        for role in (Role.OPERATOR, Role.USER):
            tokens[role] = (await person(services, tenant, role))[1]
        tokens[Role.OWNER] = (await person(services, SERVICE, Role.OWNER))[1]
        printer = await services.printers.add(tenant, admin.actor, name="Lobby", uri="ipp://device.example/ipp/print")
        group = await services.groups.add(tenant, admin.actor, name="Office")
        hook = await services.webhooks.add(
            tenant, admin.actor, name="x", url="https://x.example/", happenings=CHOSEN[:1]
        )
        user = next(each for each in await services.people.list(tenant, CONSOLE) if each.role is Role.USER)
    return tokens, {
        "query.tenant": tenant,
        "path.printer": printer.id,
        "path.group": group.id,
        "path.person": user.id,
        "path.webhook": hook.webhook.id,
    }


async def person(services: Services, tenant: TenantId, role: Role) -> tuple[Person, str]:
    """A new person with this role, and a token of theirs."""
    made = await services.people.add(
        tenant, CONSOLE, email=f"{role.value}@acme.example", name=role.value, role=role, password=PASSWORD
    )
    secret, _ = await services.api_tokens.make(
        tenant, made.actor, name="schema", role=role, validity=dt.timedelta(days=1), makes_administrators=True
    )
    return made, secret


@pytest.fixture
def asked(tmp_path: Path) -> Iterator[Asked]:
    home = tmp_path / "hub"
    tokens, known = asyncio.run(lived_in(home))
    with served(home, "--api-requests", "1000000") as running:
        # Made when it is first asked for: on a busy machine that takes longer than schemathesis waits.
        httpx.get(f"{running.url}/api/v1/openapi.json", timeout=MADE_S, trust_env=False).raise_for_status()
        yield Asked(running, tokens, known)


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.OWNER])
def test_whatever_is_asked_is_answered_as_the_document_says(asked: Asked, role: Role) -> None:
    asked.run(role, "--phases", "fuzzing", "-n", "1", "--seed", "1", known=True, seconds=300)


@pytest.mark.soak
@pytest.mark.parametrize("known", [True, False], ids=["known", "whatever"])
@pytest.mark.parametrize("role", list(Role))
def test_every_role_asks_for_long(asked: Asked, role: Role, known: bool) -> None:
    asked.run(role, "--phases", "coverage,fuzzing,stateful", "-n", "15", known=known, seconds=3600)
