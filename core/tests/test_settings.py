"""Settings: defaults, what the file and the command line say, and everything that is wrong with a file."""

from __future__ import annotations

from pathlib import Path

import pytest

from tympan._errors import BadSetting
from tympan._home import Home
from tympan._manifest import Manifest, parse_manifest
from tympan._settings import PluginSettings, SettingsFile

MANIFEST = parse_manifest(
    b"""
api = 1
id = "demo"
summary = "Demo"
platforms = ["linux"]
[[capabilities]]
key = "test.demo"
summary = "Demo"
[settings.count]
type = "integer"
default = 3
minimum = 1
maximum = 9
summary = "Count"
[settings.wait_s]
type = "number"
default = 2.5
unit = "s"
minimum = 0.5
summary = "Wait"
[settings.place]
type = "text"
default = "here"
summary = "Place"
[settings.loud]
type = "flag"
default = false
summary = "Loud"
[settings.names]
type = "texts"
default = ["a"]
summary = "Names"
"""
)


def settings(tmp_path: Path, text: str | None = None, **overrides: object) -> PluginSettings:
    if text is not None:
        (tmp_path / "settings.toml").write_text(text)
    return SettingsFile(Home(tmp_path), {"demo": overrides}).of(MANIFEST)


def everything(of: PluginSettings) -> tuple[object, ...]:
    return (of.integer("count"), of.number("wait_s"), of.text("place"), of.flag("loud"), of.texts("names"))


def test_defaults_hold_without_a_file(tmp_path: Path) -> None:
    assert everything(settings(tmp_path)) == (3, 2.5, "here", False, ("a",))


def test_the_command_line_wins_over_the_file_and_the_file_over_defaults(tmp_path: Path) -> None:
    text = '[demo]\ncount = 4\nwait_s = 7\nplace = "there"\nloud = true\nnames = ["x", "y"]\n[other]\nany = 1\n'
    assert everything(settings(tmp_path, text)) == (4, 7.0, "there", True, ("x", "y"))
    assert settings(tmp_path, count=5).integer("count") == 5


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[demo]\ncount = 10\n", "demo.count: count is 10, not between 1.0 and 9.0"),
        ("[demo]\ncount = true\n", "not of type integer"),
        ('[demo]\nwait_s = "2"\n', "not of type number"),
        ("[demo]\nwait_s = 0.1\n", "not between 0.5 and None s"),
        ("[demo]\nwait_s = nan\n", "wait_s is nan"),
        ("[demo]\nnames = [1]\n", "not of type texts"),
        ("[demo]\ncuont = 4\n", "no setting 'cuont'. Known settings: count, wait_s"),
        ("demo = 4\n", "is no table"),
        ("[demo\n", "cannot be read"),
        ("a = " + "[" * 5000, "cannot be read"),
    ],
)
def test_a_wrong_value_is_named(tmp_path: Path, text: str, reason: str) -> None:
    with pytest.raises(BadSetting) as caught:
        settings(tmp_path, text)
    assert reason in caught.value.sentence


def test_a_file_of_other_bytes_is_no_settings_file(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(BadSetting, match="cannot be read"):
        settings(tmp_path)


def test_a_plugin_that_asks_for_another_type_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadSetting, match="'place'"):
        settings(tmp_path).integer("place")
    with pytest.raises(BadSetting, match="'nowhere'"):
        settings(tmp_path).text("nowhere")


def test_settings_are_equal_when_their_values_are(tmp_path: Path) -> None:
    one = PluginSettings(MANIFEST, {"count": 4})
    assert one == PluginSettings(MANIFEST, {"count": 4})
    assert one != PluginSettings(MANIFEST, {})


def test_the_stamp_changes_with_the_file(tmp_path: Path) -> None:
    file = SettingsFile(Home(tmp_path))
    before = file.stamp()
    (tmp_path / "settings.toml").write_text("[demo]\n")
    assert file.stamp() != before
    assert isinstance(MANIFEST, Manifest)


def test_a_file_beneath_says_what_the_file_of_the_state_folder_does_not(tmp_path: Path) -> None:
    beneath = tmp_path / "common.toml"
    beneath.write_text('[demo]\ncount = 4\nplace = "common"\n')
    (tmp_path / "settings.toml").write_text('[demo]\nplace = "own"\n')
    found = SettingsFile(Home(tmp_path), beneath=beneath).of(MANIFEST)
    assert (found.integer("count"), found.text("place")) == (4, "own")
    beneath.write_text("[demo\n")
    with pytest.raises(BadSetting, match=r"common\.toml"):
        SettingsFile(Home(tmp_path), beneath=beneath).of(MANIFEST)


def test_a_file_beneath_that_was_named_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(BadSetting, match=r"absent\.toml is missing") as refused:
        SettingsFile(Home(tmp_path), beneath=tmp_path / "absent.toml").of(MANIFEST)
    assert "TYMPAN_SETTINGS" in (refused.value.next_step or "")
