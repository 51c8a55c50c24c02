"""Which sightings are of one device: by serial number, uuid, certificate, hardware address, place. Never by name.

The rules, the first that tells decides:

1. The same maker and serial number is one device, by however many interfaces, uuids and certificates; different
   serial numbers are different devices.
2. The same uuid is one device, unless it is a cloned one: devices with different serial numbers have it, or one agent
   sees it by one method in different places at once. Where a sweep ended between the words about the two, the earlier
   may have moved: the next sweep tells. Different uuids are different devices. A cloned uuid tells nothing, then and
   later, and the rules below decide among those who have it.
3. The same certificate is one device, with the same exception (makers ship one certificate with all of their devices).
   What has a uuid alone and what has a serial number alone are one where the rules below make a pair of just these.
4. The same hardware address is one device unless certificates differ; 5. the same place, unless hardware addresses,
   certificates or models differ. Where either fits several devices, it tells nothing.

The partition depends on the set of sightings alone, in whatever order they came; and only sightings that share
something with each other bear on each other.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import combinations, product
from operator import attrgetter
from types import MappingProxyType
from typing import Final

import attrs
from attrs import frozen

from tympan_hub.domain.ids import DeviceId
from tympan_hub.domain.limits.devices import PLACES_COMPARED
from tympan_hub.domain.sightings import BY_HAND, NOT_SWEPT, Name, Trace

_FINGERPRINT, _MAC, _HOST, _MODEL = "fingerprint", "mac", "host", "model"
_PLACES: Final = (_FINGERPRINT, _MAC, _HOST)
_AGAINST: Final = {_FINGERPRINT: (), _MAC: (_FINGERPRINT,), _HOST: (_FINGERPRINT, _MAC, _MODEL)}
"""What must not differ for something to tell that two are one."""


@frozen(kw_only=True)
class Partition:
    """Sightings by device.

    Attributes:
        groups: Those of one device each.
        uuid_shared: Sightings whose uuid was found to be cloned.
        certificate_shared: Sightings whose certificate was found to be several devices'.
    """

    groups: tuple[tuple[Trace, ...], ...]
    uuid_shared: frozenset[Name] = frozenset()
    certificate_shared: frozenset[Name] = frozenset()


@frozen(kw_only=True)
class Settled:
    """Which device each sighting is of.

    Attributes:
        devices: By sighting.
        new: Devices that were not there before.
        gone: Devices that turned out to be another one, and which.
    """

    devices: Mapping[Name, DeviceId]
    new: frozenset[DeviceId]
    gone: Mapping[DeviceId, DeviceId]


@frozen(kw_only=True)
class Printing:
    """By what printers that were made of a device know it.

    Attributes:
        fingerprints: Certificates that were pinned.
        hosts: Where they are.
    """

    fingerprints: frozenset[str] = frozenset()
    hosts: frozenset[str] = frozenset()


NO_PRINTING: Final[Mapping[DeviceId, Printing]] = MappingProxyType({})


@attrs.define(eq=False)
class _Cluster:
    """Sightings of one device, so far."""

    traces: list[Trace]
    known: dict[str, set[str]] = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self.known = {kind: _values(self.traces, kind) for kind in (*_PLACES, _MODEL, "uuid")}

    def add(self, traces: Iterable[Trace]) -> None:
        """These are of it too."""
        more = list(traces)
        self.traces += more
        for kind, values in self.known.items():
            values |= _values(more, kind)

    def admits(self, traces: Sequence[Trace], kind: str) -> bool:
        """Whether nothing stronger than this kind says that these are another's."""
        for other in _AGAINST[kind]:
            theirs = _values(traces, other)
            if theirs and self.known[other] and not theirs & self.known[other]:
                return False
        return True


def partition(traces: Iterable[Trace]) -> Partition:
    """Sorts sightings by device, again and again until nothing more is found to be several devices': what is found
    late bears on what was sorted before. Each time more of them are marked, so it ends.
    """
    told = {trace.name: trace for trace in traces}
    marked = told
    while True:
        found = _sorted_out(marked.values())
        before, marked = marked, {name: _marked(trace, found) for name, trace in marked.items()}
        if marked == before:
            break
    return Partition(
        groups=tuple(tuple(told[trace.name] for trace in group) for group in found.groups),
        uuid_shared=frozenset(name for name, trace in marked.items() if trace.uuid_shared),
        certificate_shared=frozenset(name for name, trace in marked.items() if trace.certificate_shared),
    )


def _marked(trace: Trace, found: Partition) -> Trace:
    return attrs.evolve(
        trace,
        uuid_shared=trace.uuid_shared or trace.name in found.uuid_shared,
        certificate_shared=trace.certificate_shared or trace.name in found.certificate_shared,
    )


