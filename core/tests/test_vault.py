"""The vault: where keys are is decided once, stated, and never changed silently."""

import os
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import keyring
import keyring.backend
import keyring.errors
import pytest
import trio

from tympan import _vault
from tympan._errors import VaultError, VaultLocked
from tympan._examining import keys
from tympan._ports import Health, KeyProvider
from tympan._vault import KeyOrigin, Vault

SESSION = {"DBUS_SESSION_BUS_ADDRESS": "unix:path=/nowhere"}
pytestmark = pytest.mark.anyio


class MemoryKeyring(keyring.backend.KeyringBackend):
    """A keyring that can be locked, hang, forget, or rank as unsound."""

    priority = 5

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.kept: dict[tuple[str, str], str] = {}
        self.trouble: Exception | None = None
        self.gate: threading.Event | None = None
        self.forgetful = False

    def get_password(self, service: str, username: str) -> str | None:
        self._meet_trouble()
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self._meet_trouble()
        if not self.forgetful:
            self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        self.kept.pop((service, username), None)

    def _meet_trouble(self) -> None:
        if self.gate is not None:
            self.gate.wait(30)
        if self.trouble is not None:
            raise self.trouble


@pytest.fixture
def ring() -> Iterator[MemoryKeyring]:
    before, ring = keyring.get_keyring(), MemoryKeyring()
    keyring.set_keyring(ring)
    yield ring
    keyring.set_keyring(before)


async def opened(root: Path, env: dict[str, str] | None = None) -> Vault:
    vault = Vault(root, env or {})
    await vault.open()
    return vault


# ---------------------------------------------------------------------------------------------- key files


async def test_without_a_session_keys_are_files_only_their_owner_can_read(tmp_path: Path) -> None:
    vault = await opened(tmp_path)
    key = await vault.key("store")
    assert isinstance(vault, KeyProvider)
    assert vault.origin is KeyOrigin.FILE
    assert vault.origin.statement == "Keys are protected by file permissions only."
    assert (tmp_path / "keys" / "store").read_bytes() == key
    assert len(key) == 32
    assert stat.S_IMODE((tmp_path / "keys").stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "keys").iterdir()} == {0o600}
    assert sorted(path.name for path in (tmp_path / "keys").iterdir()) == ["origin", "store"]


async def test_a_key_stays_the_same_and_others_are_others(tmp_path: Path) -> None:
    first = await (await opened(tmp_path)).key("store")
    vault = await opened(tmp_path)
    assert await vault.key("store") == first
    assert await vault.key("policy") != first
    assert len(await vault.key("short", size=16)) == 16


async def test_a_key_is_saved_replaced_and_missed(tmp_path: Path) -> None:
    vault = await opened(tmp_path)
    assert await vault.load("agent") is None
    await vault.save("agent", b"one")
    await vault.save("agent", b"two")
    assert await (await opened(tmp_path)).load("agent") == b"two"


async def test_two_that_make_a_key_at_once_get_the_same(tmp_path: Path) -> None:
    keys: list[bytes] = []

    async def ask() -> None:
        keys.append(await (await opened(tmp_path)).key("store"))

    async with trio.open_nursery() as nursery:
        for _ in range(10):
            nursery.start_soon(ask)
    assert len(keys) == 10
    assert len(set(keys)) == 1


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o606, 0o660])
async def test_a_key_file_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    vault = await opened(tmp_path)
    await vault.key("store")
    (tmp_path / "keys" / "store").chmod(mode)
    with pytest.raises(VaultError, match=r"may be read or changed by others.*chmod 600"):
        await vault.key("store")


async def test_a_folder_others_may_enter_is_refused(tmp_path: Path) -> None:
    await opened(tmp_path)
    (tmp_path / "keys").chmod(0o755)
    with pytest.raises(VaultError, match=r"may be read or changed by others.*chmod 700"):
        await opened(tmp_path)


