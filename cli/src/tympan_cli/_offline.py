"""What can be said of a state folder when no agent runs: plugins and policy from the files, nothing imported."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

import trio

from tympan.admin import (
    KERNEL_KEYS,
    POLICY_KEY,
    AllowList,
    CapabilitySpec,
    Home,
    PinnedFile,
    PluginRecord,
    PolicyBook,
    PolicyFolder,
    Vault,
    key_id,
    public_key_of,
    scan,
)
from tympan.plugin import PluginState, TympanError
from tympan_cli._errors import CommandError, status_of
from tympan_cli._exits import Exit

if TYPE_CHECKING:
    from collections.abc import Awaitable

_T = TypeVar("_T")


def guarded(work: Callable[[], _T], status: Exit | None = None) -> _T:
    """Does something of the kernel's; its errors become a command's, with ``status`` where one is given."""
    try:
        return work()
    except TympanError as error:
        told = status_of(type(error).__name__, error.retry.value) if status is None else status
        raise CommandError(error.cause, next_step=error.next_step, status=told) from error


def signing_key(place: Home) -> bytes:
    """The private key that signs this machine's policy, made at first use."""

    async def ask() -> bytes:
        vault = Vault(place.root, os.environ)
        await vault.open()
        return await vault.key(POLICY_KEY)

    return run(ask)


def run(task: Callable[[], Awaitable[_T]]) -> _T:
    """Runs a task of the kernel, turning its errors into a command's."""
    return guarded(lambda: trio.run(task))


def policy(place: Home) -> PolicyBook:
    """The policy of the files, the hub's too, as the agent would decide. No key is made where there are none."""
    offered = PolicyFolder(place).read()
    trusted = {}
    if offered:
        public = public_key_of(signing_key(place))
        trusted = {key_id(public): public}
    book = PolicyBook(trusted, lambda: dt.datetime.now(dt.UTC))
    PinnedFile(place).restore(book.pinned)
    book.take(offered)
    return book


def records(place: Home) -> list[PluginRecord]:
    """Every plugin found, taken through the gate up to policy."""
    return [record for record, _ in scan(AllowList(place)).values()]


def capabilities(found: list[PluginRecord]) -> dict[str, CapabilitySpec]:
    """Every capability offered and every key of the kernel itself, by key."""
    manifests = [record.manifest for record in found if record.manifest]
    offered: dict[str, CapabilitySpec] = {spec.key: spec for each in manifests for spec in each.capabilities}
    return offered | {spec.key: spec for spec in KERNEL_KEYS}


def decided(record: PluginRecord, book: PolicyBook) -> tuple[str, str]:
    """State and reason of a plugin while no agent runs."""
    if record.manifest is None or record.state is not PluginState.FOUND:
        return record.state.value, record.reason
    decisions = [book.decide(s.key, default=s.default, essential=s.essential) for s in record.manifest.capabilities]
    if any(decision.on for decision in decisions):
        return "found", "on by policy; the agent does not run"
    return "off", "; ".join(f"{decision.key} is off: {decision.reason}" for decision in decisions)
