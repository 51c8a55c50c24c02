"""The plugin as the kernel meets it: its manifest, its hooks, what importing it costs."""

import subprocess
import sys
import tomllib
from importlib.resources import files
from typing import Any

import attrs

from tympan.plugin import Service, Spooler
from tympan_spool_windows import plugin
from tympan_spool_windows._model import SpoolSettings


def manifest() -> dict[str, Any]:
    return tomllib.loads((files("tympan_spool_windows") / "plugin.toml").read_text())


def test_manifest_defaults_are_those_of_the_code() -> None:
    told = {name: setting["default"] for name, setting in manifest()["settings"].items()}
    assert told == attrs.asdict(SpoolSettings())


def test_manifest_offers_spool_windows_on_windows_alone() -> None:
    told = manifest()
    assert told["platforms"] == ["windows"]
    assert [capability["key"] for capability in told["capabilities"]] == ["spool.windows"]


def test_hooks_give_one_spooler_and_the_service_that_serves_it() -> None:
    [spooler], [service] = plugin.register_spoolers(), plugin.register_services()
    assert isinstance(spooler.port, Spooler)
    assert isinstance(service.port, Service)
    assert service.port._spooler is spooler.port  # type: ignore[attr-defined]


def test_importing_the_plugin_loads_nothing_heavy_and_no_library_of_windows() -> None:
    heavy = ("tympan_net", "tympan_wire.ipp", "pypdfium2", "defusedxml", "tympan_spool_windows._dll")
    look = f"import sys, tympan_spool_windows.plugin; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "[]"
