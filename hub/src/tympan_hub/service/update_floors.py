"""Updates, for the service owner: what holds for every tenant, and what the hub's own repository has."""

import attrs
from attrs import frozen

from tympan_hub.domain.errors import SoAlready
from tympan_hub.domain.ids import SERVICE
from tympan_hub.domain.people import Act, Actor
from tympan_hub.domain.update_floor import UpdateFloor, check_floor
from tympan_hub.domain.wakes import LookAtUpdates
from tympan_hub.ports import Clock, Units, WakeUps
from tympan_hub.ports.update_repository import Contents, UpdateRepository
from tympan_hub.service.audit import record
from tympan_hub.service.known import check_same
from tympan_hub.service.update_gate import floor_of


@frozen(kw_only=True)
class FloorShown:
    """What the service owner says, and what there is.

    Attributes:
        floor: What they say.
        contents: What the hub's own repository holds; None where it has none.
    """

    floor: UpdateFloor
    contents: Contents | None


class UpdateFloorService:
    """What holds for every tenant."""

    def __init__(self, units: Units, clock: Clock, wakeups: WakeUps, repository: UpdateRepository | None) -> None:
        self._units = units
        self._clock = clock
        self._wakeups = wakeups
        self._repository = repository

    async def look(self, by: Actor) -> FloorShown:
        """All of it, for a service owner."""
        by.require(Act.SEE_POLICY, SERVICE)
        async with self._units.reading() as unit:
            floor = await floor_of(unit)
        return FloorShown(floor=floor, contents=await self._repository.contents() if self._repository else None)

    async def change(self, by: Actor, floor: UpdateFloor, *, read: UpdateFloor | None = None) -> UpdateFloor:
        """Says something else.

        Args:
            by: Who says it.
            floor: What.
            read: What it was as whoever decides read it; None for whatever it is now.

        Raises:
            BadInput: Nobody can mean that.
            Changed: Somebody else changed it meanwhile.
            SoAlready: It is so.
        """
        by.require(Act.SWITCH_POLICY, SERVICE)
        check_floor(floor)
        async with self._units.writing() as unit:
            known = await floor_of(unit)
            check_same(known, read)
            if known == floor:
                raise SoAlready("it is said so already")
            await unit.updates.keep_floor(SERVICE, floor)
            await record(unit, SERVICE, by, "update.floor", "updates", _told(known, floor), at=self._clock.now())
        await self._wakeups.send(SERVICE, LookAtUpdates())
        return floor


def _told(before: UpdateFloor, after: UpdateFloor) -> str:
    changed = [one.name for one in attrs.fields(UpdateFloor) if getattr(before, one.name) != getattr(after, one.name)]
    return ", ".join(f"{name}: {_word(getattr(before, name))} → {_word(getattr(after, name))}" for name in changed)


def _word(value: object) -> str:
    if isinstance(value, tuple):
        return " ".join(value) or "none"
    return "none" if value == "" else str(value)
