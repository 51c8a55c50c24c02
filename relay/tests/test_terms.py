"""Terms: what a plugin does not need it does not meet, and what an earlier release wrote is read."""

from __future__ import annotations

import pytest

from tympan.plugin import Printer, PrinterId
from tympan_relay import Terms, terms_of, written
from tympan_wire.hub import PullRules, TunnelRules, TunnelUse, encode

PULL, TUNNEL = PullRules(hold_s=600), TunnelRules(use=TunnelUse.FALLBACK, rate=7)


def printer(terms: str) -> Printer:
    return Printer(id=PrinterId("front"), name="Front", uri="ipp://front.example/", terms=terms)


@pytest.mark.parametrize(
    "terms", [Terms(), Terms(pull=PULL), Terms(tunnel=TUNNEL), Terms(pull=PULL, tunnel=TUNNEL)],
    ids=["none", "pull", "tunnel", "both"],
)  # fmt: skip
def test_what_is_written_is_read(terms: Terms) -> None:
    assert terms_of(printer(written(terms))) == terms


def test_what_an_earlier_release_kept_is_read_as_pull_rules() -> None:
    assert terms_of(printer(encode(PULL).decode())) == Terms(pull=PULL)
    assert terms_of(printer(encode(PullRules()).decode())) == Terms(pull=PullRules())


@pytest.mark.parametrize("text", ["junk", "[]", '{"tunnel": {"use": "sometimes"}}', '{"pull": 7}'])
def test_terms_that_cannot_be_read_are_none(text: str) -> None:
    assert terms_of(printer(text)) == Terms()