def _sorted_out(traces: Iterable[Trace]) -> Partition:
    ordered = sorted(traces, key=attrgetter("name"))
    clusters = [_Cluster(those) for those in _by(ordered, "serial").values()]
    uuids, certificates = set[Name](), set[Name]()
    unnumbered = [trace for trace in ordered if not trace.serial]
    numbered = tuple(clusters)
    named: list[_Cluster] = []
    for uuid, those in sorted(_by(unnumbered, "uuid").items()):
        holders = [cluster for cluster in numbered if uuid in cluster.known["uuid"]]
        if _is_cloned(those, holders, uuid):
            uuids |= {trace.name for trace in those}
            uuids |= {trace.name for one in holders for trace in one.traces if trace.uuid == uuid}
            clusters += _placed(those, holders, certificates)
        elif holders:
            holders[0].add(those)
        else:
            named.append(_Cluster(those))
    clusters += _paired(named, [cluster for cluster in numbered if not cluster.known["uuid"]])
    weak = [trace for trace in unnumbered if not trace.uuid]
    clusters += _placed(weak, clusters, certificates)
    groups = tuple(tuple(sorted(cluster.traces, key=attrgetter("name"))) for cluster in clusters)
    return Partition(
        groups=tuple(sorted(groups, key=lambda group: group[0].name)),
        uuid_shared=frozenset(uuids),
        certificate_shared=frozenset(certificates),
    )


def settle(
    groups: Iterable[Sequence[Trace]],
    born: Mapping[DeviceId, dt.datetime],
    new_id: Callable[[], DeviceId],
    printing: Mapping[DeviceId, Printing] = NO_PRINTING,
) -> Settled:
    """Gives each group its device: the oldest its sightings had. Of a device that became several, the group stays it
    that has what its printers know it by, else the one that was seen first.

    Args:
        groups: Sightings by device.
        born: When each device they had came to be.
        new_id: Makes an id.
        printing: By what printers that were made of them know them.
    """
    sorted_out = list(groups)
    numbered = [(trace, number) for number, group in enumerate(sorted_out) for trace in group]
    home: dict[DeviceId, int] = {}
    for trace, number in sorted(numbered, key=lambda one: (one[0].first_seen_at, one[0].name)):
        if trace.device in born:
            home.setdefault(trace.device, number)
    home |= {device: _known_by(known, device, sorted_out, home[device]) for device, known in printing.items()}
    ids: dict[int, DeviceId] = {}
    for device in sorted(home, key=lambda one: (born[one], one)):
        ids.setdefault(home[device], device)
    new = {number: new_id() for number in dict.fromkeys(number for _, number in numbered) if number not in ids}
    ids |= new
    return Settled(
        devices={trace.name: ids[number] for trace, number in numbered},
        new=frozenset(new.values()),
        gone={device: ids[number] for device, number in home.items() if ids[number] != device},
    )


def _known_by(known: Printing, device: DeviceId, groups: Sequence[Sequence[Trace]], first: int) -> int:
    """The group of a device that stays it: a certificate tells more than an address, and both more than age."""
    its = [number for number, group in enumerate(groups) if any(trace.device == device for trace in group)]

    def weight(number: int) -> tuple[bool, bool, bool]:
        shown, hosts = _values(groups[number], _FINGERPRINT), _values(groups[number], _HOST)
        return bool(shown & known.fingerprints), bool(hosts & known.hosts), number == first

    return max(its, key=weight)


def _is_cloned(those: Sequence[Trace], holders: Sequence[_Cluster], uuid: str) -> bool:
    if len(holders) > 1 or any(trace.uuid_shared for trace in those):
        return True
    others = [trace for holder in holders for trace in holder.traces if trace.uuid == uuid]
    return any(trace.uuid_shared for trace in others) or _apart(those, others, _PLACES)


def _paired(named: Iterable[_Cluster], numbered: Iterable[_Cluster]) -> list[_Cluster]:
    """Joins what has a uuid to what has a serial number, where each is the only one for the other; gives the rest."""
    rest, free = list(named), list(numbered)
    for kind in _PLACES:
        near, back = _holders(free, kind), _holders(rest, kind)
        pairs = [(one, *_fitting(one, near, kind)) for one in rest]
        for one, *fits in pairs:
            if len(fits) == 1 and _fitting(fits[0], back, kind) == [one]:
                fits[0].add(one.traces)
                rest.remove(one)
                free.remove(fits[0])
    return rest


def _fitting(one: _Cluster, near: Mapping[str, list[_Cluster]], kind: str) -> list[_Cluster]:
    found = {id(other): other for value in sorted(one.known[kind]) for other in near.get(value, ())}
    return [other for other in found.values() if other.admits(one.traces, kind)]


