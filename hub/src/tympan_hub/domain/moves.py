"""Where a device takes jobs, and whether it is proved that a printer's device went there.

All that sightings tell was said by strangers, or by one agent that lies. So the word of many agents goes before that of
few, what stood there first before what came beside it, and only then a secure address before another. That a device
moved is a fact only where the certificate that people pinned is shown at the new address: whatever else is known of it
may come from whoever wants its jobs.
"""

from collections.abc import Iterable, Sequence
from urllib.parse import urlsplit

from attrs import frozen

from tympan_hub.domain.ids import AgentId
from tympan_hub.domain.sightings import BY_HAND, Sighting


@frozen(kw_only=True)
class Move:
    """That the device of a printer is said to be at another address.

    Attributes:
        uri: Which.
        fingerprint: SHA-256 of the certificate that is shown there; "" for none.
        seen_by: Agents that see it there.
        proven: The certificate that was pinned is shown there.
    """

    uri: str
    fingerprint: str = ""
    seen_by: tuple[AgentId, ...] = ()
    proven: bool = False


def best_uri(sightings: Iterable[Sighting]) -> str:
    """The address of those that have the device in view, else of those that had; "" where nobody has one.

    That of the host most agents see, then of the one that was seen first; of one host the secure one.
    """
    seen = _telling(sightings)
    hosts = {host: [one for one in seen if _host(one.uri) == host] for host in {_host(one.uri) for one in seen}}
    if not hosts:
        return ""
    there = min(hosts.values(), key=lambda those: (*_weight(those), not any(is_secure(one.uri) for one in those)))
    uris = {one.uri: [other for other in there if other.uri == one.uri] for one in there}
    return min(uris, key=lambda uri: (not is_secure(uri), *_weight(uris[uri])))


def certificate_at(uri: str, sightings: Iterable[Sighting]) -> str:
    """The certificate that is shown at a secure address, as most agents say; "" for none."""
    seen = _telling(one for one in sightings if one.uri == uri and one.trace.fingerprint) if is_secure(uri) else []
    shown = {one.trace.fingerprint for one in seen}
    by = {each: [one for one in seen if one.trace.fingerprint == each] for each in shown}
    return min(by, key=lambda each: _weight(by[each]), default="")


def certificate_beside(uri: str, sightings: Iterable[Sighting], told: str) -> str:
    """The certificate to tell beside an address: the one shown there, for any other may be somebody else's.

    Args:
        uri: The address; "" where nobody knows one.
        sightings: Of the device.
        told: Its certificate as told last, which stands alone where there is no address.
    """
    return certificate_at(uri, sightings) if uri else told


def move_of(uri: str, pinned: str, sightings: Sequence[Sighting]) -> Move | None:
    """Where a printer's device is said to be now; None while an agent sees it where the printer has it.

    Args:
        uri: The address the printer has.
        pinned: The certificate agents insist on; with one only secure addresses count, for no other can show it.
        sightings: Of its device.
    """
    seen = [one for one in sightings if one.trace.in_view and one.uri]
    if any(one.uri == uri for one in seen):
        return None
    if pinned:
        seen = [one for one in seen if is_secure(one.uri)]
    proving = [one for one in seen if pinned and one.trace.fingerprint == pinned]
    now = best_uri(proving or seen)
    if not now:
        return None
    there = [one for one in proving or seen if one.uri == now]
    return Move(
        uri=now,
        fingerprint=certificate_at(now, there),
        seen_by=tuple(sorted({one.trace.name.agent for one in there} - {BY_HAND})),
        proven=bool(proving),
    )


def is_secure(uri: str) -> bool:
    """Whether a certificate is shown at an address."""
    return uri.startswith(("ipps:", "https:"))


def _telling(sightings: Iterable[Sighting]) -> list[Sighting]:
    told = [one for one in sightings if one.uri]
    return [one for one in told if one.trace.in_view] or told


def _weight(those: Sequence[Sighting]) -> tuple[int, float, str]:
    """The least weighs most: seen by many, then since long; a text settles the rest."""
    since = min(one.trace.first_seen_at for one in those).timestamp()
    return -len({one.trace.name.agent for one in those}), since, min(one.uri + one.trace.fingerprint for one in those)


def _host(uri: str) -> str:
    return urlsplit(uri).hostname or ""
