"""Virtual printers over real sockets: printing."""

import gzip
import hashlib
from pathlib import Path
from typing import Any

import pytest
import trio
from wire_steps import PDF, job_state, last

from tympan_sim import WITHOUT_CREATE_JOB, Profile, ProfileInvalid, run_printers
from tympan_wire.ipp import GroupTag, JobState, Operation, Status, attr, encode

pytestmark = pytest.mark.anyio


async def test_what_is_printed_is_kept_with_its_ticket(printers: Any, caller: Any, tmp_path: Path) -> None:
    async with printers(Profile(name="lab"), directory=tmp_path) as site:
        lab = site["lab"]
        call = caller(lab.uri)
        sides = attr.keyword("sides", "two-sided-long-edge")
        answer = await call.ask(
            Operation.PRINT_JOB, attr.name_("job-name", "Minutes"), attr.keyword("compression", "gzip"),
            attr.mime("document-format", "application/pdf"),
            ticket=(attr.integer("copies", 2), sides), document=gzip.compress(PDF),
        )  # fmt: skip
        assert answer.code == Status.SUCCESSFUL_OK
        (record,) = await lab.until_printed()
    assert (record.name, record.user, record.format, record.ended) == ("Minutes", "ada", "application/pdf", "completed")
    assert record.ticket == {"copies": [2], "sides": ["two-sided-long-edge"]}
    assert (record.pages, record.impressions, record.bytes) == (4, 8, len(PDF))
    assert record.sha256 == hashlib.sha256(PDF).hexdigest()
    assert await trio.Path(record.file).read_bytes() == PDF
    assert not list((tmp_path / "lab" / "incoming").iterdir())


async def test_create_job_and_send_document_over_ipps(printers: Any, caller: Any) -> None:
    async with printers() as site:
        call = caller(site[0].ipps_uri)
        created = await call.ask(Operation.CREATE_JOB, attr.name_("job-name", "Two steps"))
        job_id = created.first(GroupTag.JOB).integer("job-id")
        assert (created.first(GroupTag.JOB).string("job-uri") or "").startswith("ipps://")
        target = attr.integer("job-id", job_id)
        refused = await call.ask(Operation.SEND_DOCUMENT, target, document=PDF)
        assert refused.code == Status.CLIENT_ERROR_BAD_REQUEST
        await call.ask(Operation.SEND_DOCUMENT, target, attr.boolean("last-document", True), document=PDF)
        (record,) = await site[0].until_printed()
        assert (record.name, record.pages) == ("Two steps", 4)
        assert await job_state(call, 1) == JobState.COMPLETED


async def test_many_printers_share_a_listener_and_strangers_are_told(printers: Any, caller: Any) -> None:
    async with printers(
        Profile(name="a"), Profile(name="b", formats=("image/urf",), operations=WITHOUT_CREATE_JOB)
    ) as site:
        assert (await caller(site["a"].uri).print(PDF)).code == Status.SUCCESSFUL_OK
        assert (await caller(site["b"].uri).print(PDF)).code == Status.CLIENT_ERROR_DOCUMENT_FORMAT_NOT_SUPPORTED
        created = await caller(site["b"].uri).ask(Operation.CREATE_JOB)
        assert created.code == Status.SERVER_ERROR_OPERATION_NOT_SUPPORTED
        stranger = caller(site["a"].uri)
        assert (await stranger.post(encode(stranger.message(Operation.GET_JOBS)), path="/ipp/print/c")).status == 404
        await site["a"].until_printed()
        assert site["b"].journal == ()


async def test_unsupported_ticket_attributes_are_named_or_refused(printers: Any, caller: Any) -> None:
    async with printers(Profile(duplex=False)) as site:
        call = caller(site[0].uri)
        ticket = (attr.keyword("sides", "two-sided-long-edge"), attr.integer("copies", 1))
        ignored = await call.ask(Operation.VALIDATE_JOB, ticket=ticket)
        assert ignored.code == Status.SUCCESSFUL_OK_IGNORED_OR_SUBSTITUTED_ATTRIBUTES
        assert [at.name for at in ignored.first(GroupTag.UNSUPPORTED)] == ["sides"]
        insist = attr.boolean("ipp-attribute-fidelity", True)
        refused = await call.ask(Operation.PRINT_JOB, insist, ticket=ticket, document=PDF)
        assert refused.code == Status.CLIENT_ERROR_ATTRIBUTES_OR_VALUES_NOT_SUPPORTED
        assert site[0].jobs == ()


async def test_what_is_no_ipp_is_refused(printers: Any, caller: Any) -> None:
    async with printers() as site:
        call = caller(site[0].uri)
        assert (await call.post(b"")).status == 400
        assert (await call.post(b"\x02\x00rubbish" * 50)).status == 400
        assert (await call.post(encode(call.message(Operation.GET_JOBS)), kind="text/plain")).status == 415
        wrong = await call.ask(Operation.GET_JOBS, attr.keyword("which-jobs", "lost"))
        assert wrong.code == Status.CLIENT_ERROR_ATTRIBUTES_OR_VALUES_NOT_SUPPORTED
        truncated = await call.ask(Operation.PRINT_JOB, attr.keyword("compression", "gzip"), document=b"\x1f\x8b")
        assert truncated.code == Status.CLIENT_ERROR_COMPRESSION_ERROR
        assert last(site[0]) is JobState.ABORTED


async def test_get_jobs_lists_as_the_rfc_says(printers: Any, caller: Any) -> None:
    async with printers() as site:
        call = caller(site[0].uri)
        for _ in range(3):
            await call.print(PDF)
        await site[0].until_printed(3)
        assert not (await call.ask(Operation.GET_JOBS)).groups_of(GroupTag.JOB)
        limited = await call.ask(Operation.GET_JOBS, attr.keyword("which-jobs", "completed"), attr.integer("limit", 2))
        groups = limited.groups_of(GroupTag.JOB)
        assert [group.integer("job-id") for group in groups] == [3, 2]
        assert [at.name for at in groups[0]] == ["job-id", "job-uri"]


async def test_profiles_that_cannot_be_are_refused() -> None:
    for profiles in ([], [Profile(name="twin"), Profile(name="twin")]):
        with pytest.raises(ProfileInvalid):
            await run_printers(profiles)
    for wrong in ({"name": "7"}, {"name": "a/b"}, {"formats": ()}, {"media": ()}):
        with pytest.raises(ProfileInvalid):
            Profile(**wrong)
