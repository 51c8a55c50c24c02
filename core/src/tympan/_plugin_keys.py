"""``KeyProvider`` of one plugin: keys in the agent's vault, under names that no other plugin has."""

from __future__ import annotations

from tympan._ids import PluginId
from tympan._vault import Vault


class PluginKeys:
    """Keys of one plugin."""

    def __init__(self, vault: Vault, plugin: PluginId) -> None:
        self._vault = vault
        self._plugin = plugin

    async def load(self, name: str) -> bytes | None:
        """The key called ``name``, None when there is none."""
        return await self._vault.load(f"{self._plugin}.{name}")

    async def save(self, name: str, key: bytes) -> None:
        """Keeps ``key`` (at most 2 KiB) under ``name``, durable when it returns."""
        await self._vault.save(f"{self._plugin}.{name}", key)
