"""Browsers in which somebody signed in with their password before: others' wrong tries do not keep them out.

- A browser carries, sealed, whose password was right in it; the mark fits one password, and is nothing after another.
- It is no part of a proof: the password, and the second factor, are asked for as ever, a few times in a while.
"""

import datetime as dt
import json

from attrs import frozen

from tympan_hub.domain.errors import HubError
from tympan_hub.domain.ids import hash_of
from tympan_hub.domain.limits.sessions import KNOWN_BROWSER, KNOWN_BROWSER_PEOPLE
from tympan_hub.domain.people import NO_PASSWORD, Person
from tympan_hub.ports import Clock, Secrets, Units

_ABOUT = "known browser"


@frozen(kw_only=True)
class _Known:
    """One person whose password was right in a browser, and until when that counts."""

    person: str
    mark: str
    until: str


class KnownBrowsers:
    """What browsers carry of that."""

    def __init__(self, units: Units, clock: Clock, secrets: Secrets) -> None:
        self._units = units
        self._clock = clock
        self._secrets = secrets

    async def remember(self, carried: bytes, person: Person) -> bytes:
        """What a browser is to carry from now on, in which this person has just proved their password."""
        async with self._units.reading() as unit:
            kept = await unit.people.password(person.tenant, person.id)
        others = [each for each in self._opened(carried) if each.person != person.id]
        if kept is None or kept == NO_PASSWORD:
            return carried
        until = (self._clock.now() + KNOWN_BROWSER).isoformat()
        now = [_Known(person=person.id, mark=_mark(person, kept), until=until), *others][:KNOWN_BROWSER_PEOPLE]
        return self._secrets.seal(json.dumps([[each.person, each.mark, each.until] for each in now]).encode(), _ABOUT)

    def knows(self, carried: bytes, person: Person, kept: str) -> bool:
        """Whether the password that is kept of this person was right in the browser lately."""
        return any(
            (each.person, each.mark) == (person.id, _mark(person, kept))
            and dt.datetime.fromisoformat(each.until) > self._clock.now()
            for each in self._opened(carried)
        )

    def _opened(self, carried: bytes) -> list[_Known]:
        try:
            found = json.loads(self._secrets.unseal(carried, _ABOUT)) if carried else []
        except HubError:  # another hub's, or somebody's own
            return []
        return [_Known(person=person, mark=mark, until=until) for person, mark, until in found]


def _mark(person: Person, kept: str) -> str:
    return hash_of(f"{_ABOUT} {person.id} {kept}")
