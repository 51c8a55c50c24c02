"""How documents come in: durable before OK, whole or not at all, and with everything the client said."""

from __future__ import annotations

import gzip
import random
from typing import TYPE_CHECKING

import pytest
import trio
import trio.testing

from tympan.plugin import Job, JobState, NewJob, StoreFull
from tympan.testing import FakeIntake
from tympan_net.http_server import ClientGone
from tympan_wire.ipp import Attribute, Collection, GroupTag, Message, Operation, Status, Tag, Value, attr, decode

if TYPE_CHECKING:
    from plugins.ipp_endpoint.tests.conftest import Counter

PDF = attr.mime("document-format", "application/pdf")
LAST = attr.boolean("last-document", True)
CONTENT = random.Random(3).randbytes(300_000)


def pieces(size: int = 65_536) -> list[bytes]:
    return [CONTENT[at : at + size] for at in range(0, len(CONTENT), size)]


@pytest.mark.anyio
async def test_print_job_keeps_document_and_names(counter: Counter) -> None:
    answer = await counter.ask(Operation.PRINT_JOB, PDF, attr.name_("job-name", "Brief an Ömer"), document=pieces())
    job = counter.only_job()
    assert answer.code == Status.SUCCESSFUL_OK
    assert counter.host.jobs.contents[job.uuid] == CONTENT
    assert (job.name, job.user, job.media_type, job.ticket, job.hold) == (
        "Brief an Ömer", "ada", "application/pdf", b"", "no-hold",
    )  # fmt: skip
    described = answer.first(GroupTag.JOB)
    assert described.integer("job-id") == job.number
    assert described.string("job-uri") == f"ipp://localhost:39149/ipp/print/front-desk/{job.number}"
    assert described.integer("job-state") == 3 and described.strings("job-state-reasons")


@pytest.mark.anyio
async def test_create_job_and_send_document_are_one_job(counter: Counter) -> None:
    created = await counter.ask(Operation.CREATE_JOB, attr.name_("job-name", "Two steps"))
    number = created.first(GroupTag.JOB).integer("job-id")
    assert counter.only_job().state is JobState.RECEIVING
    sent = await counter.ask(Operation.SEND_DOCUMENT, PDF, LAST, job=number, document=pieces())
    job = counter.only_job()
    assert (sent.code, job.number, job.name, job.media_type) == (0, number, "Two steps", "application/pdf")
    assert job.state is JobState.QUEUED and counter.host.jobs.contents[job.uuid] == CONTENT


@pytest.mark.anyio
@pytest.mark.parametrize("compression", ["gzip", "deflate"])
async def test_compressed_documents_are_kept_expanded(counter: Counter, compression: str) -> None:
    import zlib

    data = gzip.compress(CONTENT) if compression == "gzip" else zlib.compress(CONTENT, wbits=-15)
    given = (PDF, attr.keyword("compression", compression))
    answer = await counter.ask(Operation.PRINT_JOB, *given, document=[data[:9], data[9:]])
    assert answer.code == 0
    assert counter.host.jobs.contents[counter.only_job().uuid] == CONTENT


@pytest.mark.anyio
async def test_a_damaged_compressed_document_leaves_no_job_to_print(counter: Counter) -> None:
    answer = await counter.ask(
        Operation.PRINT_JOB, PDF, attr.keyword("compression", "gzip"), document=[gzip.compress(CONTENT)[:-9]]
    )
    assert answer.code == Status.CLIENT_ERROR_COMPRESSION_ERROR
    assert counter.only_job().state is JobState.ABORTED and not counter.host.jobs.contents


@pytest.mark.anyio
async def test_a_client_that_goes_away_leaves_no_job_to_print(counter: Counter) -> None:
    with pytest.raises(ClientGone):
        await counter.ask(Operation.PRINT_JOB, PDF, document=[CONTENT[:1000], ClientGone()])
    assert counter.only_job().state is JobState.ABORTED and not counter.host.jobs.contents


