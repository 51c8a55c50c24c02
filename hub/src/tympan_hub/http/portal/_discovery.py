"""How ways of finding devices stand, as pages tell it."""

from tympan_hub.domain.ids import CapabilityKey
from tympan_hub.domain.policy import Scope
from tympan_hub.http.portal import _device_words as words
from tympan_hub.http.portal import views
from tympan_hub.http.portal._visit import Visit
from tympan_hub.service.discovery import MethodStanding, SwitchedOff


async def methods(visit: Visit) -> tuple[views.MethodWord, ...]:
    """All of them."""
    return tuple(map(_word, await visit.services.discovery.methods(visit.home, visit.actor)))


async def method(visit: Visit, key: CapabilityKey) -> views.MethodWord:
    """One of them."""
    found = await visit.services.discovery.methods(visit.home, visit.actor)
    return _word(next(standing for standing in found if standing.key == key))


def _word(standing: MethodStanding) -> views.MethodWord:
    off = (standing.off,) if standing.off else standing.groups
    return views.MethodWord(
        name=words.DISCOVERIES[standing.key],
        off=tuple(map(_off, off)),
        everybody=standing.off is not None,
        agents=standing.agents,
        running=standing.running,
    )


def _off(off: SwitchedOff) -> views.OffWord:
    return views.OffWord(owner=off.scope is Scope.OWNER, by=off.by, at=off.at, group=off.group)
