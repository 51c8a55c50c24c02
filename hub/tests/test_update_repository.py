"""The update repository: read to be shown, bounded; served byte for byte, and nothing out of its folder."""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib
import json
import os
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from update_rig import Folder

from tympan_hub.adapters.update_repository import FolderRepository
from tympan_hub.cli import doctor
from tympan_hub.cli.home import Home
from tympan_hub.domain.updates import Ring
from tympan_hub.http.updates import UpdateFiles
from tympan_hub.ports.update_repository import Contents

pytestmark = pytest.mark.anyio
DEB = "agent/2.0.0/tympan_2.0.0_amd64.deb"


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    made = Folder(tmp_path / "updates")
    made.add(DEB, b"a package")
    made.channel("all", "2.0.0")
    made.publish()
    return made


async def contents(folder: Folder) -> Contents:
    found = await FolderRepository(folder.root).contents()
    assert found is not None
    return found


async def test_whoever_installs_by_hand_begins_with_the_newest_root_of_trust(folder: Folder) -> None:
    for number in (2, 10):
        (folder.root / "metadata" / f"{number}.root.json").write_bytes(str(number).encode())
    (folder.root / "metadata" / "99.other.root.json").write_bytes(b"a role of this name")
    root = (await contents(folder)).root
    assert root is not None and root.place == "metadata/10.root.json"
    assert root.sha256 == hashlib.sha256(b"10").hexdigest()


async def test_targets_are_told_with_their_hashes_and_where_they_lie(folder: Folder) -> None:
    target = (await contents(folder)).targets[DEB]
    assert (folder.root / target.place).read_bytes() == b"a package" and target.size == 9
    file = await FolderRepository(folder.root).file(target)
    assert file is not None and file.read_bytes() == b"a package"


async def test_an_end_without_a_time_zone_is_a_trouble_and_no_page_fails_of_it(folder: Folder) -> None:
    folder.expires = "2030-01-01T00:00:00"
    folder.publish()
    found = await contents(folder)
    assert found.trouble and found.ends_at is None


