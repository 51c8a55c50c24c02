"""The gate: real distributions on disk, each sound or broken in one way."""

from __future__ import annotations

import compileall
import hashlib
import importlib
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import attrs
import pytest
from plugin_maker import Made, Maker, making, manifest_of

from tympan import _registry
from tympan._home import Home
from tympan._ids import PluginId
from tympan._limits import DEFAULTS
from tympan._registry import AllowList, PluginRecord, circular, order, scan
from tympan._states import PluginState


@pytest.fixture
def maker(tmp_path: Path) -> Iterator[Maker]:
    with making(tmp_path / "site") as made:
        yield made


def records(tmp_path: Path) -> dict[str, PluginRecord]:
    return {str(name): record for name, (record, _) in scan(AllowList(Home(tmp_path))).items()}


def test_a_sound_plugin_passes_every_step_and_none_of_its_code_runs(maker: Maker, tmp_path: Path) -> None:
    made = maker.plugin("good")
    record = records(tmp_path)["good"]
    assert (record.state, record.reason) == (PluginState.FOUND, "")
    assert [step.step for step in record.steps if step.passed] == [
        "found", "unique", "manifest", "api", "platform", "allowed",
    ]  # fmt: skip
    assert (record.distribution, record.version, record.module) == ("made-good", "1.0", f"{made.package}.plugin")
    assert not made.imported


