"""What the hub writes for Mosquitto: whole, for its eyes, and the same key as long as it is good."""

from __future__ import annotations

import datetime as dt
import ssl
import stat
from pathlib import Path

import pytest
from click.testing import CliRunner
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID
from hub_rig import Bench

from tympan_hub.adapters.secrets import FileSecrets
from tympan_hub.cli.__main__ import main
from tympan_hub.cli.mosquitto import ACL, AUTHORITY, CERTIFICATE, CONF, KEY, REVOKED, Door, Revoked, Written, write
from tympan_hub.cli.mqtt import broker_at
from tympan_hub.domain.errors import BadInput, Conflict
from tympan_hub.domain.ids import AgentId

DOOR = Door(hosts=("broker.example", "10.0.0.7"), port=8884, bind="127.0.0.1")
NOW = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)


@pytest.fixture
def secrets(tmp_path: Path) -> FileSecrets:
    return FileSecrets(tmp_path / "secrets")


def written(secrets: FileSecrets, folder: Path, *, now: dt.datetime = NOW, door: Door = DOOR) -> Written:
    return write(folder, door, secrets.authorities, [], now)


def test_all_of_it_is_written_and_the_key_is_for_its_owner_alone(secrets: FileSecrets, tmp_path: Path) -> None:
    folder = tmp_path / "a folder"
    assert written(secrets, folder) == Written(revoked=0, new_certificate=True)
    assert {path.name for path in folder.iterdir()} == {CONF, ACL, AUTHORITY, CERTIFICATE, KEY, REVOKED}
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}
    assert modes.pop(KEY) == 0o600
    assert set(modes.values()) == {0o644}
    conf = (folder / CONF).read_text()
    assert "listener 8884 127.0.0.1\n" in conf
    assert f"keyfile {folder}/{KEY}\n" in conf


def test_the_certificate_is_the_brokers_for_its_names_and_no_agents(secrets: FileSecrets, tmp_path: Path) -> None:
    written(secrets, tmp_path)
    made = x509.load_pem_x509_certificate((tmp_path / CERTIFICATE).read_bytes())
    made.verify_directly_issued_by(x509.load_pem_x509_certificate((tmp_path / AUTHORITY).read_bytes()))
    names = made.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["broker.example"]
    assert [str(one) for one in names.get_values_for_type(x509.IPAddress)] == ["10.0.0.7"]
    assert list(made.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value) == [
        ExtendedKeyUsageOID.SERVER_AUTH
    ]
    ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(tmp_path / CERTIFICATE, tmp_path / KEY)


def test_again_it_keeps_the_key_until_it_is_due_or_named_otherwise(secrets: FileSecrets, tmp_path: Path) -> None:
    written(secrets, tmp_path)
    key = (tmp_path / KEY).read_bytes()
    assert not written(secrets, tmp_path, now=NOW + 200 * DAY).new_certificate
    assert (tmp_path / KEY).read_bytes() == key
    assert written(secrets, tmp_path, now=NOW + 300 * DAY).new_certificate
    assert written(secrets, tmp_path, now=NOW + 300 * DAY, door=Door(hosts=("other",), port=1)).new_certificate
    assert (tmp_path / KEY).read_bytes() != key


@pytest.mark.parametrize("name", [KEY, CERTIFICATE])
def test_what_was_damaged_is_made_anew(secrets: FileSecrets, tmp_path: Path, name: str) -> None:
    written(secrets, tmp_path)
    (tmp_path / name).write_text("x")
    assert written(secrets, tmp_path).new_certificate
    ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(tmp_path / CERTIFICATE, tmp_path / KEY)


def test_a_certificate_of_another_hub_is_made_anew(secrets: FileSecrets, tmp_path: Path) -> None:
    written(FileSecrets(tmp_path / "other"), tmp_path)
    assert written(secrets, tmp_path).new_certificate


@pytest.mark.parametrize("hosts", [(), ("",), ("a b",), ("a\nb",), ("*",), ("-a",)])
def test_a_name_that_is_none_is_refused(secrets: FileSecrets, tmp_path: Path, hosts: tuple[str, ...]) -> None:
    with pytest.raises(BadInput):
        written(secrets, tmp_path, door=Door(hosts=hosts, port=1))


def test_a_folder_that_would_add_lines_to_the_configuration_is_refused(secrets: FileSecrets, tmp_path: Path) -> None:
    with pytest.raises(BadInput):
        written(secrets, tmp_path / "x\nallow_anonymous true")


def test_a_folder_that_cannot_be_is_told(secrets: FileSecrets, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(Conflict, match="cannot be written"):
        written(secrets, tmp_path / "file")
    assert not list(tmp_path.glob(".*")), "no drafts are left"


@pytest.mark.anyio
async def test_revoked_agents_stand_among_the_certificates_and_the_rights(hub: Bench, tmp_path: Path) -> None:
    tenant = await hub.tenant()
    gone = (await hub.agent(tenant)).enrolled
    assert gone is not None
    revoked = Revoked(agent=AgentId(gone.agent), certificate=gone.certificate, at=hub.clock.now())
    authority = hub.secrets.authorities
    assert write(tmp_path, DOOR, authority, [revoked], hub.clock.now()).revoked == 1
    listed = x509.load_pem_x509_crl((tmp_path / REVOKED).read_bytes())
    serial = x509.load_pem_x509_certificate(gone.certificate.encode()).serial_number
    assert [one.serial_number for one in listed] == [serial]
    assert listed.is_signature_valid(x509.load_pem_x509_certificate((tmp_path / AUTHORITY).read_bytes()).public_key())  # type: ignore[arg-type]
    assert f"user {gone.agent}\ntopic deny #\n" in (tmp_path / ACL).read_text()
    later = hub.clock.now() + 400 * DAY
    assert write(tmp_path, DOOR, authority, [revoked], later).revoked == 0, "its certificate has ended by itself"


def test_the_command_says_what_it_did_and_what_is_next(tmp_path: Path) -> None:
    home = ["--home", str(tmp_path / "home")]
    options = ["mqtt", "config", str(tmp_path / "broker"), "--host", "broker.example"]
    first = CliRunner().invoke(main, [*home, *options])
    assert first.exit_code == 0, first.output
    assert "a new certificate for broker.example" in first.output
    assert "--mqtt mqtts://broker.example:8883" in first.output
    assert "shut out: 0." in first.output
    assert "a new certificate" not in CliRunner().invoke(main, [*home, *options]).output


def test_the_command_needs_a_name(tmp_path: Path) -> None:
    assert CliRunner().invoke(main, ["--home", str(tmp_path), "mqtt", "config", str(tmp_path / "b")]).exit_code == 2


def test_the_brokers_authority_is_read_from_a_file(tmp_path: Path) -> None:
    assert broker_at("", None) is None
    file = tmp_path / "ca.pem"
    file.write_text("-----BEGIN CERTIFICATE-----\n")
    found = broker_at("mqtts://b", file)
    assert found is not None and found.authority.startswith("-----BEGIN")
    for content in (b"", b"x", b"-----BEGIN CERTIFICATE-----" + bytes(300_000), b"BEGIN CERTIFICATE \xff"):
        file.write_bytes(content)
        with pytest.raises(BadInput):
            broker_at("mqtts://b", file)
