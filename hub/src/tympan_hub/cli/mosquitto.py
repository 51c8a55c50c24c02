"""What Mosquitto needs to carry notices: its configuration, who may speak where, whom to trust, and whom no more.

- Who an agent is stands in its certificate, and is its user name and its client id: nobody takes another's session.
- Each agent hears on one topic and pings on one, both its own; the hub says on all of the former and hears all of the
  latter.
- A revoked agent is named twice: among the revoked certificates, so that it does not come in, and among those who may
  say and hear nothing, which also ends what it has open.
"""

import datetime as dt
import ipaddress
import os
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from attrs import frozen
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tympan_hub.adapters.authority import Authority
from tympan_hub.domain.brokers import HUB_NAMES, is_host
from tympan_hub.domain.errors import BadInput, Conflict
from tympan_hub.domain.ids import AgentId
from tympan_hub.domain.limits.brokers import BROKER_CERTIFICATE, BROKER_LIST_LEFT

CONF: Final = "tympan.conf"
ACL: Final = "tympan.acl"
AUTHORITY: Final = "authority.pem"
CERTIFICATE: Final = "broker.pem"
KEY: Final = "broker.key"
REVOKED: Final = "revoked.pem"
_PACKET_BYTES: Final = 65_536
_WAITING: Final = 100


@frozen(kw_only=True)
class Revoked:
    """An agent that was ended: its certificate, PEM, and since when."""

    agent: AgentId
    certificate: str
    at: dt.datetime


@frozen(kw_only=True)
class Written:
    """What was written: how many revoked agents, and whether the broker has a new certificate."""

    revoked: int
    new_certificate: bool


@frozen(kw_only=True)
class Door:
    """Where Mosquitto listens, and what it is called there.

    Attributes:
        hosts: Names and addresses agents reach it at.
        port: TCP.
        bind: The one address of this machine it listens on; "" for all.
    """

    hosts: Sequence[str]
    port: int
    bind: str = ""


def write(folder: Path, door: Door, authority: Authority, revoked: Iterable[Revoked], now: dt.datetime) -> Written:
    """Writes all of it; the broker's key and certificate only where there are none, or they are of other names or old.

    Raises:
        BadInput: No name or address of the broker, or the folder's path cannot stand in a configuration.
        Conflict: The folder cannot be written.
    """
    if not door.hosts or not all(map(is_host, (*door.hosts, *([door.bind] if door.bind else [])))):
        raise BadInput("a broker has a name or an address", next_step="Name it: --host broker.example.org.")
    if not str(folder).isprintable():
        raise BadInput("the folder's name has control characters", next_step="Choose another folder.")
    listed = [each for each in revoked if _serial(each.certificate, now) is not None]
    try:
        folder.mkdir(mode=0o755, parents=True, exist_ok=True)
        new = _certify(folder, door.hosts, authority, now)
        _put(folder / AUTHORITY, authority.own(now))
        _put(folder / REVOKED, authority.revocations(_serials(listed, now), now))
        _put(folder / ACL, _rights(listed))
        _put(folder / CONF, _configuration(folder, door))
    except OSError as error:
        raise Conflict(f"{folder} cannot be written: {error}", next_step="Choose a folder of yours.") from error
    return Written(revoked=len(listed), new_certificate=new)


def shut_out(folder: Path, authority: Authority, revoked: Iterable[Revoked], now: dt.datetime) -> bool:
    """Writes whom the broker shuts out where that changed, or the list would end; tells whether it did.

    Raises:
        Conflict: There are no such files, or they cannot be written.
    """
    listed = [each for each in revoked if _serial(each.certificate, now) is not None]
    serials, rights = _serials(listed, now), _rights(listed)
    try:
        if (folder / ACL).read_text(encoding="utf-8") == rights and _lists(folder / REVOKED, serials, now):
            return False
        _put(folder / REVOKED, authority.revocations(serials, now))
        _put(folder / ACL, rights)
    except FileNotFoundError as error:
        cause = f"{folder} has no files for Mosquitto"
        raise Conflict(cause, next_step="Write them once: tympan-hub mqtt config.") from error
    except OSError as error:
        raise Conflict(f"{folder} cannot be written: {error}", next_step="Let the hub's user write there.") from error
    return True


