"""The estate: its parts are made one after the other, and no two of them say what an argument is."""

from __future__ import annotations

import inspect
from typing import Any

import attrs
from hub_rig import Bench

from border_rig._agents import agents
from border_rig._crossings import crossings
from border_rig._devices import devices
from border_rig._ground import Goods, new_ground
from border_rig._jobs import jobs
from border_rig._people import people
from border_rig._printers import printers
from border_rig._programs import programs
from border_rig._pulled import pulled
from border_rig._sign_ins import sign_ins
from border_rig._values import VALUES
from tympan_hub.domain.ids import DeviceId, JobId, TenantId, UploadId
from tympan_hub.domain.jobs import Job


@attrs.frozen
class Estate:
    """A tenant that has one of everything, and what each argument of a port's method is of it."""

    tenant: TenantId
    by_type: dict[Any, Any] = attrs.field(factory=dict)
    by_name: dict[str, Any] = attrs.field(factory=dict)

    def argument(self, parameter: inspect.Parameter, hint: Any) -> Any:
        """What an intruder who knows all about this tenant would give."""
        if not attrs.has(hint) and parameter.name in self.by_name:
            return self.by_name[parameter.name]
        return self.by_type[hint]

    def take(self, goods: Goods) -> None:
        """One more part."""
        twice = (self.by_type.keys() & goods.by_type) | (self.by_name.keys() & goods.by_name)
        assert not twice, twice
        self.by_type.update(goods.by_type)
        self.by_name.update(goods.by_name)


async def new_estate(hub: Bench) -> Estate:
    """A tenant of that kind."""
    ground = await new_ground(hub)
    made = Estate(ground.tenant)
    made.take(VALUES)
    for part in (devices, people, sign_ins, jobs):
        made.take(await part(ground))
    made.take(await printers(ground, made.by_type[DeviceId]))
    for part in (programs, agents):
        made.take(await part(ground))
    upload = made.by_type[UploadId]
    made.take(await pulled(ground, upload))
    made.take(await crossings(ground, upload, waits=made.by_type[Job].id, begun=made.by_type[JobId]))
    return made
