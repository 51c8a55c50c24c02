"""The checks of RFC 8011 section 4.1, and how errors are answered."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tympan.plugin import IllegalStep, NotFound, Overloaded, PrinterId, StoreFull, TympanError, VaultLocked
from tympan_ipp_endpoint._errors import refusal
from tympan_wire.ipp import Attribute, Group, GroupTag, Message, Operation, Status, attr, encode

if TYPE_CHECKING:
    from plugins.ipp_endpoint.tests.conftest import Counter

CHARSET = attr.charset("attributes-charset", "utf-8")
LANGUAGE = attr.language("attributes-natural-language", "en")
URI = attr.uri("printer-uri", "ipp://localhost:39149/ipp/print/front-desk")


def request(
    *attributes: Attribute,
    operation: int = Operation.GET_PRINTER_ATTRIBUTES,
    version: tuple[int, int] = (2, 0),
    number: int = 1,
    groups: tuple[Group, ...] | None = None,
) -> bytes:
    groups = groups or (Group(GroupTag.OPERATION, attributes or (CHARSET, LANGUAGE, URI)),)
    return encode(Message(version, operation, number, groups))


CASES = {
    "version 0.0": (request(version=(0, 0)), Status.SERVER_ERROR_VERSION_NOT_SUPPORTED),
    "version 3.0": (request(version=(3, 0)), Status.SERVER_ERROR_VERSION_NOT_SUPPORTED),
    "request number 0": (request(number=0), Status.CLIENT_ERROR_BAD_REQUEST),
    "unknown operation": (request(operation=0x4002), Status.SERVER_ERROR_OPERATION_NOT_SUPPORTED),
    "no group": (encode(Message((2, 0), 0x0B, 1)), Status.CLIENT_ERROR_BAD_REQUEST),
    "job group first": (
        request(groups=(Group(GroupTag.JOB), Group(GroupTag.OPERATION, (CHARSET, LANGUAGE, URI)))),
        Status.CLIENT_ERROR_BAD_REQUEST,
    ),
    "groups in falling order": (
        request(
            groups=(
                Group(GroupTag.OPERATION, (CHARSET, LANGUAGE, URI)),
                Group(GroupTag.PRINTER),
                Group(GroupTag.JOB),
            )
        ),
        Status.CLIENT_ERROR_BAD_REQUEST,
    ),
    "two charsets": (
        request(Attribute(CHARSET.name, CHARSET.values * 2), LANGUAGE, URI),
        Status.CLIENT_ERROR_BAD_REQUEST,
    ),
    "no charset": (request(LANGUAGE, URI), Status.CLIENT_ERROR_BAD_REQUEST),
    "language before charset": (request(LANGUAGE, CHARSET, URI), Status.CLIENT_ERROR_BAD_REQUEST),
    "charset as keyword": (
        request(attr.keyword("attributes-charset", "utf-8"), LANGUAGE, URI),
        Status.CLIENT_ERROR_BAD_REQUEST,
    ),
    "another charset": (
        request(attr.charset("attributes-charset", "utf-16"), LANGUAGE, URI),
        Status.CLIENT_ERROR_CHARSET_NOT_SUPPORTED,
    ),
    "no target": (request(CHARSET, LANGUAGE), Status.CLIENT_ERROR_BAD_REQUEST),
    "no such printer": (
        request(CHARSET, LANGUAGE, attr.uri("printer-uri", "ipp://localhost/ipp/print/elsewhere")),
        Status.CLIENT_ERROR_NOT_FOUND,
    ),
    "another path": (
        request(CHARSET, LANGUAGE, attr.uri("printer-uri", "ipp://localhost/printers/front-desk")),
        Status.CLIENT_ERROR_NOT_FOUND,
    ),
}


@pytest.mark.anyio
@pytest.mark.parametrize("case", CASES)
async def test_a_bad_request_gets_its_status_and_no_printer_group(counter: Counter, case: str) -> None:
    body, status = CASES[case]
    answer = await counter.send(body)
    assert answer.code == status
    assert [group.tag for group in answer.groups] == [GroupTag.OPERATION]
    assert [attribute.name for attribute in answer.groups[0]][:2] == [CHARSET.name, LANGUAGE.name]
    assert answer.operation.string("status-message")


@pytest.mark.anyio
async def test_a_good_request_passes_in_single_bytes(counter: Counter) -> None:
    body = request(version=(1, 1), number=99)
    answer = await counter.send(*(body[i : i + 1] for i in range(len(body))))
    assert (answer.version, answer.code, answer.request_id) == ((1, 1), Status.SUCCESSFUL_OK, 99)


@pytest.mark.anyio
async def test_bytes_that_are_no_ipp_are_answered_under_their_own_number(counter: Counter) -> None:
    answer = await counter.send(b"\x02\x00\x00\x0b\x00\x00\x00\x63\x01\xff\xff\xff")
    assert (answer.code, answer.request_id) == (Status.CLIENT_ERROR_BAD_REQUEST, 0x63)


@pytest.mark.anyio
async def test_fewer_bytes_than_a_header_are_an_http_error(counter: Counter) -> None:
    assert (await counter.post(b"\x02\x00")).status == 400


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (NotFound("x"), 0x0406),
        (IllegalStep("x"), 0x0404),
        (Overloaded("x"), 0x0507),
        (StoreFull("x"), 0x0505),
        (VaultLocked("x"), 0x0505),
    ],
)
def test_errors_of_the_kernel_keep_the_spoolers_job_alive(error: TympanError, status: int) -> None:
    assert refusal(error).status == status


@pytest.mark.anyio
async def test_a_fault_of_our_own_is_temporary_and_logged(counter: Counter, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(printer: PrinterId) -> None:
        raise RuntimeError("boom")

    monkeypatch.setattr(counter.host.printers, "snapshot", broken)
    answer = await counter.ask(Operation.GET_PRINTER_ATTRIBUTES)
    assert answer.code == Status.SERVER_ERROR_TEMPORARY_ERROR
    assert "boom" in str(counter.host.logged)
