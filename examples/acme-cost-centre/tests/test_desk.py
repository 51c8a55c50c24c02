"""Who pays, as a program said so."""

import pytest
from acme_cost_centre.desk import account_of

from tympan_wire.ipp import Group, GroupTag, Message, Operation, attr, encode


@pytest.mark.parametrize("tag", [GroupTag.JOB, GroupTag.OPERATION])
def test_what_a_program_said_itself_is_read_from_the_ticket(tag: GroupTag) -> None:
    group = Group(tag, (attr.name_("job-account-id", "4711"),))
    assert account_of(encode(Message.request(Operation.PRINT_JOB, 1, group))) == "4711"


@pytest.mark.parametrize("ticket", [b"", b"\xff" * 40, encode(Message.request(Operation.PRINT_JOB, 1))])
def test_a_ticket_without_it_names_nobody(ticket: bytes) -> None:
    assert account_of(ticket) == ""
