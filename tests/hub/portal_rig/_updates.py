"""Updates in the office: a repository, rings, a version that stopped by itself, and a plugin somebody let go on."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from tympan_hub.domain.ids import AgentId, GroupId, TenantId
from tympan_hub.domain.people import Actor
from tympan_hub.domain.updates import Day, UpdateRules, Window
from tympan_hub.ports import Bearer
from tympan_hub.service import Services
from tympan_wire.hub import PluginVersion, UpdatesRequest, UpdateStep, UpdateTold

_PLUGIN: Final = "acme-raw9100"


async def roll_out(services: Services, tenant: TenantId, by: Actor, agents: Sequence[AgentId]) -> None:
    """Two computers of the first ring come back from a version, one lacks a plugin, one plugin goes on."""
    window = Window(days=(Day.SAT, Day.SUN), begin_min=22 * 60, end_min=5 * 60)
    rules = UpdateRules(canary=(GroupId("werkstatt"),), early=(GroupId("archiv"),), window=window)
    await services.rollouts.change(tenant, by, rules)
    now = dt.datetime.now(dt.UTC)
    wrong = UpdateTold(
        version="1.4.0", step=UpdateStep.RETURNED, reason="It did not answer within a minute", missing=(), at=now
    )
    lacks = UpdateTold(version="1.4.0", step=UpdateStep.SWITCHED, missing=("spool_cups", "discovery_bonjour"), at=now)
    refused = UpdateTold(
        subject=_PLUGIN, version="1.0.1", step=UpdateStep.REFUSED, reason="No key of this vendor signed it", at=now
    )
    has = (PluginVersion(distribution=_PLUGIN, version="1.0.0"),)
    told = (
        UpdatesRequest(installed="1.3.2", previous="1.3.1", plugins=has, updates=(wrong,)),
        UpdatesRequest(installed="1.3.2", updates=(wrong, refused)),
        UpdatesRequest(installed="1.4.0", previous="1.3.2", healthy=False, trouble="two are missing", updates=(lacks,)),
    )
    for agent, request in zip(agents, told, strict=False):
        await services.updates.of(Bearer(tenant=tenant, agent=agent), request)
    await services.rollouts.stop(tenant, by, _PLUGIN, "1.0.1")
    await services.rollouts.go_on(tenant, by, _PLUGIN, "1.0.1")


def publish(folder: Path) -> None:
    """A repository as its publisher leaves it, unsigned: pages show it, and no agent would believe it."""
    package, bundle = b"a package", b"a bundle"
    files: dict[str, bytes] = {
        "agent/1.3.2/tympan_1.3.2_amd64.deb": package,
        "agent/1.3.2/tympan-1.3.2-linux-x86_64.tar.gz": bundle,
        "agent/1.4.0/tympan_1.4.0_amd64.deb": package,
    }
    for ring, version in (("canary", "1.4.0"), ("early", "1.3.2"), ("all", "1.3.2")):
        said = {"v": 1, "agent": version, "plugins": {_PLUGIN: "1.0.1"} if ring == "canary" else {}}
        files[f"channels/{ring}.json"] = json.dumps(said).encode()
    told = {path: _put(folder, path, content) for path, content in files.items()}
    _metadata(folder, "1.targets.json", {"targets": told})
    _metadata(folder, "1.snapshot.json", {"meta": {"targets.json": {"version": 1}}})
    _metadata(folder, "timestamp.json", {"meta": {"snapshot.json": {"version": 1}}})


def _put(folder: Path, path: str, content: bytes) -> Mapping[str, Any]:
    digest = hashlib.sha256(content).hexdigest()
    place = folder / "targets" / path
    place.parent.mkdir(parents=True, exist_ok=True)
    place.with_name(f"{digest}.{place.name}").write_bytes(content)
    return {"length": len(content), "hashes": {"sha256": digest}}


def _metadata(folder: Path, name: str, said: Mapping[str, Any]) -> None:
    path = folder / "metadata" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"signed": {"expires": "2099-01-01T00:00:00Z", **said}, "signatures": []}))
