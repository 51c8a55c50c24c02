"""Certificates: self-signed ones for IPPS, as a device fresh from its box has them."""

import datetime
import ipaddress
import ssl
import tempfile
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tympan_sim._limits import CERTIFICATE_DAYS


class TlsIdentity:
    """The key and certificate of a listener, exchangeable while it runs.

    Attributes:
        context: for the server; connections made after `renew` see the new certificate.
        certificate: the one now shown, DER.
    """

    def __init__(self, host: str) -> None:
        self._host = host
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.minimum_version = ssl.TLSVersion.TLSv1_2
        self.context.num_tickets = 0  # a device has no room for sessions
        self.certificate = b""
        self.renew()

    def renew(self) -> None:
        """Make a new P-256 key and certificate, and show them from now on."""
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = _self_signed(key, self._host)
        self.certificate = certificate.public_bytes(serialization.Encoding.DER)
        pem = serialization.Encoding.PEM
        text = certificate.public_bytes(pem) + key.private_bytes(
            pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        _load(self.context, text)


def _load(context: ssl.SSLContext, text: bytes) -> None:
    """The ssl module reads keys from files only; a folder of mode 0700 holds it for that moment."""
    with tempfile.TemporaryDirectory(prefix="tympan-sim-") as folder:
        path = Path(folder, "identity.pem")
        path.write_bytes(text)
        context.load_cert_chain(path)


def _self_signed(key: ec.EllipticCurvePrivateKey, host: str) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Tympan virtual printer")])
    now = datetime.datetime.now(datetime.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=CERTIFICATE_DAYS))
        .add_extension(x509.SubjectAlternativeName(_alternative_names(host)), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )


def _alternative_names(host: str) -> list[x509.GeneralName]:
    names: list[x509.GeneralName] = [x509.DNSName("localhost")]
    try:
        return [*names, x509.IPAddress(ipaddress.ip_address(host))]
    except ValueError:
        return [*names, x509.DNSName(host)]
