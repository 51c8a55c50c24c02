"""The hub's authority: P-256, issues certificates for agents, for the hub itself at a broker, and for that broker.

Who shows one is known by the purpose in it (RFC 5280 section 4.2.1.12): an agent's never passes for a broker's.
"""

import datetime as dt
import ipaddress
import os
import secrets
import ssl
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from tympan_hub.domain.limits.brokers import AUTHORITY_CERTIFICATE, HUB_CERTIFICATE

_SKEW: Final = dt.timedelta(minutes=5)
"""A clock elsewhere may be behind: certificates are valid a little earlier."""
_PEM: Final = serialization.Encoding.PEM
_CLIENT: Final = ExtendedKeyUsageOID.CLIENT_AUTH
_SERVER: Final = ExtendedKeyUsageOID.SERVER_AUTH


class Authority:
    """Issues certificates."""

    def __init__(self, key: ec.EllipticCurvePrivateKey, identity: str) -> None:
        self._key = key
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, identity)])

    def own(self, now: dt.datetime) -> str:
        """The authority's own certificate, PEM; any two of them are alike in what they prove."""
        made = (
            self._begun(self._name, self._key.public_key(), now, AUTHORITY_CERTIFICATE)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_signs(), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(self._key.public_key()), critical=False)
        )
        return _pem(made.sign(self._key, SHA256()))

    def agent(
        self,
        names: Sequence[x509.NameAttribute[str]],
        key: ec.EllipticCurvePublicKey,
        now: dt.datetime,
        life: dt.timedelta,
    ) -> str:
        """An agent's certificate, PEM."""
        return _pem(self._leaf(x509.Name(names), key, now, life, _CLIENT).sign(self._key, SHA256()))

    def broker(self, hosts: Sequence[str], key: ec.EllipticCurvePublicKey, now: dt.datetime, life: dt.timedelta) -> str:
        """A broker's certificate for the names and addresses it is reached at, PEM."""
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, hosts[0][:64])])
        names = x509.SubjectAlternativeName([_host(host) for host in hosts])
        made = self._leaf(name, key, now, life, _SERVER).add_extension(names, critical=False)
        return _pem(made.sign(self._key, SHA256()))

    def revocations(self, serials: Iterable[tuple[int, dt.datetime]], now: dt.datetime) -> str:
        """The list of revoked certificates (RFC 5280 section 5), PEM."""
        listed = x509.CertificateRevocationListBuilder().issuer_name(self._name)
        listed = listed.last_update(now - _SKEW).next_update(now + AUTHORITY_CERTIFICATE)
        for serial, at in serials:
            one = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(at).build()
            listed = listed.add_revoked_certificate(one)
        return listed.sign(self._key, SHA256()).public_bytes(_PEM).decode("ascii")

    def hub_context(self, name: str, trusted: str, now: dt.datetime) -> ssl.SSLContext:
        """Shows a certificate of the hub under a name, made for this once; trusts an authority's PEM alone."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        certificate = self._leaf(subject, key.public_key(), now, HUB_CERTIFICATE, _CLIENT).sign(self._key, SHA256())
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.load_verify_locations(cadata=trusted)
        _load(context, _pem(certificate), key)
        return context

    def _leaf(
        self,
        subject: x509.Name,
        key: ec.EllipticCurvePublicKey,
        now: dt.datetime,
        life: dt.timedelta,
        purpose: x509.ObjectIdentifier,
    ) -> x509.CertificateBuilder:
        own = x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key())
        return (
            self._begun(subject, key, now, life)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.ExtendedKeyUsage([purpose]), critical=True)
            .add_extension(own, critical=False)
        )

    def _begun(
        self, subject: x509.Name, key: ec.EllipticCurvePublicKey, now: dt.datetime, life: dt.timedelta
    ) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - _SKEW)
            .not_valid_after(now + life)
        )


def _host(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _signs() -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=False,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=True,
        crl_sign=True,
        encipher_only=False,
        decipher_only=False,
    )


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(_PEM).decode("ascii")


def _load(context: ssl.SSLContext, certificate: str, key: ec.EllipticCurvePrivateKey) -> None:
    """OpenSSL reads keys from files alone: this one is encrypted, and its password is nowhere but here."""
    password = secrets.token_hex(32)
    locked = serialization.BestAvailableEncryption(password.encode())
    descriptor, path = tempfile.mkstemp(prefix="tympan-hub-")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(certificate.encode() + key.private_bytes(_PEM, serialization.PrivateFormat.PKCS8, locked))
        context.load_cert_chain(path, password=password)
    finally:
        Path(path).unlink()