@pytest.mark.anyio
async def test_a_full_disk_is_temporary_and_the_job_is_not_accepted(counter: Counter) -> None:
    counter.host.jobs.failure = StoreFull("no space is left on /var", next_step="Free some.")
    answer = await counter.ask(Operation.PRINT_JOB, PDF, document=pieces())
    assert answer.code == Status.SERVER_ERROR_TEMPORARY_ERROR
    assert "no space is left" in (answer.operation.string("status-message") or "")
    assert not counter.host.jobs.contents


@pytest.mark.anyio
async def test_ok_is_said_only_after_the_commit(counter: Counter, monkeypatch: pytest.MonkeyPatch) -> None:
    committing, may_commit = trio.Event(), trio.Event()
    real = counter.host.jobs.open

    def opened(new: NewJob) -> FakeIntake:
        intake = real(new)
        commit = intake.commit

        async def slow() -> Job:
            committing.set()
            await may_commit.wait()
            return await commit()

        monkeypatch.setattr(intake, "commit", slow)
        return intake

    monkeypatch.setattr(counter.host.jobs, "open", opened)
    answers: list[Message] = []

    async def client() -> None:
        answers.append(await counter.ask(Operation.PRINT_JOB, PDF, document=pieces()))

    async with trio.open_nursery() as nursery:
        nursery.start_soon(client)
        with trio.fail_after(5):
            await committing.wait()
        await trio.testing.wait_all_tasks_blocked()
        assert answers == []
        may_commit.set()
    assert answers[0].code == 0


@pytest.mark.anyio
async def test_the_ticket_is_what_the_client_sent(counter: Counter) -> None:
    sent = (
        attr.integer("copies", 3),
        attr.keyword("sides", "two-sided-long-edge"),
        attr.collection("media-col", [attr.keyword("media-type", "velvet")]),
        attr.keyword("acme-perfume", "violet"),
        Attribute("acme-odd", (Value(Tag.NO_VALUE, None),)),
    )
    answer = await counter.ask(Operation.PRINT_JOB, PDF, ticket=sent, document=[b"%PDF-1.7"])
    ticket, _ = decode(counter.only_job().ticket)
    assert ticket.first(GroupTag.JOB).attributes == sent
    assert [group.tag for group in ticket.groups] == [GroupTag.OPERATION, GroupTag.JOB]
    assert answer.code == Status.SUCCESSFUL_OK_IGNORED_OR_SUBSTITUTED_ATTRIBUTES
    named = {attribute.name: attribute for attribute in answer.first(GroupTag.UNSUPPORTED)}
    assert named["acme-perfume"].tag == Tag.UNSUPPORTED
    assert named["sides"].strings() == ("two-sided-long-edge",)
    assert "copies" not in named


