"""Rates of phones: each by itself, all within one bound, and no more of them remembered than there is room for."""

from __future__ import annotations

import pytest
import trio
import trio.testing

from tympan_release_nearby import _rate
from tympan_release_nearby._rate import PhoneRates

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> tuple[str, dict[str, object]]:
    return "trio", {"clock": trio.testing.MockClock(autojump_threshold=0)}


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("192.168.1.7", "192.168.1.8", False),
        ("192.168.1.7", "::ffff:192.168.1.7", True),
        ("fd00::1", "fd00::2", True),
        ("fd00::1", "fd00:0:0:1::1", False),
        ("fe80::1%eth0", "fe80::2%eth1", True),
        ("unix", "unix", True),
    ],
)
async def test_what_counts_as_one_phone(one: str, other: str, same: bool) -> None:
    rates = PhoneRates(1, 10)
    assert rates.take(one)
    assert rates.take(other) is not same


async def test_who_asks_too_often_takes_nothing_from_others_and_is_forgiven() -> None:
    rates = PhoneRates(2, 3)
    assert [rates.take("10.0.0.1") for _ in range(50)].count(True) == 2
    assert rates.take("10.0.0.2")
    assert not rates.take("10.0.0.3"), "all of them together"
    await trio.sleep(60)
    assert rates.take("10.0.0.1")


async def test_made_up_addresses_fill_no_memory_and_get_no_further(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_rate, "PHONES", 4)
    rates = PhoneRates(1, 10)
    assert [rates.take(f"10.0.0.{number}") for number in range(100)].count(True) == 10
    assert len(rates._of) == 4
