"""What is in view. Pure but for nothing: time and answers are arguments.

- What a sweep did not hear goes out of view, unless it missed one sweep only and its device still answers when asked.
- A good-bye takes it out at once.
- An announcement that nobody foresaw is dropped and counted, and not what was heard with it.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping

import attrs

from tympan.plugin import Sighting
from tympan_discovery_bonjour._announcement import Announcement
from tympan_discovery_bonjour._folding import Device, fold
from tympan_discovery_bonjour._hints import addresses, filled, hints, ipp_uris, other_uris, prints
from tympan_discovery_bonjour._inbox import Name
from tympan_discovery_bonjour._limits import DEVICES_AN_ADDRESS, NAMES, SERVICES_A_HOST, SERVICES_AN_ADDRESS, UNASKED_S
from tympan_net.device_look import DeviceLook, Silence

METHOD = "bonjour"


@attrs.define
class Seen:
    """A device in view.

    Attributes:
        device: Its services.
        uris: Where it can be asked.
        first_at: When it came into view.
        seen_at: When it was heard of, or answered, last.
        look: What it answered last; None before it was asked.
        mac: Its hardware address; "" when not known.
        told: The sighting made of all this, anew when something changes; None of what does not print.
    """

    device: Device
    uris: tuple[str, ...]
    first_at: dt.datetime
    seen_at: dt.datetime
    look: DeviceLook | Silence | None = None
    mac: str = ""
    told: Sighting | None = None


class View:
    """The devices of the links.

    Attributes:
        seen: Devices by their keys.
        dropped: Announcements that were too many.
    """

    def __init__(self, own_host: str) -> None:
        self._own_host = own_host.partition(".")[0].lower()
        self._announced: dict[Name, Announcement] = {}
        self._missed: Counter[Name] = Counter()
        self._heard: set[Name] = set()
        self.seen: dict[str, Seen] = {}
        self.dropped = 0

    def begin_sweep(self) -> None:
        """From now on it counts what is heard."""
        self._heard = set()

    def hear(self, heard: Mapping[Name, Announcement | None], now: dt.datetime) -> None:
        """Takes what was heard."""
        before = dict(self._announced)
        try:
            self._take(heard, now)
        except Exception:  # whatever a stranger says: it is looked for by halves
            self._announced = before
            if len(heard) == 1:
                self.dropped += 1
                return
            every = list(heard.items())
            self.hear(dict(every[: len(every) // 2]), now)
            self.hear(dict(every[len(every) // 2 :]), now)

    def _take(self, heard: Mapping[Name, Announcement | None], now: dt.datetime) -> None:
        held = Counter(mark for one in self._announced.values() for mark in _marks(one))
        for name, one in heard.items():
            known = self._announced.pop(name, None)
            if known is not None:
                held.subtract(_marks(known).keys())
            if one is None or self._is_ours(one):
                self._missed.pop(name, None)
            elif len(self._announced) >= NAMES or any(held[mark] >= most for mark, most in _marks(one).items()):
                self.dropped += 1
            else:
                held.update(_marks(one).keys())
                self._announced[name] = one
                self._heard.add(name)
                self._missed.pop(name, None)
        self._fold(now, {id(one) for one in heard.values()})

    def end_sweep(self, now: dt.datetime, *, moved: bool) -> None:
        """What was not heard in it has missed it.

        Args:
            now: The time.
            moved: This computer is on other links than before: who was not heard is not there.
        """
        for name in self._announced.keys() - self._heard:
            self._missed[name] += 1
            if moved or self._missed[name] > 1:
                self._forget(name)
        self._fold(now, set())
        for seen in list(self.seen.values()):
            self._leave_silent(seen, now)

    def answered(self, key: str, look: DeviceLook | Silence, mac: str, now: dt.datetime) -> None:
        """A device was asked."""
        seen = self.seen.get(key)
        if seen is None:
            return
        seen.look = look
        seen.mac = mac or seen.mac
        seen.told = _sighting(key, seen)
        if isinstance(look, DeviceLook):
            seen.seen_at = now
            return
        self._leave_silent(seen, now)

    def _leave_silent(self, seen: Seen, now: dt.datetime) -> None:
        """Takes out of view who neither announces itself any more nor answers."""
        if not self._missed or not isinstance(seen.look, Silence):
            return
        names = [name for name, one in self._announced.items() if one in seen.device]
        if names and all(self._missed[name] for name in names):
            for name in names:
                self._forget(name)
            self._fold(now, set())

    def _forget(self, name: Name) -> None:
        del self._announced[name]
        self._missed.pop(name, None)

    def sightings(self, now: dt.datetime) -> tuple[Sighting, ...]:
        """Every device that prints, once it was asked, or could have been: so each is told once and not twice."""
        before = now - dt.timedelta(seconds=UNASKED_S)
        shown = [seen for seen in self.seen.values() if seen.look is not None or seen.first_at < before]
        return tuple(seen.told for seen in shown if seen.told is not None)

    def _is_ours(self, one: Announcement) -> bool:
        """Queues of this computer, and queues some CUPS shares: they are no devices."""
        return one.host.partition(".")[0].lower() == self._own_host or "printer-type" in one.txt.keys

    def _fold(self, now: dt.datetime, news: set[int]) -> None:
        seen: dict[str, Seen] = {}
        at: Counter[str] = Counter()
        for key, device in fold(self._announced.values()).items():
            reach = addresses(device)
            at[reach[0]] += 1
            if at[reach[0]] > DEVICES_AN_ADDRESS:
                self.dropped += len(device)
                continue
            known = self.seen.get(key) or Seen(device=(), uris=(), first_at=now, seen_at=now)
            if known.device != device or any(id(one) in news for one in device):
                known = attrs.evolve(known, device=device, uris=ipp_uris(device), seen_at=now)
                known.told = _sighting(key, known)  # now: one that cannot be told is not taken
            seen[key] = known
        self.seen = seen


def _marks(one: Announcement) -> dict[str, int]:
    """Where a service is, and how many there may be: nobody takes the room of all others."""
    return {f"host {one.host.lower()}": SERVICES_A_HOST, f"address {one.addresses[0]}": SERVICES_AN_ADDRESS}


def _sighting(key: str, seen: Seen) -> Sighting | None:
    look = seen.look
    answer = look if isinstance(look, DeviceLook) else None
    if answer is None and not prints(seen.device):
        return None
    hint = hints(seen.device)
    return Sighting(
        method=METHOD,
        key=key,
        seen_at=seen.seen_at,
        uri=answer.uri if answer else _said(seen),
        host=seen.device[0].host,
        addresses=addresses(seen.device),
        mac=seen.mac,
        fingerprint=answer.fingerprint if answer else "",
        services=other_uris(seen.device),
        description=filled(answer.description, hint) if answer else hint,
        detail=look.why if isinstance(look, Silence) else "" if answer else "It has not been asked yet.",
    )


def _said(seen: Seen) -> str:
    """Where it says it takes jobs by IPP; the usual ports of one that says nothing are no address of it."""
    says = any(one.type.value in ("_ipp._tcp", "_ipps._tcp") for one in seen.device)
    return seen.uris[0] if says and seen.uris else ""