async def test_a_key_of_another_owner_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    vault = await opened(tmp_path)
    await vault.key("store")
    # Giving a file away needs root; being somebody else looks the same.
    owner = os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: owner + 1)
    with pytest.raises(VaultError, match=f"owner {owner}"):
        await vault.key("store")


async def test_a_key_file_that_is_a_link_is_refused(tmp_path: Path) -> None:
    vault = await opened(tmp_path)
    (tmp_path / "elsewhere").write_bytes(bytes(32))
    (tmp_path / "elsewhere").chmod(0o600)
    (tmp_path / "keys" / "store").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(VaultError):
        await vault.key("store")


async def test_a_cut_key_is_told_and_never_replaced(tmp_path: Path) -> None:
    vault = await opened(tmp_path)
    await vault.key("store")
    os.truncate(tmp_path / "keys" / "store", 7)
    with pytest.raises(VaultError, match="has not the 32 bytes"):
        await vault.key("store")
    assert len((tmp_path / "keys" / "store").read_bytes()) == 7


@pytest.mark.parametrize("name", ["", "origin", "../store", "a/b", ".hidden", "A", "x" * 64])
async def test_names_that_are_none_are_refused(tmp_path: Path, name: str) -> None:
    vault = await opened(tmp_path)
    with pytest.raises(VaultError, match="no name for a key"):
        await vault.save(name, b"x")


async def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(VaultError, match="cannot be reached"):
        await opened(tmp_path / "file")


async def test_an_origin_of_nonsense_is_told(tmp_path: Path) -> None:
    await opened(tmp_path)
    (tmp_path / "keys" / "origin").write_bytes(b"{}")
    with pytest.raises(VaultError, match="does not say where the keys are"):
        await opened(tmp_path)


def test_the_keyring_is_not_imported_where_there_can_be_none(tmp_path: Path) -> None:
    program = (
        "import sys, trio, pathlib\n"
        "from tympan._vault import Vault\n"
        "vault = Vault(pathlib.Path(sys.argv[1]), {'XDG_RUNTIME_DIR': sys.argv[1]})\n"
        "trio.run(vault.open)\n"
        "trio.run(vault.key, 'store')\n"
        "print(vault.origin, 'keyring' in sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["file", "False"]


# ---------------------------------------------------------------------------------------------- the keyring


async def test_in_a_session_keys_go_to_the_keyring_and_to_no_file(tmp_path: Path, ring: MemoryKeyring) -> None:
    vault = await opened(tmp_path, SESSION)
    key = await vault.key("store")
    assert vault.origin is KeyOrigin.KEYRING
    assert [path.name for path in (tmp_path / "keys").iterdir()] == ["origin"]
    assert len(ring.kept) == 1
    assert await (await opened(tmp_path, {})).key("store") == key


async def test_two_state_folders_share_no_key(tmp_path: Path, ring: MemoryKeyring) -> None:
    one, two = await opened(tmp_path / "one", SESSION), await opened(tmp_path / "two", SESSION)
    assert await one.key("store") != await two.key("store")
    assert len(ring.kept) == 2


@pytest.mark.parametrize(
    ("trouble", "kind"),
    [
        (keyring.errors.KeyringLocked("locked"), VaultLocked),
        (keyring.errors.InitError("prompt dismissed"), VaultError),
        (keyring.errors.NoKeyringError("none"), VaultError),
        (OSError("bus gone"), VaultError),
    ],
)
async def test_a_keyring_that_fails_later_is_an_error_and_no_reason_for_other_keys(
    tmp_path: Path, ring: MemoryKeyring, trouble: Exception, kind: type[VaultError]
) -> None:
    vault = await opened(tmp_path, SESSION)
    key = await vault.key("store")
    ring.trouble = trouble
    later = await opened(tmp_path, SESSION)
    with pytest.raises(kind) as caught:
        await later.key("store")
    assert caught.value.next_step
    assert [path.name for path in (tmp_path / "keys").iterdir()] == ["origin"]
    ring.trouble = None
    assert await later.key("store") == key


async def test_another_keyring_that_lacks_the_key_is_no_reason_for_another_key(
    tmp_path: Path, ring: MemoryKeyring
) -> None:
    key = await (await opened(tmp_path, SESSION)).key("store")
    kept = dict(ring.kept)
    ring.kept.clear()  # another session's, or a backend that was not the one before
    with pytest.raises(VaultError, match="does not hold the key 'store'") as caught:
        await (await opened(tmp_path, SESSION)).key("store")
    assert caught.value.next_step
    assert ring.kept == {}
    ring.kept.update(kept)
    assert await (await opened(tmp_path, SESSION)).key("store") == key


async def test_a_power_cut_before_the_key_is_noted_locks_nobody_out(
    tmp_path: Path, ring: MemoryKeyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def cut(self: Vault, name: str) -> None:
        raise RuntimeError("power cut")

    with monkeypatch.context() as patch, pytest.raises(RuntimeError):
        patch.setattr(Vault, "_note_made", cut)
        await (await opened(tmp_path, SESSION)).key("store")
    key = await (await opened(tmp_path, SESSION)).key("store")
    assert await (await opened(tmp_path, SESSION)).key("store") == key
    assert len(ring.kept) == 1


async def test_a_keyring_that_waits_for_its_user_is_given_up_in_time(
    tmp_path: Path, ring: MemoryKeyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    vault = await opened(tmp_path, SESSION)
    key = await vault.key("store")
    monkeypatch.setattr(_vault, "KEYRING_DEADLINE_S", 0.05)
    ring.gate = threading.Event()
    with pytest.raises(VaultLocked, match="did not answer"):
        await vault.key("store")
    ring.gate.set()
    monkeypatch.setattr(_vault, "KEYRING_DEADLINE_S", 20.0)
    assert await vault.key("store") == key


@pytest.mark.parametrize("flaw", ["locked", "unsound", "forgetful"])
async def test_a_keyring_unfit_at_first_use_leaves_files_unless_it_was_asked_for(
    tmp_path: Path, ring: MemoryKeyring, flaw: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if flaw == "locked":
        ring.trouble = keyring.errors.KeyringLocked()
    elif flaw == "unsound":
        monkeypatch.setattr(MemoryKeyring, "priority", 0.5)
    else:
        ring.forgetful = True
    with pytest.raises(VaultError):
        await opened(tmp_path / "asked", {"TYMPAN_KEYS": "keyring"})
    assert not (tmp_path / "asked" / "keys" / "origin").exists()
    assert (await opened(tmp_path / "free", SESSION)).origin is KeyOrigin.FILE


async def test_files_stay_files_when_a_keyring_appears(tmp_path: Path, ring: MemoryKeyring) -> None:
    key = await (await opened(tmp_path)).key("store")
    vault = await opened(tmp_path, {**SESSION, "TYMPAN_KEYS": "keyring"})
    assert vault.origin is KeyOrigin.FILE
    assert await vault.key("store") == key
    assert ring.kept == {}


async def test_the_environment_decides_the_first_time(tmp_path: Path, ring: MemoryKeyring) -> None:
    assert (await opened(tmp_path / "a", {**SESSION, "TYMPAN_KEYS": "file"})).origin is KeyOrigin.FILE
    assert (await opened(tmp_path / "b", {"TYMPAN_KEYS": "keyring"})).origin is KeyOrigin.KEYRING
    with pytest.raises(VaultError, match="TYMPAN_KEYS is 'paper'"):
        await opened(tmp_path / "c", {"TYMPAN_KEYS": "paper"})


# ---------------------------------------------------------------------------------------------- credentials


def given(folder: Path, **credentials: bytes) -> dict[str, str]:
    """The environment of a service that was given credentials."""
    folder.mkdir()
    for name, content in credentials.items():
        (folder / f"tympan.{name}").write_bytes(content)
    return {**SESSION, "CREDENTIALS_DIRECTORY": str(folder)}


async def test_credentials_of_the_service_come_first(tmp_path: Path) -> None:
    vault = await opened(tmp_path / "state", given(tmp_path / "credentials", store=bytes(range(32))))
    assert vault.origin is KeyOrigin.CREDENTIAL
    assert await vault.key("store") == bytes(range(32))
    with pytest.raises(VaultError, match="given none"):
        await (await opened(tmp_path / "state", {})).key("store")


async def test_what_a_service_needs_besides_is_sealed_under_the_one_key_it_was_given(tmp_path: Path) -> None:
    env = given(tmp_path / "credentials", store=bytes(range(32)))
    vault = await opened(tmp_path / "state", env)
    made = await vault.key("policy")
    await vault.save("hub.agent", b"a key of a plugin")
    assert made not in b"".join(path.read_bytes() for path in (tmp_path / "state" / "keys").iterdir())
    again = await opened(tmp_path / "state", env)
    assert await again.key("policy") == made
    assert await again.load("hub.agent") == b"a key of a plugin"
    await again.save("hub.agent", b"another")
    assert await again.load("hub.agent") == b"another"


async def test_a_credential_that_is_given_needs_not_be_made(tmp_path: Path) -> None:
    env = given(tmp_path / "credentials", store=bytes(32), policy=bytes(range(32)))
    vault = await opened(tmp_path / "state", env)
    assert await vault.key("policy") == bytes(range(32))
    assert not (tmp_path / "state" / "keys" / "policy").exists()


@pytest.mark.parametrize("credentials", [{"policy": bytes(32)}, {"other": b""}])
async def test_without_its_one_key_a_service_is_told_which(tmp_path: Path, credentials: dict[str, bytes]) -> None:
    vault = await opened(tmp_path / "state", given(tmp_path / "credentials", **credentials))
    for name in ("store", "hub.agent"):
        with pytest.raises(VaultError, match=r"LoadCredentialEncrypted=tympan\.store"):
            await vault.key(name)


@pytest.mark.parametrize("spoil", ["another root", "another name", "a byte", "plain", "empty"])
async def test_a_sealed_key_that_is_not_what_it_was_is_refused(tmp_path: Path, spoil: str) -> None:
    env = given(tmp_path / "credentials", store=bytes(range(32)))
    await (await opened(tmp_path / "state", env)).save("hub.agent", b"a key of a plugin")
    file = tmp_path / "state" / "keys" / "hub.agent"
    name, sealed = "hub.agent", file.read_bytes()
    if spoil == "another root":
        (tmp_path / "credentials" / "tympan.store").write_bytes(bytes(32))
    elif spoil == "another name":
        file.rename(file.with_name("hub.other"))
        name = "hub.other"
    else:
        changed = {"a byte": sealed[:-1] + bytes([sealed[-1] ^ 1]), "plain": b"a key of a plugin", "empty": b""}
        file.write_bytes(changed[spoil])
    with pytest.raises(VaultError, match="sealed under another credential, or is damaged"):
        await (await opened(tmp_path / "state", env)).load(name)


async def test_doctor_is_told_that_the_keys_can_be_had_and_when_they_can_not_any_more(
    tmp_path: Path, ring: MemoryKeyring
) -> None:
    vault = Vault(tmp_path, {**SESSION, "TYMPAN_KEYS": "keyring"})
    await vault.open()
    await vault.key("store")
    told = await keys(vault)
    assert (told.topic, told.health) == ("keyring", Health.OK)
    ring.trouble = keyring.errors.KeyringLocked("locked")
    told = await keys(vault)
    assert told.health is Health.PROBLEM and told.then
    ring.trouble = None
    ring.kept.clear()
    told = await keys(vault)
    assert told.health is Health.PROBLEM and "is gone" in told.found and "backup" in told.then


async def test_doctor_is_told_of_keys_in_files_too(tmp_path: Path) -> None:
    vault = Vault(tmp_path, {"TYMPAN_KEYS": "file"})
    await vault.open()
    await vault.key("store")
    assert (await keys(vault)).health is Health.OK
    (tmp_path / "keys" / "store").unlink()
    assert (await keys(vault)).health is Health.PROBLEM
