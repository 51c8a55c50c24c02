"""Printers: what an administrator defines on a device, and how agents see it."""

import datetime as dt
import re
from collections.abc import Sequence
from enum import StrEnum
from urllib.parse import urlsplit

import attrs
from attrs import frozen

from tympan_hub.domain.errors import BadInput
from tympan_hub.domain.ids import AgentId, DeviceId, PrinterId, ShareId, TenantId
from tympan_hub.domain.limits.values import NAME_OCTETS, URI_OCTETS
from tympan_hub.domain.pull import PullSettings, check_pull
from tympan_hub.domain.text import is_name
from tympan_hub.domain.tunnel_use import TunnelChoice

SCHEMES = ("ipp", "ipps", "http", "https")
_FINGERPRINT = re.compile(r"[0-9a-f]{64}")


class Delivery(StrEnum):
    """Whether a job goes out at once or waits for its owner at the device."""

    PUSH = "push"
    PULL = "pull"


@frozen(kw_only=True)
class Printer:
    """A printer.

    Attributes:
        id: Name in URIs, unique in the tenant; never changes.
        tenant: Whose it is.
        name: For people, unique in the tenant.
        uri: The device; "" for a pull queue, which serves every release point, and for a queue an agent shares.
        delivery: Push or pull.
        location: For people.
        fingerprint: SHA-256 of the device's certificate (DER), hex, when an administrator confirmed one; else "".
        everybody: It is for everybody of the tenant, not only for whom it was given to; an assignment says so.
        created_at: When it was defined.
        device: The device it was made of, where it was found; None for one that was typed in.
        pull: How it holds jobs; None for one that does not.
        tunnel: When its jobs go through the hub, where the service owner has the tunnel on.
        share: The queue of an agent's machine it is; None for one with a device.
    """

    id: PrinterId
    tenant: TenantId
    name: str
    uri: str
    delivery: Delivery = Delivery.PUSH
    location: str = ""
    fingerprint: str = ""
    everybody: bool = True
    created_at: dt.datetime
    device: DeviceId | None = None
    pull: PullSettings | None = None
    tunnel: TunnelChoice = attrs.field(factory=TunnelChoice)
    share: ShareId | None = None

    @property
    def holds(self) -> bool:
        """Whether it holds jobs, and has no device of its own."""
        return self.pull is not None


@frozen(kw_only=True)
class DeviceSeen:
    """How an agent saw the device behind a printer, last."""

    printer: PrinterId
    agent: AgentId
    reachable: bool
    observed_at: dt.datetime
    make_and_model: str = ""
    formats: tuple[str, ...] = ()
    color: bool | None = None
    duplex: bool | None = None
    media: tuple[str, ...] = ()
    reason: str = "none"
    detail: str = ""


@frozen(kw_only=True)
class PrinterName:
    """As much of a printer as a list shows of it.

    Attributes:
        id: Its name in URIs.
        name: For people.
        location: For people.
        everybody: It is for everybody of the tenant.
        holds: It holds jobs, and has no device of its own.
    """

    id: PrinterId
    name: str
    location: str
    everybody: bool
    holds: bool = False


@frozen(kw_only=True)
class Look:
    """How the device of a printer is, by all agents that saw it: one that reaches it tells more than many elsewhere.

    Attributes:
        reachable: Whether any agent reaches it.
        reason: What hinders it, as the last agent that reaches it says; "none" when nothing does.
        model: As it called itself last; "" when it told nobody.
    """

    reachable: bool
    reason: str
    model: str

    @classmethod
    def of(cls, seen: Sequence[DeviceSeen]) -> "Look | None":
        """From all that was seen of one device, the latest first; None when nobody saw it."""
        if not seen:
            return None
        best = next((look for look in seen if look.reachable), seen[0])
        model = next((look.make_and_model for look in seen if look.make_and_model), "")
        return cls(reachable=best.reachable, reason=best.reason, model=model)


@frozen(kw_only=True)
class DeviceFound:
    """What an agent found at an address it was asked to look at.

    Attributes:
        make_and_model: As the device calls itself.
        formats: Media types it takes.
        color: Whether it prints colour; None when it does not say.
        duplex: Whether it prints both sides; None when it does not say.
        media: PWG media names it takes.
        fingerprint: SHA-256 of its certificate (DER), hex; "" where it has none.
    """

    make_and_model: str = ""
    formats: tuple[str, ...] = ()
    color: bool | None = None
    duplex: bool | None = None
    media: tuple[str, ...] = ()
    fingerprint: str = ""


@frozen(kw_only=True)
class QueueSeen:
    """The queue of an operating system for a printer, as its agent reported it last."""

    printer: PrinterId
    agent: AgentId
    installed: bool
    usable: bool = False
    detail: str = ""
    observed_at: dt.datetime


def check_printer(
    name: str,
    uri: str,
    location: str = "",
    fingerprint: str = "",
    pull: PullSettings | None = None,
    *,
    shared: bool = False,
) -> None:
    """Raises ``BadInput`` for what no printer can have. Agents hold printers to the same rules."""
    if not is_name(name, NAME_OCTETS):
        cause = f"a printer's name has 1 to {NAME_OCTETS} octets and no control characters"
        raise BadInput(cause, next_step="Choose another name.")
    if shared:
        _check_shared(uri, fingerprint, pull)
    elif pull is None:
        check_device(uri)
    else:
        _check_queue(uri, fingerprint, pull)
    if location and not is_name(location, NAME_OCTETS):
        raise BadInput(f"a location has at most {NAME_OCTETS} octets and no control characters")
    if fingerprint and not is_fingerprint(fingerprint):
        raise BadInput("a fingerprint is the 64 lower-case hex digits of a certificate's SHA-256")


def check_device(uri: str) -> None:
    """Raises ``BadInput`` for what is no address of a device."""
    if not _is_device(uri):
        raise BadInput(f"{uri!r:.120} is no device URI", next_step="Give one such as ipp://printer.example/ipp/print.")


def _check_queue(uri: str, fingerprint: str, pull: PullSettings) -> None:
    if uri or fingerprint:
        cause = "a printer that holds jobs has no device of its own: it serves every release point"
        raise BadInput(cause, next_step="Leave the address out, and make devices release points.", field="uri")
    check_pull(pull)


def _check_shared(uri: str, fingerprint: str, pull: PullSettings | None) -> None:
    if uri or fingerprint or pull is not None:
        cause = "a printer that a computer shares is reached through the hub, and holds no jobs"
        raise BadInput(cause, next_step="Leave the address out.", field="uri")


def check_way(delivery: Delivery, pull: PullSettings | None = None) -> None:
    """Raises ``BadInput`` for a way no job can go."""
    if (delivery is Delivery.PULL) is not (pull is not None):
        raise BadInput("how jobs are held is said of a printer that holds them, and of no other", field="pull")


def check_kind(known: Printer, changed: Printer) -> None:
    """Raises ``BadInput`` for a change that would leave held jobs without a queue, or a device's without a device."""
    if changed.delivery is not known.delivery:
        cause = "whether a printer holds jobs does not change"
        raise BadInput(cause, next_step="Define another printer, and remove this one.", field="delivery")
    if changed.share != known.share:
        raise BadInput("which queue a printer is does not change", next_step="Define another printer.", field="uri")


def is_fingerprint(text: str) -> bool:
    """Whether a text is the SHA-256 of a certificate, in hex."""
    return _FINGERPRINT.fullmatch(text) is not None


def _is_device(uri: str) -> bool:
    try:
        parts = urlsplit(uri)
        known = parts.scheme in SCHEMES and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
    return known and is_name(uri, URI_OCTETS)
