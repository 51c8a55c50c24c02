"""Envelopes that agents shall make for those that joined later: each look of an agent asks for them.

- A job that all who may print it have an envelope of lacks none as long as they stay the same, and nobody gave it back:
  envelopes go when a job is over, and one that was found bad is marked with the word that gives the job back. So a job
  is looked at again only when its readers, its fence or its state is another. A look at hundreds of waiting jobs would
  else read tens of thousands of envelopes.
"""

import datetime as dt
from collections import OrderedDict

from tympan_hub.domain.crossings import Crossing
from tympan_hub.domain.ids import CrossingId
from tympan_hub.domain.limits.tunnel import WANTED_LOOKED_AT, WANTED_REMEMBERED, WANTED_TOLD
from tympan_hub.ports import Bearer, Unit
from tympan_hub.service.crossing_views import missing_of, readers_by_printer
from tympan_wire.hub import EnvelopesWanted, Reader


class WantedEnvelopes:
    """Knows of which waiting jobs nobody lacks an envelope."""

    def __init__(self) -> None:
        self._whole: OrderedDict[CrossingId, int] = OrderedDict()

    async def of(self, unit: Unit, bearer: Bearer, now: dt.datetime) -> tuple[EnvelopesWanted, ...]:
        """What an agent is asked to make."""
        waiting = await unit.crossings.unbegun_for(bearer.tenant, bearer.agent, WANTED_LOOKED_AT)
        readers = await readers_by_printer(unit, bearer.tenant, {one.printer for one in waiting}, now)
        stands = {one.id: _stands(one, readers[one.printer]) for one in waiting}
        open_ = [one for one in waiting if self._whole.get(one.id) != stands[one.id]]
        sealed = await unit.crossings.addressees(bearer.tenant, [one.id for one in open_])
        missing: dict[CrossingId, tuple[Reader, ...]] = {}
        for one in open_:
            lacking = missing_of(one, sealed.get(one.id, ()), readers[one.printer])
            if not lacking:
                self._remember(one.id, stands[one.id])
            if all(each.agent != bearer.agent for each in lacking):  # else it cannot open its own
                missing[one.id] = lacking
        wanted = [one for one in open_ if missing.get(one.id)][:WANTED_TOLD]
        keys = await unit.crossings.keys_for(bearer.tenant, bearer.agent, [one.id for one in wanted])
        return tuple(
            EnvelopesWanted(job=one.job, printer=one.printer, envelope=keys[one.id], missing=missing[one.id])
            for one in wanted
        )

    def _remember(self, crossing: CrossingId, stands: int) -> None:
        self._whole[crossing] = stands
        self._whole.move_to_end(crossing)
        if len(self._whole) > WANTED_REMEMBERED:
            self._whole.popitem(last=False)


def _stands(crossing: Crossing, readers: tuple[Reader, ...]) -> int:
    """What tells whether a job has to be looked at again: a number, as readers have kilobytes of keys."""
    return hash((crossing.fence, crossing.state, tuple((reader.agent, reader.recipient) for reader in readers)))
