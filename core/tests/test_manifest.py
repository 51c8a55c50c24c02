"""The manifest: what passes, and that every slip is named."""

from __future__ import annotations

import pytest

from tympan._errors import BadManifest
from tympan._manifest import Permission, parse_manifest
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
    ("old", "new", "told"),
    [
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
