"""What the hub knows of devices, read from its database beside it: who sees which by what."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import attrs

_SIGHTINGS = """
SELECT found.id, found.description, found.mac, found.place, agents.name, seen.method, seen.key, seen.in_view, seen.uri,
       seen.description
FROM found_devices AS found
LEFT JOIN device_sightings AS seen ON seen.tenant = found.tenant AND seen.device = found.id
LEFT JOIN agents ON agents.tenant = seen.tenant AND agents.id = seen.agent
"""
_SWEEPS = """
SELECT agents.name, method, at, device_sweeps.in_view FROM device_sweeps
JOIN agents ON agents.tenant = device_sweeps.tenant AND agents.id = agent
"""
_DROPPED = """
SELECT agents.name, method, dropped FROM device_sweeps
JOIN agents ON agents.tenant = device_sweeps.tenant AND agents.id = agent
"""


@attrs.frozen(kw_only=True)
class Sighted:
    """One agent's sighting of it by one method."""

    agent: str
    method: str
    key: str
    in_view: bool
    uri: str
    read: bool


@attrs.define(kw_only=True)
class Found:
    """A device.

    Attributes:
        id: The hub's.
        name: As it calls itself.
        uuid: As it says.
        mac: Its hardware address.
        place: Its address.
        sightings: Who saw it.
    """

    id: str
    name: str
    uuid: str
    mac: str
    place: str
    sightings: list[Sighted] = attrs.field(factory=list)

    @property
    def seen(self) -> set[tuple[str, str]]:
        """Agents and methods that have it in view."""
        return {(one.agent, one.method) for one in self.sightings if one.in_view}

    @property
    def read(self) -> bool:
        """Whether whoever has it in view asked the device itself."""
        return all(one.read for one in self.sightings if one.in_view)


def found_at(home: Path) -> list[Found]:
    """Every device the hub of a folder knows."""
    devices: dict[str, Found] = {}
    for row in _rows(home, _SIGHTINGS):
        told = json.loads(row[1])
        known = devices.setdefault(
            row[0],
            Found(id=row[0], name=told.get("name", ""), uuid=told.get("uuid", ""), mac=row[2], place=row[3]),
        )
        if row[4] is not None:
            read = bool(json.loads(row[9]).get("formats"))
            sighted = Sighted(agent=row[4], method=row[5], key=row[6], in_view=row[7], uri=row[8], read=read)
            known.sightings.append(sighted)
    return list(devices.values())


def swept_at(home: Path) -> dict[tuple[str, str], tuple[str, int]]:
    """The last sweep by agent and method: when, and how many were in view."""
    return {(agent, method): (at, in_view) for agent, method, at, in_view in _rows(home, _SWEEPS)}


def dropped_at(home: Path) -> dict[tuple[str, str], int]:
    """Records dropped, by agent and method."""
    return {(agent, method): dropped for agent, method, dropped in _rows(home, _DROPPED)}


def _rows(home: Path, statement: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(f"file:{home / 'hub.db'}?mode=ro", uri=True)) as database:
        return database.execute(statement).fetchall()
