"""Switches of policy, moved through the hub's API with the token of whoever may."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs
import httpx


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
