"""Nothing crosses: every operation of the OpenAPI document, with what is of the tenant next door in every place."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

import attrs
import httpx
import pytest
from api_rig import Estate, Operation, Program, estate, operations, program
from hub_rig import Bench, bench, rows

from tympan_hub.domain.people import Role

pytestmark = pytest.mark.anyio
OPERATIONS = operations()
AFTER = {
    "leave-group": "join-group",
    "take-printer-from-person": "give-printer-to-person",
    "take-printer-from-group": "give-printer-to-group",
    "get-job-cancel": "cancel-job",
    "leave-group-as-agent": "join-group-as-agent",
    "remove-provider-rule": "add-provider-rule",
    "resume-scan": "stop-scan",
    "remove-scan": "stop-scan",
    "heed-device": "ignore-device",
    "allow-share": "stop-share",
    "let-version-go-on": "stop-version",
}
"""Operations that are answered well after another one alone."""

OTHERWISE = {
    "convert-document": "an empty body is no document",
    "hand-in-document": "the id is another job's",
    "hand-in-sealed": "the id is another job's",
    "put-part": "it has no digest",
    "move-printer": "its device has no other address",
    "forget-device": "an agent sees the device",
    "challenge-near-release-point": "no agent there listens for phones",
    "release-at-station": "it is for stations, with tokens of their own",
    "choose-printer-tunnel": "the service owner does not have the tunnel on",
    "test-provider": "it asks a server that is none of ours",
    "add-provider-home": "homes are for providers of the service owner",
    "remove-provider-home": "homes are for providers of the service owner",
}
"""Operations that find what they are asked about and are refused for another reason."""


async def test_no_operation_reaches_the_tenant_next_door(hub: Bench) -> None:
    theirs, ours = await estate(hub, "theirs"), await estate(hub, "ours")
    before = await rows(hub, theirs.tenant)
    for operation in OPERATIONS:
        for tenant in ("", theirs.tenant):
            answer = await theirs.ask(ours.admin, operation, tenant=tenant)
            assert answer.status_code < 500, (operation.id, answer.text)
            if tenant and any(parameter.name == "tenant" for parameter in operation.parameters):
                assert answer.status_code == 403, operation.id
            told = answer.text + repr(dict(answer.headers))
            assert [mark for mark in theirs.marks if mark in told and mark not in _asked(answer)] == []
            assert await rows(hub, theirs.tenant) == before, operation.id


def _asked(answer: httpx.Response) -> str:
    """What the asker named themselves: to hear that again tells them nothing."""
    return str(answer.request.url) + answer.request.content.decode()


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.USER])
async def test_nor_does_a_lesser_role(hub: Bench, role: Role) -> None:
    theirs, ours = await estate(hub, "theirs"), await estate(hub, "ours")
    before = await rows(hub, theirs.tenant)
    lesser = await program(hub, ours.admin.person, role)
    for operation in OPERATIONS:
        answer = await theirs.ask(lesser, operation)
        assert answer.status_code < 500, (operation.id, answer.text)
        assert not any(mark in answer.text for mark in theirs.marks if mark not in _asked(answer))
    assert await rows(hub, theirs.tenant) == before


@attrs.frozen
class Template:
    """A folder of a hub that is lived in, to be copied: making one takes longer than asking one question."""

    folder: Path
    estate: Estate
    owner: Program


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Template:
    folder = tmp_path_factory.mktemp("template") / "hub"

    async def lived_in() -> Template:
        async with bench(folder) as hub:
            return Template(folder, await estate(hub, "theirs"), await program(hub, await hub.owner()))

    return asyncio.run(lived_in())


@pytest.mark.parametrize("operation", OPERATIONS, ids=str)
async def test_the_tenants_own_program_is_answered_by_the_same_question(
    tmp_path: Path, template: Template, operation: Operation
) -> None:
    """Else the tests above would prove nothing: the questions are good ones."""
    async with bench(Path(shutil.copytree(template.folder, tmp_path / "hub"))) as hub:
        own = attrs.evolve(template.estate, admin=attrs.evolve(template.estate.admin, client=hub.client))
        of_service = operation.path.startswith(("/tenants", "/updates/floor"))
        by = attrs.evolve(template.owner, client=hub.client) if of_service else own.admin
        if operation.id in AFTER:
            first = next(other for other in OPERATIONS if other.id == AFTER[operation.id])
            await own.ask(by, first, plainly=True)
        answer = await own.ask(by, operation, plainly=True)
    well = (400, 401, 403, 404, 409, 422, 503) if operation.id in OTHERWISE else (200, 201, 202, 204)
    assert answer.status_code in well, answer.text
    assert answer.status_code in operation.statuses
