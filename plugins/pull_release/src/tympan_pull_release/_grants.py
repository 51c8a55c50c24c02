"""Grants: the hub's words given ahead, honoured once each, durably, before anything is released.

Who brings one is not asked: the hub gave it to the owner's phone, for this agent, these devices and a few minutes.
"""

from __future__ import annotations

import datetime as dt
import json
from typing import Final
from uuid import UUID

import trio

from tympan.plugin import KeyValue, Member
from tympan_pull_release._errors import GrantRefused
from tympan_pull_release._limits import GRANTS_USED
from tympan_wire.grants import BadGrant, verified
from tympan_wire.hub import ReleaseGrant

_KEY: Final = "grants used"


def read(envelope: str, member: Member, now: dt.datetime) -> ReleaseGrant:
    """What a grant says, proved.

    Raises:
        GrantRefused: It is not of this agent's hub, not for this agent, or not good now.
    """
    try:
        return verified(envelope, keys=member.policy_keys, tenant=member.tenant, agent=member.agent, now=now)
    except BadGrant as error:
        raise GrantRefused(str(error)) from error


class UsedGrants:
    """Which grants were used, and when each ends: none is forgotten before that."""

    def __init__(self, state: KeyValue) -> None:
        self._state = state
        self._lock = trio.Lock()

    async def use(self, grant: UUID, expires_at: int, now: dt.datetime) -> None:
        """Uses one that ends then (Unix seconds), durable when it returns.

        Raises:
            GrantRefused: It was used before, nobody can tell, or there is no room to remember it.
        """
        async with self._lock:  # two phones may bring the same one at the same moment
            used = _listed(await self._state.get(_KEY))
            if str(grant) in used:
                raise GrantRefused("it was used before")
            used[str(grant)] = expires_at
            if len(used) > GRANTS_USED:
                oldest = min(used, key=used.__getitem__)
                if used.pop(oldest) > now.timestamp():
                    raise GrantRefused("too many grants were used in a short time")
            await self._state.put(_KEY, json.dumps(used).encode())


def _listed(kept: bytes | None) -> dict[str, int]:
    """When each ends that was used."""
    try:
        return {str(grant): int(end) for grant, end in json.loads(kept or b"{}").items()}
    except (ValueError, TypeError, AttributeError) as error:
        raise GrantRefused("what was used before cannot be read") from error
