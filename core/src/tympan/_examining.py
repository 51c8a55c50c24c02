"""Looking at what the agent stands on: its plugins say what they find, each for itself.

- All look at once, each within its deadline; one that fails or hangs is told as a note, and spoils nobody's answer.
- What plugins say is cut to the length every text has, and counted.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final

import attrs
import trio

from tympan._errors import VaultError
from tympan._faults import describe
from tympan._ids import PluginId
from tympan._limits import DEFAULTS
from tympan._plain import Plain
from tympan._policy import PolicyDocument
from tympan._ports import Examined, Examiner, Health
from tympan._values import short
from tympan._vault import ROOT, KeyOrigin, Vault

if TYPE_CHECKING:
    from tympan._agent import Agent

KERNEL: Final = PluginId("kernel")


async def examine(agent: Agent) -> list[Plain]:
    """What is found, the kernel's own first, then by plugin."""
    examiners = agent.owned(Examiner)
    found: dict[int, Sequence[Examined]] = {}

    async def look(place: int, owner: PluginId, examiner: Examiner) -> None:
        found[place] = await _looked(agent, owner, examiner)

    async with trio.open_nursery() as nursery:
        for place, (owner, examiner) in enumerate(examiners):
            nursery.start_soon(look, place, owner, examiner)
    own = (await keys(agent.vault), *policies(agent.policy.snapshot.documents, agent.now()))
    rows: list[Plain] = [_row(KERNEL, one) for one in own]
    for place, (owner, _) in enumerate(examiners):
        rows += [_row(owner, one) for one in found[place][: DEFAULTS.examined]]
    return rows


async def _looked(agent: Agent, owner: PluginId, examiner: Examiner) -> Sequence[Examined]:
    try:
        with trio.fail_after(DEFAULTS.examine_s):
            found = tuple(await examiner.examine())
    except trio.TooSlowError:
        return [_note(owner, f"it did not answer within {DEFAULTS.examine_s:g} s")]
    except Exception as error:
        agent.charge(owner, "examine", error)
        return [_note(owner, f"it could not look: {describe(error)}")]
    if not all(isinstance(one, Examined) for one in found):
        return [_note(owner, "it answers nonsense")]
    return found


def _note(owner: PluginId, found: str) -> Examined:
    return Examined(topic=owner, health=Health.NOTE, found=found, then="See the agent's log.")


async def keys(vault: Vault) -> Examined:
    """Whether the agent's keys can be had now, where it keeps them: a keyring may have been locked since its start."""
    topic = "keyring" if vault.origin is KeyOrigin.KEYRING else "keys"
    then = "Restore the keys from a backup before the agent is started again; nothing sealed can be opened without."
    try:
        with trio.fail_after(DEFAULTS.examine_s):
            found = await vault.load(ROOT)
    except VaultError as error:
        return Examined(topic=topic, health=Health.PROBLEM, found=error.cause, then=error.next_step or then)
    except trio.TooSlowError:
        waits = "Look whether the keyring asks for its password somewhere."
        told = f"no key was had within {DEFAULTS.examine_s:g} s"
        return Examined(topic=topic, health=Health.PROBLEM, found=told, then=waits)
    if found is None:
        return Examined(topic=topic, health=Health.PROBLEM, found="the key of the job store is gone", then=then)
    return Examined(topic=topic, health=Health.OK, found="the key of the job store can be read")


def policies(documents: Iterable[PolicyDocument], now: dt.datetime) -> Iterable[Examined]:
    """How old the policy in force is, and when it ends."""
    for document in documents:
        what = f"the {document.scope.value} policy {document.number} is of {document.issued_at:%Y-%m-%d %H:%M} UTC"
        if document.expires_at is None:
            yield Examined(topic="policy", health=Health.OK, found=what)
        elif document.expired(now):
            then = "Let this computer reach its hub, and look whether its clock is right."
            found = f"{what} and has ended: all but printing is off"
            yield Examined(topic="policy", health=Health.PROBLEM, found=found, then=then)
        else:
            found = f"{what} and holds until {document.expires_at:%Y-%m-%d %H:%M} UTC"
            yield Examined(topic="policy", health=Health.OK, found=found)


def _row(owner: PluginId, one: Examined) -> dict[str, Plain]:
    cut = attrs.evolve(one, topic=short(one.topic), found=short(one.found), then=short(one.then))
    return {"plugin": owner, "topic": cut.topic, "health": cut.health.value, "found": cut.found, "then": cut.then}
