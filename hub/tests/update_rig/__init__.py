"""A folder as a publisher of updates leaves it: metadata and targets as The Update Framework has them, unsigned.

The hub shows what stands there; signatures are for agents, and tried in the updater's own tests.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import attrs


@attrs.define
class Folder:
    """A repository in the making.

    Attributes:
        root: Where.
        targets: Files by their paths, by role.
        delegated: Paths of roles beside the first one.
        expires: When it has to be signed anew.
    """

    root: Path
    targets: dict[str, dict[str, bytes]] = attrs.field(factory=lambda: {"targets": {}})
    delegated: dict[str, list[str]] = attrs.field(factory=dict)
    expires: str = "2030-01-01T00:00:00Z"
    _version: int = 0

    def add(self, path: str, content: bytes, role: str = "targets") -> None:
        """A file of a role."""
        self.targets.setdefault(role, {})[path] = content

    def channel(self, ring: str, agent: str, plugins: Mapping[str, str] | None = None, *, lower: bool = False) -> None:
        """What a channel says."""
        self.delegated["channels"] = ["channels/*"]
        said = {"v": 1, "agent": agent, "plugins": dict(plugins or {}), "lower": lower}
        self.add(f"channels/{ring}.json", json.dumps(said).encode(), "channels")

    def publish(self) -> None:
        """Writes it all, under the next version."""
        self._version += 1
        self._metadata(f"{self._version}.root.json", {"keys": {}, "roles": {}})
        for role, files in self.targets.items():
            told = {path: self._put(path, content) for path, content in files.items()}
            roles = [{"name": name, "paths": paths} for name, paths in self.delegated.items()]
            said: dict[str, Any] = {"targets": told}
            if role == "targets":
                said["delegations"] = {"roles": roles, "keys": {}}
            self._metadata(f"{self._version}.{role}.json", said)
        meta = {f"{role}.json": {"version": self._version} for role in self.targets}
        self._metadata(f"{self._version}.snapshot.json", {"meta": meta})
        self._metadata("timestamp.json", {"meta": {"snapshot.json": {"version": self._version}}})

    def _put(self, path: str, content: bytes) -> Mapping[str, Any]:
        digest = hashlib.sha256(content).hexdigest()
        place = self.root / "targets" / path
        place = place.with_name(f"{digest}.{place.name}")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
        return {"length": len(content), "hashes": {"sha256": digest}}

    def _metadata(self, name: str, said: Mapping[str, Any]) -> None:
        path = self.root / "metadata" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        signed = {"version": self._version, "expires": self.expires, **said}
        path.write_text(json.dumps({"signed": signed, "signatures": []}))