async def test_a_fleet_that_asks_at_once_has_the_folder_read_once(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[None] = []
    whole = FolderRepository._contents

    def counted(repository: FolderRepository) -> Contents | None:
        read.append(None)
        return whole(repository)

    monkeypatch.setattr(FolderRepository, "_contents", counted)
    repository = FolderRepository(folder.root)
    found = await asyncio.gather(*(repository.contents() for _ in range(20)))
    assert len(read) == 1 and all(one is not None and DEB in one.targets for one in found)


async def test_a_file_that_is_not_what_the_metadata_says_is_none(folder: Folder) -> None:
    repository, target = FolderRepository(folder.root), (await contents(folder)).targets[DEB]
    assert await repository.file(target) is not None
    (folder.root / target.place).write_bytes(b"something else")
    assert await repository.file(target) is None
    (folder.root / target.place).unlink()
    assert await repository.file(target) is None


async def test_the_newest_version_of_every_role_counts(folder: Folder) -> None:
    folder.channel("all", "2.1.0")
    folder.publish()
    assert (await contents(folder)).channels[Ring.ALL].agent == "2.1.0"


async def test_a_vendors_role_names_no_file_beyond_its_own_paths(folder: Folder) -> None:
    folder.delegated["acme"] = ["plugins/acme-raw9100/*"]
    folder.add("plugins/acme-raw9100/acme_raw9100-1.0.1-py3-none-any.whl", b"wheel", "acme")
    folder.add("agent/9.9.9/tympan_9.9.9_amd64.deb", b"theirs", "acme")
    folder.add("plugins/acme-raw9100/deeper/file.whl", b"theirs", "acme")
    folder.add(DEB, b"theirs instead", "acme")
    folder.publish()
    targets = (await contents(folder)).targets
    assert "plugins/acme-raw9100/acme_raw9100-1.0.1-py3-none-any.whl" in targets
    assert targets[DEB].size == 9 and "agent/9.9.9/tympan_9.9.9_amd64.deb" not in targets
    assert "plugins/acme-raw9100/deeper/file.whl" not in targets


async def test_a_target_that_leads_out_of_the_folder_is_none(folder: Folder) -> None:
    (folder.root.parent / "secret").write_bytes(b"s")
    folder.targets["targets"]["../../secret"] = b"s"
    with pytest.raises(KeyError):
        (await contents(folder)).targets["../../secret"]


@pytest.mark.parametrize("broken", ["", "{}", "[" * 100_000, '{"signed": {"meta": []}}', "\0" * 99, "null"])
async def test_metadata_that_cannot_be_read_is_told_and_nothing_fails(folder: Folder, broken: str) -> None:
    (folder.root / "metadata" / "timestamp.json").write_text(broken)
    found = await contents(folder)
    assert found.trouble and not found.targets


async def test_roles_that_delegate_to_each_other_end(folder: Folder) -> None:
    folder.delegated |= {"targets": ["*"], "acme": ["*"]}
    folder.add("x", b"x", "acme")
    folder.publish()
    assert not (await contents(folder)).trouble


async def test_a_hub_without_the_folder_has_no_repository(tmp_path: Path) -> None:
    assert await FolderRepository(tmp_path / "none").contents() is None


@pytest.mark.parametrize(
    ("expires", "problem"),
    [
        ("2030-01-01T00:00:00Z", ""),
        ("2001-01-01T00:00:00Z", "computers take nothing any more"),
        (f"{dt.datetime.now(dt.UTC) + dt.timedelta(hours=2):%Y-%m-%dT%H:%M:%SZ}", "after that computers take nothing"),
    ],
    ids=["well", "over", "soon"],
)
async def test_doctor_says_when_the_repository_must_be_signed_anew(folder: Folder, expires: str, problem: str) -> None:
    folder.expires = expires
    folder.publish()
    check = await doctor._updates(Home(folder.root.parent))
    assert problem in check.problem and bool(check.problem) is bool(problem)
    assert problem or "all 2.0.0" in check.found


async def test_doctor_says_that_a_repository_cannot_be_read_and_that_none_is_fine(folder: Folder) -> None:
    (folder.root / "metadata" / "timestamp.json").write_text("{")
    assert "publish it again" in (await doctor._updates(Home(folder.root.parent))).problem
    assert not (await doctor._updates(Home(folder.root.parent / "elsewhere"))).problem


def browser(folder: Path) -> httpx.AsyncClient:
    app = FastAPI()
    app.mount("/updates/v1", UpdateFiles(folder))
    return httpx.AsyncClient(transport=httpx.ASGITransport(app, raise_app_exceptions=False), base_url="http://hub")


async def test_files_are_served_byte_for_byte_with_tags_and_by_ranges(folder: Folder) -> None:
    place = (await contents(folder)).targets[DEB].place
    async with browser(folder.root) as client:
        whole = await client.get(f"/updates/v1/{place}")
        assert whole.content == b"a package" and whole.headers["content-length"] == "9"
        assert "immutable" in whole.headers["cache-control"]
        again = await client.get(f"/updates/v1/{place}", headers={"If-None-Match": whole.headers["etag"]})
        assert again.status_code == 304 and not again.content
        part = await client.get(f"/updates/v1/{place}", headers={"Range": "bytes=2-"})
        assert part.status_code == 206 and part.content == b"package"
        timestamp = await client.get("/updates/v1/metadata/timestamp.json")
        assert timestamp.headers["cache-control"] == "no-cache"
        assert json.loads(timestamp.content)["signed"]["version"] == 1
        assert (await client.head(f"/updates/v1/{place}")).content == b""


@pytest.mark.parametrize(
    "path",
    [
        "",
        "metadata",
        "metadata/",
        "../secret",
        "%2e%2e/secret",
        "metadata/..%2f..%2fsecret",
        "..%5c..%5csecret",
        "metadata/.hidden",
        "link",
        "linked/secret",
        "a/" * 40 + "b",
        "x" * 5000,
        "%00",
        "metadata/timestamp.json%00.txt",
        "/etc/passwd",
        "%2fetc%2fpasswd",
    ],
)
async def test_no_list_no_hidden_name_and_nothing_outside_is_given(folder: Folder, path: str) -> None:
    (folder.root.parent / "secret").write_text("the hub's own")
    (folder.root / "metadata" / ".hidden").write_text("the hub's own")
    (folder.root / "link").symlink_to(folder.root.parent / "secret")
    (folder.root / "linked").symlink_to(folder.root.parent)
    async with browser(folder.root) as client:
        answer = await client.get(httpx.URL("http://hub", raw_path=b"/updates/v1/" + path.encode()))
    assert answer.status_code == 404 and "the hub's own" not in answer.text


async def test_nothing_but_reading_is_answered(folder: Folder) -> None:
    async with browser(folder.root) as client:
        for method in ("POST", "PUT", "DELETE"):
            answer = await client.request(method, "/updates/v1/metadata/timestamp.json")
            assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD")


async def test_a_folder_that_is_not_there_yet_is_empty(tmp_path: Path) -> None:
    async with browser(tmp_path / "later") as client:
        assert (await client.get("/updates/v1/metadata/timestamp.json")).status_code == 404
        (tmp_path / "later" / "metadata").mkdir(parents=True)
        (tmp_path / "later" / "metadata" / "timestamp.json").write_text("{}")
        assert (await client.get("/updates/v1/metadata/timestamp.json")).status_code == 200


async def test_a_pipe_in_the_folder_is_no_file_and_holds_nobody_up(folder: Folder) -> None:
    os.mkfifo(folder.root / "pipe")
    async with browser(folder.root) as client:
        assert (await client.get("/updates/v1/pipe")).status_code == 404