@pytest.mark.anyio
@pytest.mark.parametrize("operation", [Operation.PRINT_JOB, Operation.CREATE_JOB, Operation.VALIDATE_JOB])
async def test_fidelity_refuses_what_cannot_be_done(counter: Counter, operation: Operation) -> None:
    answer = await counter.ask(
        operation,
        attr.boolean("ipp-attribute-fidelity", True),
        ticket=(attr.keyword("sides", "two-sided-long-edge"),),
        document=[b"%PDF"],
    )
    assert answer.code == Status.CLIENT_ERROR_ATTRIBUTES_OR_VALUES_NOT_SUPPORTED
    assert [attribute.name for attribute in answer.first(GroupTag.UNSUPPORTED)] == ["sides"]
    assert counter.host.jobs.all() == ()


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        (attr.integer("copies", 99), False),
        (attr.integer("copies", 100), True),
        (attr.keyword("media", "na_letter_8.5x11in"), False),
        (attr.keyword("media", "custom_mine_210x297mm"), False),
        (attr.keyword("media", "iso_a3_297x420mm"), True),
        (attr.collection("media-col", [attr.collection("media-size", _a4 := [
            attr.integer("x-dimension", 20999), attr.integer("y-dimension", 29699)])]), False),
        (attr.collection("media-col", [attr.collection("media-size", [
            attr.integer("x-dimension", 29700), attr.integer("y-dimension", 42000)])]), True),
        (Attribute("media-col", (Value(Tag.BEG_COLLECTION, Collection([("media-size-name", ())])),)), False),
        (attr.enum("print-quality", 4), False),
        (attr.keyword("print-color-mode", "color"), True),
        (attr.keyword("job-hold-until", "evening"), True),
        (attr.enum("orientation-requested", 4), False),
        (attr.no_value("orientation-requested"), False),
    ],
)  # fmt: skip
async def test_values_are_checked_as_the_printer_offers_them(
    counter: Counter, given: Attribute, complaint: bool
) -> None:
    answer = await counter.ask(Operation.VALIDATE_JOB, PDF, ticket=(given,))
    assert bool(answer.groups_of(GroupTag.UNSUPPORTED)) is complaint
    assert answer.code == (1 if complaint else 0)


@pytest.mark.anyio
@pytest.mark.parametrize("operation", [Operation.PRINT_JOB, Operation.VALIDATE_JOB, Operation.GET_PRINTER_ATTRIBUTES])
async def test_an_unknown_format_is_refused(counter: Counter, operation: Operation) -> None:
    answer = await counter.ask(operation, attr.mime("document-format", "image/heic"), document=[b"x"])
    assert answer.code == Status.CLIENT_ERROR_DOCUMENT_FORMAT_NOT_SUPPORTED
    assert counter.host.jobs.all() == ()


@pytest.mark.anyio
async def test_an_unknown_compression_is_refused(counter: Counter) -> None:
    answer = await counter.ask(Operation.PRINT_JOB, attr.keyword("compression", "compress"), document=[b"x"])
    assert answer.code == Status.CLIENT_ERROR_COMPRESSION_NOT_SUPPORTED


@pytest.mark.anyio
async def test_a_refused_document_leaves_the_created_job_alive(counter: Counter) -> None:
    number = (await counter.ask(Operation.CREATE_JOB)).first(GroupTag.JOB).integer("job-id")
    without_last = await counter.ask(Operation.SEND_DOCUMENT, PDF, job=number, document=[b"x"])
    bad = attr.mime("document-format", "image/heic")
    bad_format = await counter.ask(Operation.SEND_DOCUMENT, bad, LAST, job=number, document=[b"x"])
    empty = await counter.ask(Operation.SEND_DOCUMENT, PDF, attr.boolean("last-document", False), job=number)
    assert [a.code for a in (without_last, bad_format, empty)] == [0x0400, 0x040A, 0x0400]
    good = await counter.ask(Operation.SEND_DOCUMENT, PDF, LAST, job=number, document=[b"x"])
    assert good.code == 0 and counter.only_job().state is JobState.QUEUED


@pytest.mark.anyio
async def test_a_second_document_is_refused_and_an_empty_last_one_closes(counter: Counter) -> None:
    number = (await counter.ask(Operation.CREATE_JOB)).first(GroupTag.JOB).integer("job-id")
    more = attr.boolean("last-document", False)
    assert (await counter.ask(Operation.SEND_DOCUMENT, PDF, more, job=number, document=[b"x"])).code == 0
    assert counter.only_job().state is JobState.QUEUED, "the first document was told OK, so it is durable"
    second = await counter.ask(Operation.SEND_DOCUMENT, PDF, LAST, job=number, document=[b"y"])
    assert second.code == Status.SERVER_ERROR_MULTIPLE_DOCUMENT_JOBS_NOT_SUPPORTED
    assert (await counter.ask(Operation.SEND_DOCUMENT, LAST, job=number)).code == 0
    assert (await counter.ask(Operation.CLOSE_JOB, job=number)).code == 0
    assert counter.host.jobs.contents[counter.only_job().uuid] == b"x"


