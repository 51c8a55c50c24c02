"""``HubIdentity``: this agent's certificate at work, and its key for envelopes. Keys leave this plugin in no form."""

from __future__ import annotations

import os
import secrets
import ssl
import tempfile
import uuid
from pathlib import Path

import trio

from tympan_transport_https._agent_key import AgentKey
from tympan_transport_https._errors import EnvelopeUnfit, HubGarbled, NotEnrolled
from tympan_transport_https._membership import HubMembership
from tympan_wire.sealed import EnvelopeError, unwrap_with


class AgentIdentity:
    """What proves that this agent is itself."""

    def __init__(self, membership: HubMembership) -> None:
        self._membership = membership

    async def client_context(self, authority: bytes) -> ssl.SSLContext:
        """As the port says."""
        standing = self._membership.standing
        certificate = standing.enrolment.enrolled.certificate
        return await trio.to_thread.run_sync(_context, authority, certificate, standing.key)

    @property
    def recipient(self) -> bytes:
        """As the port says."""
        try:
            return self._membership.recipient.public
        except NotEnrolled:
            return b""

    async def open_envelope(self, envelope: bytes, *, document: uuid.UUID, context: bytes) -> bytes:
        """As the port says."""
        try:
            return unwrap_with(envelope, self._membership.recipient, document=document, context=context)
        except EnvelopeError as error:
            raise EnvelopeUnfit from error


def _context(authority: bytes, certificate: str, key: AgentKey) -> ssl.SSLContext:
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        made.load_verify_locations(cadata=authority.decode("ascii"))
        _load(made, certificate, key)
    except (ssl.SSLError, ValueError) as error:
        raise HubGarbled(f"a certificate that cannot be used: {error}") from error
    return made


def _load(context: ssl.SSLContext, certificate: str, key: AgentKey) -> None:
    """OpenSSL reads keys from files alone: this one is encrypted, and its password is nowhere but here."""
    password = secrets.token_hex(32)
    descriptor, path = tempfile.mkstemp(prefix="tympan-")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(certificate.encode() + key.sealed_pem(password.encode()))
        context.load_cert_chain(path, password=password)
    finally:
        Path(path).unlink()
