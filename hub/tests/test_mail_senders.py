"""Whether a mail server vouches for a letter's sender, and what forgers try."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tympan_hub.domain.limits.mail import RESULTS_BYTES
from tympan_hub.domain.mail_senders import Header, sender_of, vouched_for

SERVER = "mx.hub.example"
PASSED = f"{SERVER}; dmarc=pass header.from=acme.example"


def letter(*headers: tuple[str, str], sender: str = "Ada <ada@acme.example>") -> list[Header]:
    return [Header(name=name, value=value) for name, value in (*headers, ("From", sender))]


def results(value: str) -> tuple[str, str]:
    return ("Authentication-Results", value)


@pytest.mark.parametrize(
    "value",
    [
        PASSED,
        f"{SERVER.upper()}. 1; DMARC=Pass header.from=ACME.example",
        f"{SERVER}; spf=fail smtp.mailfrom=a@acme.example; dmarc/1 = pass (p=none; d=none) header.from = acme.example",
        f"{SERVER}; dkim=fail header.d=acme.example; dkim=pass header.d=acme.example",
        f'{SERVER}; dkim=pass reason="good; dkim=fail" header.d=acme.example',
        f"{SERVER}; spf=pass smtp.mailfrom=ada@acme.example",
        f"({'(' * 3}nested{')' * 3}) {SERVER}; dmarc=pass header.from=acme.example",
    ],
)
def test_a_sender_is_known_where_the_server_vouches_for_the_domain(value: str) -> None:
    assert vouched_for(letter(results(value)), server=SERVER)


@pytest.mark.parametrize(
    "value",
    [
        "",
        ";",
        SERVER,
        f"{SERVER}; none",
        f"{SERVER}; dmarc=fail header.from=acme.example",
        f"{SERVER}; dmarc=pass header.from=evil.example",
        f"{SERVER}; dmarc=pass header.from=acme.example.evil.example",
        f"{SERVER}; dmarc=pass header.from=notacme.example",
        f"{SERVER}; dmarc=pass",
        f"{SERVER}; dkim=pass header.i=@acme.example header.d=evil.example",
        f"{SERVER}; spf=pass smtp.helo=acme.example",
        f"{SERVER}; iprev=pass header.from=acme.example",
        f"{SERVER}; dmarc=passed header.from=acme.example",
        f"{SERVER}; dmarc=fail (dmarc=pass header.from=acme.example)",
        f"{SERVER}; dmarc=fail (; dmarc=pass header.from=acme.example",
        f'{SERVER}; dkim=fail reason="; dmarc=pass header.from=acme.example"',
        f"{SERVER}.evil.example; dmarc=pass header.from=acme.example",
        f"evil.example; {SERVER}; dmarc=pass header.from=acme.example",
        PASSED + " " * RESULTS_BYTES,
        PASSED + '; x="',
    ],
)
def test_results_that_do_not_vouch_for_the_domain_say_nothing(value: str) -> None:
    assert not vouched_for(letter(results(value)), server=SERVER)


def test_a_letter_without_results_is_from_nobody() -> None:
    assert not vouched_for(letter(), server=SERVER)


def test_attack_forged_results_below_the_servers_own_are_ignored() -> None:
    failed = results(f"{SERVER}; dmarc=fail header.from=acme.example")
    assert not vouched_for(letter(failed, results(PASSED)), server=SERVER)


@pytest.mark.parametrize("own", [f"{SERVER}; dkim=fail" + " " * RESULTS_BYTES, f"{SERVER}; dkim=fail (a", "( ; none"])
def test_attack_the_servers_own_results_made_unreadable_do_not_let_forged_ones_count(own: str) -> None:
    assert not vouched_for(letter(results(own), results(PASSED)), server=SERVER)


def test_attack_forged_results_that_the_sender_brought_along_are_ignored() -> None:
    """The operator's server wrote none: what stands below its ``Received`` and the sender's came from outside."""
    brought = letter(("Received", "from evil by mx"), ("Received", "by evil"), results(PASSED))
    assert not vouched_for(brought, server=SERVER)
    assert vouched_for(letter(("Received", "from evil by mx"), results(PASSED), ("Received", "by evil")), server=SERVER)


def test_attack_results_of_a_server_that_nobody_named_do_not_hide_the_right_ones() -> None:
    assert vouched_for(
        letter(results("evil.example; dmarc=fail header.from=acme.example"), results(PASSED)), server=SERVER
    )


@pytest.mark.parametrize(
    "sender",
    [
        "",
        "undisclosed",
        "ada@acme.example, eve@evil.example",
        '"ada@acme.example" <eve@evil.example>',
        "ada@acme.example <eve@evil.example>",
        "Team: ada@acme.example, eve@evil.example;",
        "ada@acme.example@evil.example",
        "(" * 2_000 + "ada@acme.example",
        "(" * 900 + "ada@acme.example",
        "ada@acme.example\r\n, eve@evil.example",
    ],
)
def test_attack_a_from_that_can_be_read_in_two_ways_is_nobodys(sender: str) -> None:
    headers = letter(results(PASSED), sender=sender)
    assert sender_of(headers) != "ada@acme.example" and not vouched_for(headers, server=SERVER)


def test_attack_two_from_headers_are_nobodys() -> None:
    headers = letter(results(PASSED), ("From", "ada@acme.example"))
    assert sender_of(headers) == "" and not vouched_for(headers, server=SERVER)


def test_no_server_named_vouches_for_nobody() -> None:
    assert not vouched_for(letter(results("; dmarc=pass header.from=acme.example")), server="")


@given(st.text(max_size=200), st.text(max_size=80))
@example(value="", sender=" .;")
def test_attack_no_header_breaks_the_reader(value: str, sender: str) -> None:
    vouched_for(letter(results(f"{SERVER};{value}"), sender=sender), server=SERVER)


@pytest.mark.parametrize("piece", ['\\"', "a", "a."])
def test_attack_no_results_take_the_square_of_their_length(piece: str) -> None:
    """Of one kind as many as a letter's head may hold: by the square, they would take minutes."""
    long = (piece * RESULTS_BYTES)[: RESULTS_BYTES - 100]
    for value in (f'"{long}', f"{SERVER}; dmarc=pass {long}"):
        for _ in range(20):
            assert not vouched_for(letter(results(value)), server=SERVER)
