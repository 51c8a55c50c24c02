"""Faults in their text form, and how often an ordered one happens."""

import pytest

from tympan_sim._errors import FaultUnreadable
from tympan_sim._faults import RULES, Fault, FaultKind, Orders

TEXTS = [
    "offline", "slow:50000", "delay:0.5", "paper-out", "jam:3", "linger:3", "abort:2", "busy", "busy*3",
    "not-accepting", "reject:application/pdf", "drop:10000", "drop:0*0", "drop-answer", "garbage:random",
    "garbage:request-id*2", "hang", "power:2.0", "new-certificate", "forget",
]  # fmt: skip


@pytest.mark.parametrize("text", TEXTS)
def test_text_form_round_trips(text: str) -> None:
    fault = Fault.parse(text)
    assert str(fault) == text
    assert Fault.parse(str(fault)) == fault


def test_every_kind_has_a_text_above() -> None:
    assert {Fault.parse(text).kind for text in TEXTS} == set(FaultKind) == set(RULES)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "fire",
        "slow",
        "slow:fast",
        "offline:1",
        "jam:-1",
        "reject:pdf",
        "garbage:soup",
        "jam:3*x",
        "jam:3 2",
        "power:1e9",
    ],
)
def test_an_unreadable_order_is_refused_and_named(text: str) -> None:
    with pytest.raises(FaultUnreadable) as refused:
        Fault.parse(text)
    assert text in str(refused.value)


def test_defaults_stand_for_what_is_left_out() -> None:
    assert Fault.parse("jam") == Fault(FaultKind.JAM, "1", 1)
    assert Fault.parse("busy").times == 0


def test_a_counted_fault_is_used_up_and_a_lasting_one_stays() -> None:
    orders = Orders([Fault.parse("busy*2"), Fault.parse("paper-out")])
    assert [orders.take(FaultKind.BUSY) is not None for _ in range(3)] == [True, True, False]
    assert all(orders.take(FaultKind.PAPER_OUT) for _ in range(3))
    orders.clear()
    assert not list(orders)


def test_take_tells_arguments_apart() -> None:
    orders = Orders([Fault.parse("reject:image/urf")])
    assert orders.take(FaultKind.REJECT, "image/jpeg") is None
    assert orders.take(FaultKind.REJECT, "image/urf") is not None
