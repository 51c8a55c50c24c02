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
_LATELY: Final = dt.timedelta(days=15)
"""So long jobs are told that were let go; the hub looks no further back than anything may be held, 14 days."""


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
    """Which grants were used, for which job, and when each ends: none is forgotten before that."""

    def __init__(self, state: KeyValue) -> None:
        self._state = state
        self._lock = trio.Lock()

    async def jobs(self, now: dt.datetime) -> tuple[UUID, ...]:
        """For which jobs one was used lately.

        Raises:
            GrantRefused: What was used cannot be read.
        """
        since = (now - _LATELY).timestamp()
        used = _listed(await self._state.get(_KEY))
        return tuple(dict.fromkeys(job for job, end in used.values() if end > since))

    async def use(self, grant: ReleaseGrant, now: dt.datetime) -> None:
        """Uses one, durable when it returns.

        Raises:
            GrantRefused: It was used before, nobody can tell, or there is no room to remember it.
        """
        async with self._lock:  # two phones may bring the same one at the same moment
            used = _listed(await self._state.get(_KEY))
            if grant.id in used:
                raise GrantRefused("it was used before")
            used[grant.id] = (grant.job, grant.expires_at)
            if len(used) > GRANTS_USED:
                oldest = min(used, key=lambda one: used[one][1])
                if used.pop(oldest)[1] > now.timestamp():
                    raise GrantRefused("too many grants were used in a short time")
            table = {name.hex: [job.hex, end] for name, (job, end) in used.items()}
            await self._state.put(_KEY, json.dumps(table).encode())


def _listed(kept: bytes | None) -> dict[UUID, tuple[UUID, int]]:
    """For which job each was used, and when it ends."""
    try:
        table = json.loads(kept or b"{}").items()
        return {UUID(grant): (UUID(job), int(end)) for grant, (job, end) in table}
    except (ValueError, TypeError, AttributeError) as error:
        raise GrantRefused("what was used before cannot be read") from error
