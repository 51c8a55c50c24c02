"""Who passes the door. Each attack is a test."""

from __future__ import annotations

from typing import Any

import pytest

from tympan.plugin import LocalCaller
from tympan_local_site._door import Door, Refusal
from tympan_local_site._users import spooler_uids

SPOOLER, BY_TOKEN, PORTAL = LocalCaller.SPOOLER, LocalCaller.TOKEN, LocalCaller.PORTAL
GOOD = "localhost:39149"


class Knock:
    def __init__(self, **headers: str) -> None:
        self.headers = {"host": GOOD, **{name.replace("_", "-"): value for name, value in headers.items()}}

    def header(self, name: str) -> str | None:
        return self.headers.get(name.lower())


def door(**changes: Any) -> Door:
    given: dict[str, Any] = {"port": 39149, "token": "right", "uids": frozenset({0, 7}), "uids_are_known": True}
    return Door(**{**given, **changes})


async def admit(knock: Knock, *callers: LocalCaller, uid: int | None = 7, **changes: Any) -> LocalCaller | Refusal:
    async def owner() -> int | None:
        return uid

    return await door(**changes).admit(knock, owner, frozenset(callers))


def status(outcome: LocalCaller | Refusal) -> int:
    assert isinstance(outcome, Refusal), outcome
    return outcome.status


@pytest.mark.anyio
@pytest.mark.parametrize("name", [GOOD, "127.0.0.1:39149", "[::1]:39149", "LOCALHOST:39149"])
async def test_the_spooler_passes_under_every_name_of_loopback(name: str) -> None:
    assert await admit(Knock(host=name), SPOOLER) is SPOOLER


@pytest.mark.anyio
@pytest.mark.parametrize(
    "name",
    ["evil.example:39149", "localhost", "localhost:80", "localhost:391490", "localhost.evil.example:39149", "",
     "127.0.0.2:39149", "user@localhost:39149", "localhost:39149, evil.example"],
)  # fmt: skip
async def test_dns_rebinding_fails(name: str) -> None:
    assert status(await admit(Knock(host=name), SPOOLER)) == 421


@pytest.mark.anyio
@pytest.mark.parametrize("mark", [{"origin": "http://localhost:39149"}, {"origin": "null"}, {"sec_fetch_site": "none"}])
async def test_a_browser_never_passes_as_its_user(mark: dict[str, str]) -> None:
    assert status(await admit(Knock(**mark), SPOOLER, BY_TOKEN)) == 403
    assert status(await admit(Knock(authorization="Bearer right", **mark), SPOOLER, BY_TOKEN)) == 403
    assert await admit(Knock(**mark), SPOOLER, PORTAL) is PORTAL


@pytest.mark.anyio
async def test_another_user_of_the_machine_is_refused() -> None:
    assert status(await admit(Knock(), SPOOLER, uid=1001)) == 403


@pytest.mark.anyio
async def test_a_connection_nobody_owns_is_refused() -> None:
    """A client that sends and closes at once leaves a socket without owner; it must not pass for root."""
    assert status(await admit(Knock(), SPOOLER, uid=None)) == 403


@pytest.mark.anyio
async def test_where_owners_are_never_told_everybody_here_is_the_spooler() -> None:
    assert await admit(Knock(), SPOOLER, uid=None, uids_are_known=False) is SPOOLER


@pytest.mark.anyio
@pytest.mark.parametrize("shown", ["Bearer right", "bearer right"])
async def test_the_token_passes_whoever_shows_it(shown: str) -> None:
    assert await admit(Knock(authorization=shown), BY_TOKEN, uid=1001) is BY_TOKEN
    assert await admit(Knock(authorization=shown), SPOOLER, BY_TOKEN, uid=1001) is BY_TOKEN


@pytest.mark.anyio
@pytest.mark.parametrize("shown", ["Bearer wrong", "Bearer ", "Bearer righ", "Bearer rightt", "Bearer r\xefght"])
async def test_a_wrong_token_is_refused_even_from_root(shown: str) -> None:
    assert status(await admit(Knock(authorization=shown), SPOOLER, BY_TOKEN, uid=0)) == 401


@pytest.mark.anyio
async def test_an_empty_token_of_the_agent_opens_nothing() -> None:
    assert status(await admit(Knock(authorization="Bearer "), BY_TOKEN, token="")) == 401


@pytest.mark.anyio
async def test_the_spoolers_user_does_not_replace_a_token() -> None:
    assert status(await admit(Knock(), BY_TOKEN, uid=0)) == 401
    assert status(await admit(Knock(authorization="Basic eDp5"), BY_TOKEN, uid=0)) == 401


@pytest.mark.anyio
async def test_any_user_passes_where_users_are_admitted_and_nobody_whose_name_is_not_told() -> None:
    user = LocalCaller.USER
    assert await admit(Knock(), user, BY_TOKEN, PORTAL, uid=1001) is user
    assert status(await admit(Knock(), user, BY_TOKEN, PORTAL, uid=None)) == 401
    assert status(await admit(Knock(), user, BY_TOKEN, PORTAL, uid=None, uids_are_known=False)) == 401
    assert await admit(Knock(authorization="Bearer right"), user, BY_TOKEN, uid=None) is BY_TOKEN
    assert status(await admit(Knock(authorization="Bearer wrong"), user, BY_TOKEN, uid=1001)) == 401


@pytest.mark.anyio
async def test_a_browser_never_passes_as_a_user_of_the_machine() -> None:
    assert status(await admit(Knock(sec_fetch_site="none"), LocalCaller.USER, BY_TOKEN, uid=1001)) == 403
    assert await admit(Knock(origin="http://evil.example"), LocalCaller.USER, PORTAL, uid=1001) is PORTAL


@pytest.mark.anyio
async def test_nobody_passes_where_nobody_is_admitted() -> None:
    assert status(await admit(Knock(), uid=0)) == 401


def test_root_and_ourselves_may_print_and_unknown_names_are_told() -> None:
    import os

    uids, missing = spooler_uids(("root", "no-such-account-here"))
    assert {0, os.getuid()} <= uids
    assert missing == ("no-such-account-here",)