def _lists(path: Path, serials: Iterable[tuple[int, dt.datetime]], now: dt.datetime) -> bool:
    """Whether a list names just these, and lasts."""
    try:
        known = x509.load_pem_x509_crl(path.read_bytes())
    except ValueError:
        return False
    lasts = known.next_update_utc is not None and known.next_update_utc - now > BROKER_LIST_LEFT
    return lasts and {one.serial_number for one in known} == {serial for serial, _ in serials}


def _configuration(folder: Path, door: Door) -> str:
    return f"""\
# Notices of Tympan's hub, written by 'tympan-hub mqtt config': include it from mosquitto.conf, or start with it.
per_listener_settings false
listener {door.port} {door.bind}
tls_version tlsv1.2
cafile {folder / AUTHORITY}
certfile {folder / CERTIFICATE}
keyfile {folder / KEY}
crlfile {folder / REVOKED}
require_certificate true
use_identity_as_username true
use_username_as_clientid true
allow_anonymous false
acl_file {folder / ACL}
# A notice says "look again": nothing is worth keeping, and nothing is large.
persistence false
max_packet_size {_PACKET_BYTES}
max_queued_messages {_WAITING}
retain_available false
"""


def _rights(revoked: Sequence[Revoked]) -> str:
    lines = ["# Who may say and hear what. Written by 'tympan-hub mqtt config'.", "pattern read tympan/%u/look"]
    lines.append("pattern write tympan/%u/ping")
    for name in HUB_NAMES:
        lines += ["", f"user {name}", "topic write tympan/+/look", "topic read tympan/+/ping"]
    for each in revoked:
        lines += ["", f"user {each.agent}", "topic deny #"]
    return "\n".join(lines) + "\n"


def _certify(folder: Path, hosts: Sequence[str], authority: Authority, now: dt.datetime) -> bool:
    """Makes key and certificate unless those that are there are still good; tells whether it did."""
    if _is_good(folder, hosts, authority, now):
        return False
    key = ec.generate_private_key(ec.SECP256R1())
    encoded = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    _put(folder / KEY, encoded.decode("ascii"), mode=0o600)
    _put(folder / CERTIFICATE, authority.broker(hosts, key.public_key(), now, BROKER_CERTIFICATE))
    return True


def _is_good(folder: Path, hosts: Sequence[str], authority: Authority, now: dt.datetime) -> bool:
    try:
        known = x509.load_pem_x509_certificate((folder / CERTIFICATE).read_bytes())
        key = serialization.load_pem_private_key((folder / KEY).read_bytes(), None)
        issuer = x509.load_pem_x509_certificate(authority.own(now).encode())
        known.verify_directly_issued_by(issuer)
        names = known.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (OSError, ValueError, TypeError, InvalidSignature, x509.ExtensionNotFound):
        return False
    same = known.public_key() == key.public_key() and _names(names) == {_plain(host) for host in hosts}
    return same and now < known.not_valid_after_utc - BROKER_CERTIFICATE / 3


def _names(names: x509.SubjectAlternativeName) -> set[str]:
    return {*names.get_values_for_type(x509.DNSName), *map(str, names.get_values_for_type(x509.IPAddress))}


def _plain(host: str) -> str:
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        return host


def _serials(revoked: Iterable[Revoked], now: dt.datetime) -> list[tuple[int, dt.datetime]]:
    found = ((_serial(each.certificate, now), each.at) for each in revoked)
    return [(serial, at) for serial, at in found if serial is not None]


def _serial(certificate: str, now: dt.datetime) -> int | None:
    """Of a certificate that has not ended by itself; an older one of the same agent has ended then, too."""
    known = x509.load_pem_x509_certificate(certificate.encode())
    return known.serial_number if now < known.not_valid_after_utc else None


def _put(path: Path, text: str, *, mode: int = 0o644) -> None:
    """Whole or not at all: a broker may read it at any moment."""
    descriptor, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            os.fchmod(file.fileno(), mode)
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(draft).replace(path)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise
