"""Attacks on the repository of updates, each by its name: whoever has the hub, a mirror, or one key too few."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from desk_rig import Machine, Workshop, machine, now, wheel
from tuf.api.metadata import Metadata, TargetFile

from tympan_release._errors import ShopError
from tympan_release._keys import make_key, read_public, read_signer
from tympan_release._making import add, resting_place, rotate, take_in
from tympan_release._shop import KeyRing, Shop
from tympan_updater._errors import (
    DoesNotMatch,
    NotOffered,
    NotUsable,
    OutOfDate,
    RolledBack,
    TooFewSigned,
    TooLong,
    UpdateError,
)
from tympan_updater._sources import FolderSource
from tympan_wire.updates import Channel, Version, decode_channel, encode_channel


@pytest.fixture
def workshop(tmp_path: Path) -> Workshop:
    return Workshop(tmp_path)


@pytest.fixture
def updated(tmp_path: Path, workshop: Workshop) -> Machine:
    """A machine that runs 1.1.0 and has seen the repository with it."""
    workshop.version("1.1.0")
    found = machine(tmp_path, workshop.root)
    found.update(workshop.source())
    return found


def refused(updated: Machine, source: object, kind: type[UpdateError], match: str | None = None) -> None:
    """It is refused with this kind, and the machine runs what it ran."""
    before = updated.current
    with pytest.raises(kind, match=match) as caught:
        updated.update(source)  # type: ignore[arg-type]
    assert type(caught.value) is kind
    assert (updated.current, updated.runs, updated.works()) == (before, before, True)


def copied(workshop: Workshop, name: str) -> Path:
    """The repository as it is now."""
    folder = workshop.folder.parent / name
    shutil.copytree(workshop.public, folder)
    return folder


def rewritten(path: Path, change: dict[str, Any]) -> None:
    """Changes what a signed file says, and leaves its signatures."""
    table = json.loads(path.read_bytes())
    table["signed"].update(change)
    path.write_text(json.dumps(table))


def test_rollback_an_old_repository_is_served_again(workshop: Workshop, updated: Machine) -> None:
    old = copied(workshop, "old")
    workshop.version("1.2.0")
    updated.update(workshop.source())
    refused(updated, FolderSource(old), RolledBack)


def test_rollback_an_old_list_of_files_under_a_new_timestamp(workshop: Workshop, updated: Machine) -> None:
    """Whoever has the keys of snapshot and timestamp alone cannot bring an old list back."""
    old = {path.name: path.read_bytes() for path in (workshop.folder / "metadata").glob("*.json")}
    workshop.version("1.2.0")
    updated.update(workshop.source())
    for name in ("channel-all.json", "targets.json"):
        (workshop.folder / "metadata" / name).write_bytes(old[name])
    workshop.publish()
    refused(updated, workshop.source(), RolledBack)


def test_freeze_a_timestamp_that_nobody_signed_anew(workshop: Workshop, updated: Machine) -> None:
    workshop.publish(at=now() - dt.timedelta(days=3))
    refused(updated, workshop.source(), OutOfDate, "not signed anew in time")


def test_freeze_a_timestamp_that_holds_for_ever(workshop: Workshop, updated: Machine) -> None:
    shop = workshop.shop()
    document = shop.read("timestamp")
    document.signed.version += 1
    document.signed.expires = (now() + dt.timedelta(days=4000)).replace(microsecond=0)
    document.signatures.clear()
    shop.put("timestamp", shop.sign("timestamp", document))
    shutil.copyfile(workshop.folder / "metadata" / "timestamp.json", workshop.public / "metadata" / "timestamp.json")
    refused(updated, workshop.source(), OutOfDate, "hides updates")


def test_freeze_a_list_of_files_that_ran_out(workshop: Workshop, updated: Machine) -> None:
    workshop.shop(at=now() - dt.timedelta(days=400)).renew("targets", workshop.shop().role("targets"))
    with pytest.raises(ShopError, match="ran out"):
        workshop.publish()


def test_mix_and_match_files_of_two_repositories(workshop: Workshop, updated: Machine, tmp_path: Path) -> None:
    workshop.version("1.2.0")
    other = Workshop(tmp_path / "other")
    for version in ("1.1.0", "1.2.0"):
        other.version(version)
    mixed = copied(workshop, "mixed")
    for path in (other.public / "metadata").glob("*.targets.json"):
        shutil.copyfile(path, mixed / "metadata" / path.name)
    for path in (other.public / "metadata").glob("*.channel-all.json"):
        shutil.copyfile(path, mixed / "metadata" / path.name)
    refused(updated, FolderSource(mixed), TooFewSigned)


def test_mix_and_match_a_list_under_the_number_of_another(workshop: Workshop, updated: Machine) -> None:
    workshop.version("1.2.0")
    mixed = copied(workshop, "mixed")
    names = sorted((mixed / "metadata").glob("*.channel-all.json"), key=lambda path: int(path.name.split(".")[0]))
    names[-1].write_bytes(names[-2].read_bytes())
    refused(updated, FolderSource(mixed), RolledBack)


def test_wrong_key_a_timestamp_signed_by_a_stranger(workshop: Workshop, updated: Machine, tmp_path: Path) -> None:
    make_key(tmp_path / "evil.pem", None)
    path = workshop.public / "metadata" / "timestamp.json"
    document: Metadata[Any] = Metadata.from_file(str(path))
    document.signed.version += 1
    document.signatures.clear()
    document.sign(read_signer(tmp_path / "evil.pem", None))
    document.to_file(str(path))
    refused(updated, workshop.source(), TooFewSigned)


def test_wrong_key_a_repository_made_by_somebody_else(workshop: Workshop, updated: Machine, tmp_path: Path) -> None:
    other = Workshop(tmp_path / "other")
    for version in ("1.1.0", "1.2.0", "1.3.0"):
        other.version(version)
    refused(updated, other.source(), TooFewSigned)


@pytest.mark.parametrize("name", ["timestamp", "snapshot", "targets", "channel-all"])
def test_a_changed_word_in_signed_metadata(workshop: Workshop, updated: Machine, name: str) -> None:
    workshop.version("1.2.0")
    [*_, path] = sorted((workshop.public / "metadata").glob(f"*{name}.json"), key=lambda path: path.stat().st_mtime_ns)
    rewritten(path, {"expires": "2091-01-01T00:00:00Z"})
    refused(updated, workshop.source(), TooFewSigned)


def test_threshold_not_met_a_root_signed_by_one_of_two(workshop: Workshop, updated: Machine) -> None:
    one = workshop.keys / "root-1.pem"
    keys = [path for path in workshop.keys.glob("*.pem") if not path.name.startswith("root-")]
    rotate(workshop.shop(one, *keys), [], [], None)
    with pytest.raises(ShopError, match="root is not signed by enough"):
        workshop.publish()
    shutil.copyfile(workshop.folder / "metadata" / "2.root.json", workshop.public / "metadata" / "2.root.json")
    refused(updated, workshop.source(), TooFewSigned)


def test_threshold_not_met_a_root_of_which_one_key_signed_twice(workshop: Workshop, updated: Machine) -> None:
    rotate(workshop.shop(workshop.keys / "root-1.pem"), [], [], None)
    path = workshop.public / "metadata" / "2.root.json"
    table = json.loads((workshop.folder / "metadata" / "2.root.json").read_bytes())
    table["signatures"] = table["signatures"] * 2
    path.write_text(json.dumps(table))
    with pytest.raises(UpdateError):
        updated.update(workshop.source())
    assert updated.current == "1.1.0"


def test_a_root_that_changes_its_keys_is_followed_and_a_key_that_went_counts_no_more(
    workshop: Workshop, updated: Machine, tmp_path: Path
) -> None:
    come = make_key(tmp_path / "root-4.pem", None)
    gone = read_public(workshop.keys / "root-1.pub")
    shutil.move(tmp_path / "root-4.pem", workshop.keys / "root-4.pem")
    rotate(workshop.shop(), [come], [gone.keyid], None)
    workshop.version("1.2.0")
    assert str(updated.update(workshop.source()).agent) == "1.2.0"
    left = [workshop.keys / "root-1.pem", workshop.keys / "root-2.pem"]
    rotate(workshop.shop(*left), [], [], None)
    shutil.copyfile(workshop.folder / "metadata" / "3.root.json", workshop.public / "metadata" / "3.root.json")
    refused(updated, workshop.source(), TooFewSigned)


class Endless:
    """A source that never ends, from some file on."""

    def __init__(self, workshop: Workshop, beginning: str) -> None:
        self.name = "an endless server"
        self._inner = workshop.source()
        self._beginning = beginning
        self.given = 0

    def read(self, name: str) -> Iterator[bytes]:
        yield from self._inner.read(name)
        while self._beginning in name:
            self.given += 64 * 1024
            yield bytes(64 * 1024)


@pytest.mark.parametrize(
    ("beginning", "most"),
    [("timestamp.json", 1 << 18), ("root.json", 1 << 20), ("snapshot.json", 2 << 20), ("targets/agent", 1 << 18)],
)
def test_endless_data(workshop: Workshop, updated: Machine, beginning: str, most: int) -> None:
    workshop.version("1.2.0")
    if beginning == "root.json":
        rotate(workshop.shop(), [], [], None)
        workshop.publish()
    endless = Endless(workshop, beginning)
    refused(updated, endless, TooLong)
    assert 0 < endless.given <= most


def test_target_swapped_by_one_of_the_same_length(workshop: Workshop, updated: Machine) -> None:
    workshop.version("1.2.0")
    [path] = (workshop.public / "targets" / "agent" / "1.2.0").iterdir()
    path.write_bytes(bytes(path.stat().st_size))
    refused(updated, workshop.source(), DoesNotMatch)


def test_target_swapped_by_another_version_that_was_signed(workshop: Workshop, updated: Machine) -> None:
    workshop.version("1.2.0")
    [new], [old] = ((workshop.public / "targets" / "agent" / version).iterdir() for version in ("1.2.0", "1.1.0"))
    new.write_bytes(old.read_bytes())
    with pytest.raises((DoesNotMatch, TooLong)):
        updated.update(workshop.source())
    assert updated.current == "1.1.0"


def vendors(workshop: Workshop) -> tuple[Path, Path]:
    return workshop.vendor("acme", "acme-raw9100"), workshop.vendor("other", "other-scan")


def test_vendor_key_signing_for_another_vendor(workshop: Workshop, updated: Machine) -> None:
    """The list of one vendor names another's wheel: nobody looks there for it, and the shop does not take it."""
    acme, other = vendors(workshop)
    add(workshop.shop(other), wheel(workshop.files, "other-scan", "0.9.0"))
    made = wheel(workshop.files, "other-scan", "1.0.0")
    shop = workshop.shop(acme)
    document = shop.role("vendor-acme")
    target = "plugins/other-scan/other_scan-1.0.0-py3-none-any.whl"
    document.signed.targets[target] = TargetFile.from_file(target, str(made), ["sha256"])
    bench = workshop.folder.parent / "bench"
    shutil.copytree(workshop.folder, bench)
    Shop(bench, KeyRing.of((acme,), None), now()).renew("vendor-acme", document)
    with pytest.raises(ShopError, match="may not sign"):
        take_in(workshop.shop(), "acme", bench)
    shutil.copyfile(bench / "metadata" / "vendor-acme.json", workshop.folder / "metadata" / "vendor-acme.json")
    workshop.publish()
    with pytest.raises(ShopError, match="was not added"):
        workshop.name("1.1.0", other_scan="1.0.0")
    digest = hashlib.sha256(made.read_bytes()).hexdigest()
    forge(workshop, Channel(plugins={"other-scan": Version("1.0.0")}, hashes={target: digest}))
    refused(updated, workshop.source(), NotOffered, "other_scan")


def forge(workshop: Workshop, channel: Channel) -> None:
    """A channel that names what no shop would let it name, signed by the key of channels."""
    data = encode_channel(channel)
    digest = hashlib.sha256(data).hexdigest()
    shop = workshop.shop()
    (shop.targets / resting_place("channels/all.json", digest)).write_bytes(data)
    document = shop.role("channel-all")
    document.signed.targets = {"channels/all.json": TargetFile(len(data), {"sha256": digest}, "channels/all.json")}
    shop.renew("channel-all", document)
    workshop.publish()


def test_vendor_key_signing_the_agent_itself(workshop: Workshop, updated: Machine) -> None:
    acme, _ = vendors(workshop)
    shop = workshop.shop(acme)
    document = shop.role("vendor-acme")
    [bundle] = workshop.files.glob("tympan-1.1.0*")
    target = "agent/6.6.6/tympan-6.6.6-linux-x86_64.tar.gz"
    document.signed.targets[target] = TargetFile.from_file(target, str(bundle), ["sha256"])
    shop.renew("vendor-acme", document)
    workshop.publish()
    before = updated.current
    with pytest.raises(NotOffered):
        updated.update(workshop.source(), pin="6.6.6")
    assert updated.current == before


def test_a_vendor_signs_their_own_wheel_and_it_is_installed(workshop: Workshop, updated: Machine) -> None:
    acme, _ = vendors(workshop)
    bench = workshop.folder.parent / "bench"
    shutil.copytree(workshop.folder, bench, ignore=shutil.ignore_patterns("keys"))
    add(Shop(bench, KeyRing.of((acme,), None), now()), wheel(workshop.files, "acme-raw9100", "1.0.0"))
    assert take_in(workshop.shop(), "acme", bench) == 1
    workshop.name("1.1.0", acme_raw9100="1.0.0")
    assert updated.update(workshop.source()).plugins == {"acme-raw9100": Version("1.0.0")}


@pytest.mark.parametrize(
    ("member", "said"),
    [
        ("other_scan-9.0.dist-info/METADATA", "brings acme-raw9100 1.0.0, other-scan 9.0"),
        ("OTHER.EGG-INFO/METADATA", "brings"),
        ("other_scan/__init__.py", "both bring the module other_scan"),
        ("other_scan.py", "both bring the module other_scan"),
    ],
)
def test_vendor_wheel_that_brings_another_vendors_plugin(
    workshop: Workshop, updated: Machine, member: str, said: str
) -> None:
    """Their own name on the file, another's inside: what stands first on the path would run in the other's name."""
    acme, other = vendors(workshop)
    add(workshop.shop(other), wheel(workshop.files, "other-scan", "1.0.0"))
    add(workshop.shop(acme), wheel(workshop.files, "acme-raw9100", "1.0.0", member))
    workshop.name("1.1.0", acme_raw9100="1.0.0", other_scan="1.0.0")
    refused(updated, workshop.source(), NotUsable, said)


def test_vendor_wheel_that_is_another_distribution_inside(workshop: Workshop, updated: Machine) -> None:
    acme, _ = vendors(workshop)
    made = wheel(workshop.files, "other-scan", "1.0.0").rename(workshop.files / "acme_raw9100-1.0.0-py3-none-any.whl")
    add(workshop.shop(acme), made)
    workshop.name("1.1.0", acme_raw9100="1.0.0")
    refused(updated, workshop.source(), NotUsable, "the wheel of acme-raw9100 1.0.0 brings other-scan 1.0.0")


def test_a_vendor_that_changes_a_wheel_its_channel_named_is_refused(workshop: Workshop, updated: Machine) -> None:
    """The vendor's key alone does not bring new bytes to machines: the channel named the hash of the old ones."""
    acme, _ = vendors(workshop)
    made = wheel(workshop.files, "acme-raw9100", "1.0.0")
    add(workshop.shop(acme), made)
    workshop.name("1.1.0", acme_raw9100="1.0.0")
    shop = workshop.shop(acme)
    with pytest.raises(ShopError, match="as another file"):
        add(shop, _changed(made))
    document = shop.role("vendor-acme")
    target = "plugins/acme-raw9100/acme_raw9100-1.0.0-py3-none-any.whl"
    document.signed.targets[target] = TargetFile.from_file(target, str(made), ["sha256"])
    shop.renew("vendor-acme", document)
    workshop.publish()
    refused(updated, workshop.source(), DoesNotMatch, "changed since its channel named it")


def _changed(made: Path) -> Path:
    made.write_bytes(made.read_bytes() + b"more")
    return made


def test_a_channel_is_signed_by_its_own_key_alone(workshop: Workshop, updated: Machine) -> None:
    workshop.version("1.2.0")
    shop = workshop.shop(workshop.keys / "targets.pem")
    document = shop.role("channel-all")
    shop.renew("channel-all", document)
    with pytest.raises(ShopError, match="channel-all is not signed"):
        workshop.publish()


def test_links_in_a_folder_that_others_may_write_lead_nowhere(
    workshop: Workshop, updated: Machine, tmp_path: Path
) -> None:
    secret = tmp_path / "secret"
    secret.write_text("shadow")
    workshop.version("1.2.0")
    [path] = (workshop.public / "targets" / "agent" / "1.2.0").iterdir()
    path.unlink()
    path.symlink_to(secret)
    with pytest.raises(UpdateError):
        updated.update(workshop.source())
    assert updated.current == "1.1.0"


def test_a_channel_file_of_another_kind_is_not_understood() -> None:
    with pytest.raises(Exception, match="kind"):
        decode_channel(b'{"v": 2}')
