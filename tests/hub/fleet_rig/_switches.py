"""Switches of policy: those of the hub, moved through its API, and those on each machine, moved by signing a file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import attrs
import httpx

from fleet_rig._agent import FleetAgent
from tympan._policy import PolicyDocument, Scope, Verdict
from tympan_hub.adapters.clock import SystemClock


@attrs.frozen
class Switches:
    """Switches of one scope: a tenant's or the service owner's, or with ``group`` those of a group."""

    client: httpx.AsyncClient
    token: str
    group: str = ""

    async def move(self, key: str, verdict: str | None) -> None:
        """Moves one; None takes the decision back."""
        answer = await self.client.put(
            self._path(key), json={"verdict": verdict}, headers=self._headers, params=self._where
        )
        assert answer.status_code == 200, answer.text

    async def effect(self, key: str, verdict: str) -> dict[str, Any]:
        """What moving one would do."""
        params = {"verdict": verdict, **self._where}
        answer = await self.client.get(f"{self._path(key)}/effect", headers=self._headers, params=params)
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = answer.json()
        return told

    def _path(self, key: str) -> str:
        return f"/api/v1/policy/switches/{key}"

    @property
    def _headers(self) -> Mapping[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    @property
    def _where(self) -> Mapping[str, str]:
        return {"group": self.group} if self.group else {}


@attrs.define
class LocalSwitches:
    """Switches of a scope below the hub, on every machine of a fleet."""

    agents: Sequence[FleetAgent]
    scope: Scope
    _number: int = 0
    _rules: dict[str, Verdict] = attrs.field(factory=dict)

    async def move(self, key: str, verdict: str | None) -> None:
        """Moves one on each machine; None takes the decision back."""
        self._number += 1
        self._rules.pop(key, None)
        if verdict:
            self._rules[key] = Verdict(verdict)
        now, rules = SystemClock().now(), dict(self._rules)
        made = PolicyDocument(scope=self.scope, name=self.scope.value, number=self._number, issued_at=now, rules=rules)
        for agent in self.agents:
            agent.write(made)
