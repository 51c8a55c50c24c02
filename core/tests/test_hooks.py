"""Hooks: what a module may declare, and how each wrong declaration is told."""

from __future__ import annotations

import textwrap
import types

import pytest

from tympan._errors import HookFault, Retry
from tympan._hooks import HOOKS, HookSpecs, collect
from tympan._ports import Gate, Service

HEAD = """
from tympan.plugin import Contribution, Go, hookimpl

class Port:
    async def run(self, host): ...
    async def check(self, job, printer): return Go()
"""


def module(body: str) -> types.ModuleType:
    made = types.ModuleType("made")
    exec(textwrap.dedent(HEAD) + textwrap.dedent(body), made.__dict__)
    return made


def test_a_module_without_hooks_offers_nothing() -> None:
    assert collect(module(""), "made") == ()


def test_offers_come_with_their_hook_and_kind() -> None:
    body = """
    @hookimpl
    def register_services(): return [Contribution(port=Port(), name="one"), Contribution(port=Port(), name="two")]
    @hookimpl
    def register_gates(): return (Contribution(port=Port()) for _ in range(1))
    @hookimpl
    def register_routes(): return None
    """
    offers = collect(module(body), "made")
    assert [(offer.hook, offer.kind, offer.contribution.name) for offer in offers] == [
        ("register_services", Service, "one"),
        ("register_services", Service, "two"),
        ("register_gates", Gate, "main"),
    ]


WRONG = {
    "misspelt": ("@hookimpl\ndef register_sevices(): return []", "unknown hook 'register_sevices'"),
    "unknown argument": ("@hookimpl\ndef register_gates(host): return []", "not valid"),
    "raises": ("@hookimpl\ndef register_gates(): return 1 / 0", "register_gates raised ZeroDivisionError"),
    "raises late": (
        "@hookimpl\ndef register_gates(): yield Contribution(port=Port()); raise OSError('gone')",
        "register_gates raised OSError: gone",
    ),
    "async": ("@hookimpl\nasync def register_gates(): return []", "register_gates is async"),
    "no list": ("@hookimpl\ndef register_gates(): return Contribution(port=Port())", "not a list of Contribution"),
    "a text": ("@hookimpl\ndef register_gates(): return 'gate'", "returned str"),
    "no contribution": ("@hookimpl\ndef register_gates(): return [Port()]", "returned Port, not a Contribution"),
    "another port": ("@hookimpl\ndef register_routes(): return [Contribution(port=Port())]", "'main' is no Route"),
    "one name twice": ("@hookimpl\ndef register_gates(): return [Contribution(port=Port())] * 2", "'main' 2 times"),
    "endless": (
        "import itertools\n@hookimpl\ndef register_gates(): return itertools.repeat(Contribution(port=Port()))",
        "more than 256",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_declaration_is_a_fault_that_says_what_is_wrong(case: str) -> None:
    body, reason = WRONG[case]
    with pytest.raises(HookFault, match=reason.replace("(", r"\(")) as caught:
        collect(module(body), "made")
    assert caught.value.retry is Retry.LATER


def test_each_spec_has_its_protocol() -> None:
    assert set(HOOKS) == {name for name in vars(HookSpecs) if name.startswith("register_")}