REFUSED = {
    "no TOML": ("api = ", "the manifest is no TOML"),
    "too deep": ("a = " + "[" * 5000, "the manifest is no TOML"),
    "misspelt key": (manifest_of("bad").replace("permissions", "permission"), "'permission' is unknown"),
    "no capability": (manifest_of("bad").partition("[[")[0], "at least one key"),
    "another id": (manifest_of("other"), "its manifest names it 'other'"),
    "another API": (manifest_of("bad").replace("api = 1", "api = 2"), "plugin API 2; this agent has 1"),
    "too large": ("#" * 70000, "more than 65536"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_bad_manifest_is_refused_with_its_reason_and_not_imported(maker: Maker, tmp_path: Path, case: str) -> None:
    text, reason = REFUSED[case]
    made, good = maker.plugin("bad", manifest=text), maker.plugin("good")
    found = records(tmp_path)
    assert found["bad"].state is PluginState.REFUSED
    assert reason in found["bad"].reason
    assert found["good"].state is PluginState.FOUND
    assert not made.imported
    assert not good.imported


def test_a_missing_manifest_is_named(maker: Maker, tmp_path: Path) -> None:
    made = maker.plugin("bare")
    (maker.folder / made.package / "plugin.toml").unlink()
    assert "plugin.toml is missing" in records(tmp_path)["bare"].reason


def test_another_platform_is_unsupported_not_wrong(maker: Maker, tmp_path: Path) -> None:
    text = manifest_of("far").replace('["linux", "macos", "windows"]', '["windows"]')
    maker.plugin("far", manifest=text)
    record = records(tmp_path)["far"]
    assert (record.state, record.reason) == (PluginState.UNSUPPORTED, "it can only run on windows")


def test_two_distributions_claiming_one_id_are_both_named_and_neither_is_taken(maker: Maker, tmp_path: Path) -> None:
    one = maker.plugin("twin", distribution="first-vendor")
    two = maker.plugin("twin", distribution="second-vendor")
    found = records(tmp_path)
    assert {record.distribution for record in found.values()} == {"first-vendor", "second-vendor"}
    for record in found.values():
        assert record.state is PluginState.REFUSED
        assert record.reason == "claimed by first-vendor 1.0 and by second-vendor 1.0; none is loaded"
    assert not one.imported
    assert not two.imported


def test_every_plugin_has_a_record_and_those_past_the_limit_are_refused(
    maker: Maker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_registry, "DEFAULTS", attrs.evolve(DEFAULTS, plugins=8))
    for letter in "abcdefghij":
        maker.plugin(letter)
    maker.plugin("h", distribution="rival")  # the second claim stands past the limit and is seen all the same
    found = records(tmp_path)
    assert sorted({record.id for record in found.values()}) == list("abcdefghij")
    assert [name for name in "abcdefgij" if found[name].state is PluginState.REFUSED] == ["i", "j"]
    assert "more than 8 plugins" in found["j"].reason
    assert [record.reason for record in found.values() if record.id == "h"] == [
        "claimed by made-h 1.0 and by rival 1.0; none is loaded"
    ] * 2


def test_a_distribution_that_cannot_be_read_is_shown_beside_a_plugin_of_its_name(maker: Maker, tmp_path: Path) -> None:
    maker.plugin("made_torn", distribution="other")
    torn = maker.plugin("torn")
    (torn.dist_info / "entry_points.txt").write_text("[tympan.plugins]\nno equals sign here\n")
    states = {record.distribution: record.state for record in records(tmp_path).values()}
    assert states == {"other": PluginState.FOUND, "made-torn": PluginState.REFUSED}


# ---------------------------------------------------------------------------------------------- broken distributions


def test_metadata_that_is_gone_breaks_nothing(maker: Maker, tmp_path: Path) -> None:
    made = maker.plugin("nameless")
    (made.dist_info / "METADATA").unlink()
    maker.plugin("good")
    found = records(tmp_path)
    assert found["good"].state is PluginState.FOUND
    assert found["nameless"].id == "nameless"


def test_entry_points_that_cannot_be_read_are_shown_and_break_no_other(maker: Maker, tmp_path: Path) -> None:
    made = maker.plugin("torn")
    (made.dist_info / "entry_points.txt").write_text("[tympan.plugins]\nno equals sign here\n")
    maker.plugin("good")
    found = records(tmp_path)
    assert found["made_torn"].state is PluginState.REFUSED
    assert "entry points of made-torn 1.0 cannot be read" in found["made_torn"].reason
    assert found["good"].state is PluginState.FOUND


def test_an_entry_point_that_names_no_module_is_refused(maker: Maker, tmp_path: Path) -> None:
    maker.plugin("odd", entry="odd = !!!")
    maker.plugin("gone", entry="gone = tympan_never_installed.plugin")
    found = records(tmp_path)
    assert "cannot be found" in found["odd"].reason
    assert "cannot be found" in found["gone"].reason


# ---------------------------------------------------------------------------------------------- allow-list


def allow(tmp_path: Path, text: str) -> None:
    (tmp_path / "plugins.toml").write_text(text)


def record_hash(made: Made) -> str:
    return hashlib.sha256((made.dist_info / "RECORD").read_bytes()).hexdigest()


def test_only_what_is_on_the_list_is_allowed(maker: Maker, tmp_path: Path) -> None:
    good = maker.plugin("good")
    maker.plugin("stranger")
    allow(tmp_path, f'[[allow]]\ndistribution = "Made_Good"\nversion = "1.0"\nsha256 = "{record_hash(good)}"\n')
    found = records(tmp_path)
    assert found["good"].state is PluginState.FOUND
    assert found["stranger"].state is PluginState.REFUSED
    assert "made-stranger 1.0 is not on the allow-list" in found["stranger"].reason


CHANGES: dict[str, Callable[[Path], object]] = {
    "a changed file": lambda package: (package / "plugin.py").write_text("changed = True"),
    "a file put beside": lambda package: (package / "more.py").write_text("put = 1"),
    "a missing file": lambda package: (package / "__init__.py").unlink(),
    "a library put beside": lambda package: (package / "plugin.so").write_bytes(b"ELF"),
    "compiled code without its source": lambda package: (package / "more.pyc").write_bytes(b"code"),
    "a changed manifest": lambda package: (package / "plugin.toml").write_bytes(
        (package / "plugin.toml").read_bytes() + b"# more\n"
    ),
}


@pytest.mark.parametrize("how", CHANGES)
def test_an_unchanged_record_does_not_hide(maker: Maker, tmp_path: Path, how: str) -> None:
    good = maker.plugin("good")
    allow(tmp_path, f'[[allow]]\ndistribution = "made-good"\nsha256 = "{record_hash(good)}"\n')
    before = records(tmp_path)["good"]
    assert before.state is PluginState.FOUND
    CHANGES[how](maker.folder / good.package)
    after = records(tmp_path)["good"]
    assert after.state is PluginState.REFUSED
    assert "was changed since it was installed" in after.reason
    assert not good.imported


def test_a_package_that_stands_in_front_of_an_allowed_distributions_own_is_refused(
    maker: Maker, tmp_path: Path
) -> None:
    """Allowed is a distribution, and not whoever's code is found under its package's name."""
    made = maker.plugin("good")
    allow(tmp_path, f'[[allow]]\ndistribution = "made-good"\nsha256 = "{record_hash(made)}"\n')
    assert records(tmp_path)["good"].state is PluginState.FOUND
    other = tmp_path / "other"
    shutil.copytree(maker.folder / made.package, other / made.package)
    sys.path.insert(0, str(other))
    importlib.invalidate_caches()
    try:
        record = records(tmp_path)["good"]
    finally:
        sys.path.remove(str(other))
    assert record.state is PluginState.REFUSED
    assert f"would be imported from {other}" in record.reason


def test_a_package_that_its_author_works_on_lies_elsewhere(maker: Maker, tmp_path: Path) -> None:
    made = maker.plugin("good")
    work = tmp_path / "work"
    shutil.move(maker.folder / made.package, work / made.package)
    sys.path.append(str(work))
    importlib.invalidate_caches()
    try:
        strange = records(tmp_path)["good"]
        (made.dist_info / "direct_url.json").write_text('{"dir_info": {"editable": true}}')
        edited = records(tmp_path)["good"]
        allow(tmp_path, f'[[allow]]\ndistribution = "made-good"\nsha256 = "{record_hash(made)}"\n')
        pinned = records(tmp_path)["good"]
    finally:
        sys.path.remove(str(work))
    assert (strange.state, edited.state) == (PluginState.REFUSED, PluginState.FOUND)
    assert "installed to be edited" in pinned.reason


def test_what_python_compiled_by_itself_is_no_change(maker: Maker, tmp_path: Path) -> None:
    good = maker.plugin("good")
    allow(tmp_path, f'[[allow]]\ndistribution = "made-good"\nsha256 = "{record_hash(good)}"\n')
    compileall.compile_dir(maker.folder / good.package, quiet=1)
    assert records(tmp_path)["good"].state is PluginState.FOUND
    assert records(tmp_path)["good"].sha256 == record_hash(good)


def test_without_a_hash_files_are_not_looked_at(maker: Maker, tmp_path: Path) -> None:
    good = maker.plugin("good")
    allow(tmp_path, '[[allow]]\ndistribution = "made-good"\n')
    (maker.folder / good.package / "plugin.py").write_text("changed = True")
    assert records(tmp_path)["good"].state is PluginState.FOUND


@pytest.mark.parametrize(
    "text",
    [
        '[[allow]]\ndistribution = "made-good"\nversion = "2.0"\n',
        f'[[allow]]\ndistribution = "made-good"\nsha256 = "{"0" * 64}"\n',
        '[[allow]]\ndistribution = "made-good"\nsha265 = "a misspelt condition is no condition less"\n',
        '[[allow]]\nversion = "1.0"\n',
        "[[allow",
        "allow = 7\n",
        "a = " + "[" * 5000,
    ],
)
def test_a_list_that_does_not_match_or_cannot_be_read_allows_nothing(maker: Maker, tmp_path: Path, text: str) -> None:
    maker.plugin("good")
    allow(tmp_path, text)
    assert records(tmp_path)["good"].state is PluginState.REFUSED


# ---------------------------------------------------------------------------------------------- order


def test_each_comes_after_what_it_requires(maker: Maker, tmp_path: Path) -> None:
    maker.plugin("a", requires=["test.b"])
    maker.plugin("b", requires=["test.c"])
    maker.plugin("c")
    assert [record.id for record in order(records(tmp_path).values())] == ["c", "b", "a"]


def test_a_circle_comes_last_and_is_told(maker: Maker, tmp_path: Path) -> None:
    maker.plugin("a", requires=["test.b"])
    maker.plugin("b", requires=["test.a"])
    maker.plugin("c")
    maker.plugin("d", requires=["test.a"])
    found = records(tmp_path)
    assert order(found.values())[0].id == PluginId("c")
    assert [name for name, record in found.items() if circular(record, found.values())] == ["a", "b"]
