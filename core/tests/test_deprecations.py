"""What the plugin API promises, and how a name goes."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from plugin_maker import QUICK, Maker, making, running

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from tools import plugin_names
from tympan import _deprecations as deprecations
from tympan._deprecations import DEPRECATED, Deprecation
from tympan._states import PluginState
from tympan.checking._findings import Verdict
from tympan.checking._loading import loaded
from tympan.plugin import Go

OLD = Deprecation(since="0.2", instead="Use Go.", value=Go)
USES = """
    import trio
    from tympan.plugin import Contribution, LetGo, hookimpl

    class Gate:
        async def check(self, job, printer):
            await trio.lowlevel.checkpoint()
            return LetGo()

    @hookimpl
    def register_gates():
        return [Contribution(port=Gate())]
"""


@pytest.fixture
def let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(DEPRECATED, "LetGo", OLD)
    monkeypatch.setattr(deprecations, "_USED", {})


@pytest.fixture
def maker(tmp_path: Path) -> Iterator[Maker]:
    with making(tmp_path / "site") as made:
        yield made


def test_what_was_promised_is_there_and_what_is_there_is_recorded() -> None:
    assert list(plugin_names.broken(plugin_names.recorded())) == [], "run: python -m tools.plugin_names"


def test_a_promise_that_is_not_kept_is_found() -> None:
    promised = {module: dict(names) for module, names in plugin_names.recorded().items()}
    promised["tympan.plugin"]["LetGo"] = {"since": "0.1", "has": []}
    promised["tympan.plugin"]["Go"] = {"since": "0.1", "has": ["vouched", "soon"]}
    del promised["tympan.testing"]["FakeHost"]
    assert set(plugin_names.broken(promised)) == {
        "tympan.plugin.Go.soon is gone",
        "tympan.plugin.LetGo is gone",
        "tympan.testing.FakeHost is not recorded",
    }


def test_a_name_that_will_go_must_be_recorded_as_such() -> None:
    promised = {module: dict(names) for module, names in plugin_names.recorded().items()}
    promised["tympan.plugin"]["LetGo"] = {"since": "0.1", "has": []}
    [said] = plugin_names.broken(promised, {"LetGo": OLD})
    assert "not recorded as deprecated since 0.2" in said
    promised["tympan.plugin"]["LetGo"] = {"since": "0.1", "has": [], "deprecated": "0.2"}
    assert list(plugin_names.broken(promised, {"LetGo": OLD})) == []


@pytest.mark.anyio
async def test_a_plugin_that_uses_it_works_and_is_told_of_at_the_gate(
    let_go: None, maker: Maker, tmp_path: Path
) -> None:
    maker.plugin("old", USES)
    maker.plugin("new")
    async with running(tmp_path / "home", limits=QUICK) as bench:
        record = await bench.until("old", PluginState.RUNNING)
        [step] = [step for step in record.steps if step.step == "import"]
        assert step.passed
        assert step.detail == "tympan.plugin.LetGo will go (since 0.2). Use Go."
        assert [step.detail for step in bench.record("new").steps if step.step == "import"] == [""]
        assert [fields["plugin"] for line, fields in bench.lines if line == "a plugin uses what will go"] == ["old"]


def test_the_checks_note_it(let_go: None, maker: Maker, tmp_path: Path) -> None:
    from tympan._home import Home
    from tympan._registry import AllowList, scan

    maker.plugin("old", USES)
    [(record, point)] = scan(AllowList(Home(tmp_path))).values()
    _, found = loaded(record, point)
    [note] = [each for each in found if each.verdict is Verdict.NOTE]
    assert (note.what, note.detail) == (
        "nothing it uses of the plugin API will go",
        "tympan.plugin.LetGo will go (since 0.2). Use Go.",
    )


def test_any_other_name_is_none() -> None:
    import tympan.plugin

    with pytest.raises(AttributeError, match="no attribute 'Nothing'"):
        tympan.plugin.Nothing  # noqa: B018
