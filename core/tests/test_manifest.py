"""The manifest: what passes, and that every slip is named."""

from __future__ import annotations

import pytest

from tympan._errors import BadManifest
from tympan._manifest import Holds, Permission, parse_manifest
from tympan._policy import Verdict

GOOD = b"""
api = 1
id = "demo"
summary = "A demo"
platforms = ["linux", "windows"]
permissions = ["jobs"]
requires = ["local.site"]
[[capabilities]]
key = "demo.hello"
summary = "Says hello"
default = "on"
[settings.pause_s]
type = "number"
default = 2
unit = "s"
minimum = 0.5
summary = "Between two hellos"
"""


def test_a_good_manifest_is_read_whole() -> None:
    manifest = parse_manifest(GOOD)
    assert manifest.id == "demo"
    assert manifest.permissions == {Permission.JOBS}
    assert manifest.capabilities[0].default is Verdict.ON
    assert manifest.settings["pause_s"].default == 2.0
    assert manifest.requires == ("local.site",)


@pytest.mark.parametrize(
    ("told", "holds"), [("true", Holds.ALL), ("false", Holds.NONE), ('"pull"', Holds.PULL), ('"all"', Holds.ALL)]
)
def test_which_jobs_wait_for_a_plugin_is_a_flag_or_a_word(told: str, holds: Holds) -> None:
    manifest = parse_manifest(GOOD.replace(b'default = "on"', f'default = "on"\nholds = {told}'.encode()))
    assert manifest.capabilities[0].holds is holds


def test_a_capability_may_need_another_of_its_plugin() -> None:
    more = b'[[capabilities]]\nkey = "demo.more"\nsummary = "More"\nneeds = "demo.hello"\n[settings.pause_s]'
    manifest = parse_manifest(GOOD.replace(b"[settings.pause_s]", more))
    assert manifest.capabilities[1].needs == "demo.hello"


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (b'default = "on"', b'default = "on"\nholds = "some"', "'some' is not a valid Holds"),
        (b'default = "on"', b'default = "on"\nneeds = "demo.hello"', "demo.hello needs demo.hello"),
        (b'default = "on"', b'default = "on"\nneeds = "demo.other"', "demo.hello needs demo.other"),
        (b'id = "demo"', b"", "'id' is missing"),
        (b'id = "demo"', b'id = "De mo"', "no plugin id"),
        (b"permissions", b"permisions", "'permisions' is unknown"),
        (b'["jobs"]', b'["everything"]', "everything"),
        (b'"linux"', b'"plan9"', "plan9"),
        (b'default = "on"', b'default = "maybe"', "maybe"),
        (b'key = "demo.hello"', b'key = "demo"', "no capability key"),
        (b"default = 2", b'default = "2"', "not of type number"),
        (b"default = 2", b"default = 0.1", "not between"),
        (b"default = 2", b"default = true", "not of type number"),
        (b"api = 1", b'api = "1"', "api must be an integer"),
        (b"api = 1", b"api = ", "no TOML"),
        (
            b"[[capabilities]]",
            b"[[capabilities]]\nkey='a.b'\nsummary=''\n[[capabilities]]\nkey='a.b'\nsummary=''\n[[capabilities]]",
            "each once",
        ),
        (b"api = 1", b"\xff", "no TOML"),
        (b"api = 1", b"#" * 70_000, "more than"),
    ],
)
def test_a_slip_is_named(old: bytes, new: bytes, told: str) -> None:
    with pytest.raises(BadManifest, match=told):
        parse_manifest(GOOD.replace(old, new, 1))