@pytest.mark.anyio
@pytest.mark.parametrize("how", ["close", "empty"])
async def test_a_job_closed_without_document_is_over(counter: Counter, how: str) -> None:
    number = (await counter.ask(Operation.CREATE_JOB)).first(GroupTag.JOB).integer("job-id")
    close = counter.ask(Operation.CLOSE_JOB, job=number)
    answer = await (close if how == "close" else counter.ask(Operation.SEND_DOCUMENT, LAST, job=number))
    if how == "empty":
        close.close()
    assert answer.code == 0 and counter.only_job().state is JobState.ABORTED
    late = await counter.ask(Operation.SEND_DOCUMENT, PDF, LAST, job=number, document=[b"x"])
    assert late.code == Status.CLIENT_ERROR_NOT_POSSIBLE


@pytest.mark.anyio
async def test_print_job_without_document_is_a_bad_request(counter: Counter) -> None:
    assert (await counter.ask(Operation.PRINT_JOB, PDF)).code == Status.CLIENT_ERROR_BAD_REQUEST
    assert counter.host.jobs.all() == ()


@pytest.mark.anyio
async def test_cancel_before_the_document_comes(counter: Counter) -> None:
    number = (await counter.ask(Operation.CREATE_JOB)).first(GroupTag.JOB).integer("job-id")
    assert (await counter.ask(Operation.CANCEL_JOB, job=number)).code == 0
    assert counter.only_job().state is JobState.CANCELED
    late = await counter.ask(Operation.SEND_DOCUMENT, PDF, LAST, job=number, document=[b"x"])
    assert late.code == Status.CLIENT_ERROR_NOT_POSSIBLE


@pytest.mark.anyio
async def test_a_hold_is_carried_over(counter: Counter) -> None:
    hold = attr.keyword("job-hold-until", "indefinite")
    answer = await counter.ask(Operation.PRINT_JOB, PDF, ticket=(hold,), document=[b"x"])
    assert answer.code == 0 and counter.only_job().state is JobState.HELD
    described = answer.first(GroupTag.JOB)
    assert described.integer("job-state") == 4
    assert "job-hold-until-specified" in described.strings("job-state-reasons")


@pytest.mark.anyio
@pytest.mark.parametrize("before", [b"", CONTENT[:1000]], ids=["before its first byte", "in the middle"])
async def test_cancel_while_the_document_comes_in(counter: Counter, before: bytes) -> None:
    number = (await counter.ask(Operation.CREATE_JOB)).first(GroupTag.JOB).integer("job-id")
    go_on = trio.Event()
    answers: list[Message] = []

    async def client() -> None:
        document: list[bytes | trio.Event] = [before, go_on, CONTENT[1000:]]
        answers.append(await counter.ask(Operation.SEND_DOCUMENT, PDF, LAST, job=number, document=document))

    async with trio.open_nursery() as nursery:
        nursery.start_soon(client)
        await trio.testing.wait_all_tasks_blocked()
        assert (await counter.ask(Operation.CANCEL_JOB, job=number)).code == 0
        go_on.set()
    in_the_middle = bool(before)
    assert answers[0].code == (0x0508 if in_the_middle else 0x0404)
    assert counter.only_job().state is JobState.CANCELED and not counter.host.jobs.contents


@pytest.mark.anyio
async def test_stopping_the_plugin_abandons_a_document_on_its_way(counter: Counter) -> None:
    never = trio.Event()
    with trio.move_on_after(0.2) as stopped:
        await counter.ask(Operation.PRINT_JOB, PDF, document=[CONTENT[:1000], never])
    assert stopped.cancelled_caught
    assert counter.only_job().state is JobState.ABORTED and "stopped" in counter.only_job().detail