def _placed(traces: Sequence[Trace], there: Sequence[_Cluster], shared: set[Name]) -> list[_Cluster]:
    """Puts those that have no name for good to the devices in whose place they are, or makes new ones of them."""
    made: list[_Cluster] = []
    rest = list(traces)
    for kind in _PLACES:
        near = _holders([*there, *made], kind)
        left = [trace for trace in rest if not getattr(trace, kind)]
        for value, those in sorted(_by(rest, kind).items()):
            fitting = [cluster for cluster in near.get(value, ()) if cluster.admits(those, kind)]
            if (kind == _FINGERPRINT and _is_shared(those, fitting, value, shared)) or len(fitting) > 1:
                left += those
            elif fitting:
                fitting[0].add(those)
            else:
                made += _made(those, kind)
        rest = sorted(left, key=attrgetter("name"))
    lost = defaultdict(list)
    for trace in rest:
        lost[trace.mac or trace.host or trace.fingerprint or trace.name].append(trace)
    return made + [_Cluster(those) for those in lost.values()]


def _made(those: Sequence[Trace], kind: str) -> list[_Cluster]:
    """New devices of what shares one value: one of each that must not differ, where any does."""
    against = _AGAINST[kind]
    told = defaultdict(list)
    for trace in those:
        told[tuple(getattr(trace, other) for other in against)].append(trace)
    if all(len(_values(those, other)) <= 1 for other in against):
        return [_Cluster(list(those))]
    return [_Cluster(some) for _, some in sorted(told.items())]


def _is_shared(those: Sequence[Trace], near: Sequence[_Cluster], value: str, shared: set[Name]) -> bool:
    others = [trace for cluster in near for trace in cluster.traces if trace.fingerprint == value]
    known = any(trace.certificate_shared or trace.name in shared for trace in (*those, *others))
    if len(near) > 1 or not (known or _apart(those, others, (_MAC, _HOST))):
        return False  # several known devices have it: it tells nothing of this one, for now
    shared |= {trace.name for trace in (*those, *others)}
    return True


def _apart(those: Iterable[Trace], others: Iterable[Trace], kinds: Sequence[str]) -> bool:
    """Whether one agent sees any of those, by one method, elsewhere than another of those, or of the others, now."""
    views: dict[tuple[str, str], _View] = {}
    for number, some in enumerate((those, others)):
        for trace in some:
            if trace.in_view and trace.name.agent != BY_HAND:
                view = views.setdefault((trace.name.agent, trace.name.method), _View())
                view.see(number, tuple(getattr(trace, kind) for kind in kinds), trace)
    return any(view.differs for view in views.values())


@attrs.define(eq=False)
class _View:
    """Where an agent sees something by one method: what is asked about, what is known beside; and its last sweep."""

    seen: tuple[dict[tuple[str, ...], dt.datetime], dict[tuple[str, ...], dt.datetime]] = attrs.field(
        factory=lambda: ({}, {})
    )
    swept_at: dt.datetime = NOT_SWEPT

    def see(self, number: int, places: tuple[str, ...], trace: Trace) -> None:
        """It is seen there too."""
        self.seen[number][places] = max(trace.seen_at, self.seen[number].get(places, trace.seen_at))
        self.swept_at = max(self.swept_at, trace.swept_at)

    @property
    def differs(self) -> bool:
        """Whether it is seen in several places at once."""
        mine, beside = self.seen
        if len(mine) > PLACES_COMPARED or (mine and len(beside) > PLACES_COMPARED):
            return True
        pairs = [*combinations(sorted(mine.items()), 2), *product(mine.items(), beside.items())]
        return any(_elsewhere(one, other) and self._at_once(at, then) for (one, at), (other, then) in pairs)

    def _at_once(self, one: dt.datetime, other: dt.datetime) -> bool:
        """Whether no sweep ended between the words about two, or one ended after both: else the earlier may be old."""
        return not min(one, other) <= self.swept_at < max(one, other)


def _elsewhere(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """The first kind that both tell decides."""
    for mine, theirs in zip(one, other, strict=True):
        if mine and theirs:
            return mine != theirs
    return False


def _holders(clusters: Iterable[_Cluster], kind: str) -> dict[str, list[_Cluster]]:
    found = defaultdict(list)
    for cluster in clusters:
        for value in cluster.known[kind]:
            found[value].append(cluster)
    return found


def _by(traces: Iterable[Trace], kind: str) -> dict[str, list[Trace]]:
    found = defaultdict(list)
    for trace in traces:
        if value := getattr(trace, kind):
            found[value].append(trace)
    return found


def _values(traces: Iterable[Trace], kind: str) -> set[str]:
    return {value for trace in traces if (value := getattr(trace, kind))}
