"""The reference is whole and up to date: every hook, event, key, limit, error, state and operation has its heading."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from pathlib import Path

import attrs
import pytest

from tympan._events import Event
from tympan._hooks import HOOKS
from tympan._kernel_keys import KERNEL_KEYS
from tympan._limits import Limits
from tympan._manifest import Permission, parse_manifest
from tympan._operations import OPERATIONS
from tympan._states import JobState, PluginState

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tools import reference, reference_errors, reference_limits, reference_source  # noqa: E402

_UNITS_OF_MEASURE = {"KIB", "MIB", "GIB"}


def headings(page: str) -> list[str]:
    text = (ROOT / "docs" / "reference" / f"{page}.md").read_text("utf-8")
    return re.findall(r"^#{2,3} (.+)$", re.sub(r"```.*?```", "", text, flags=re.DOTALL), flags=re.MULTILINE)


@pytest.mark.parametrize("page", sorted(reference.GENERATED))
def test_a_page_is_up_to_date(page: str) -> None:
    assert page not in reference.out_of_date(), "run: python -m tools.reference"


@pytest.mark.parametrize("page", [*sorted(reference.GENERATED), "manifest"])
def test_a_page_begins_with_its_purpose_and_names_each_thing_once(page: str) -> None:
    text = (ROOT / "docs" / "reference" / f"{page}.md").read_text("utf-8")
    assert re.match(r"# .+\n\n[A-Z`]", text), "a title, then what the page is for"
    found = headings(page)
    assert len(found) == len(set(found)) or page == "plugin-api"
    assert found


@pytest.mark.parametrize(
    ("name", "unit"),
    [
        ("REQUEST_S", "s"),
        ("BODY_BYTES_PER_S", "bytes per second"),
        ("RETURNS_PER_S", "per second"),
        ("CODES_PER_SOURCE", ""),
        ("printed_pages", "pages"),
    ],
)
def test_the_unit_of_a_limit_is_the_end_of_its_name(name: str, unit: str) -> None:
    assert reference_limits._unit(name) == unit


def test_every_hook_event_operation_state_and_permission_has_its_heading() -> None:
    assert set(HOOKS) <= set(headings("hooks"))
    assert {kind.__name__ for kind in Event.__args__} <= set(headings("events"))
    assert set(OPERATIONS) <= set(headings("control"))
    assert set(Permission) <= set(headings("permissions"))
    wanted = {f"job: {state}" for state in JobState} | {f"plugin: {state}" for state in PluginState}
    assert wanted <= set(headings("states"))


def test_every_capability_has_its_heading() -> None:
    keys = {spec.key for manifest in reference_source.manifests() for spec in manifest.capabilities}
    assert keys | {spec.key for spec in KERNEL_KEYS} == set(headings("policy-keys"))
    assert len(reference_source.manifests()) == len(list(ROOT.glob("plugins/*/pyproject.toml")))


def test_every_error_has_its_heading_and_a_next_step() -> None:
    found = list(reference_errors.classes())
    assert {kind.__name__ for _, kind in found} <= set(headings("errors"))
    without = [f"{package}.{kind.__name__}" for package, kind in found if not reference_errors.next_step(package, kind)]
    assert without == [], "write them into tools/next_steps.toml"


def test_the_table_of_next_steps_names_no_error_that_is_gone() -> None:
    table = tomllib.loads((ROOT / "tools" / "next_steps.toml").read_text("utf-8"))
    known = {(package.partition(".")[0], kind.__name__) for package, kind in reference_errors.classes()}
    assert {(package, name) for package, rows in table.items() for name in rows} <= known


def test_every_limit_has_its_heading_and_a_reason() -> None:
    sections = reference_limits.sections()
    wanted = {f"{package}: {limit.name}" for package, limits in sections.items() for limit in limits}
    assert wanted <= set(headings("limits"))
    assert {f"tympan: {field.name}" for field in attrs.fields(Limits)} <= wanted
    assert [limit for limits in sections.values() for limit in limits if len(limit.reason) < 5] == []


@pytest.mark.parametrize("path", sorted(path for path, _ in reference_source.modules("_limits.py")), ids=str)
def test_no_number_stands_without_its_reason(path: Path) -> None:
    body = ast.parse(path.read_text("utf-8")).body
    documented = reference_limits._documented(body)
    for statement in body:
        target = statement.targets[0] if isinstance(statement, ast.Assign) else getattr(statement, "target", None)
        if isinstance(target, ast.Name) and target.id.isupper() and not target.id.startswith("_"):
            assert target.id in documented or target.id in _UNITS_OF_MEASURE, f"{target.id} in {path.name}"


def test_every_key_of_the_manifest_has_its_heading() -> None:
    tree = ast.parse((ROOT / "core/src/tympan/_manifest.py").read_text("utf-8"))
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "_only"]
    keys = [[ast.literal_eval(argument) for argument in call.args[1:]] for call in calls]
    tables = {"": keys[0], "limits: ": keys[1], "capabilities: ": keys[2], "settings: ": keys[3]}
    assert len(keys) == len(tables)
    assert {f"{table}{key}" for table, known in tables.items() for key in known} <= set(headings("manifest"))
    example = (ROOT / "docs" / "reference" / "manifest.md").read_text("utf-8").partition("```toml\n")[2]
    assert parse_manifest(example.partition("```")[0].encode()).id == "front_desk"


def test_a_page_that_is_out_of_date_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(OPERATIONS, "suite.new", OPERATIONS["status"])
    assert reference.out_of_date() == ["control"]
