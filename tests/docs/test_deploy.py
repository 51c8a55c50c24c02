"""``deploy/`` and the guides: what they say to ``tympan-hub`` is what it takes; what can be verified is."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from tympan_hub.cli.__main__ import main as tympan_hub

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
UNIT = DEPLOY / "tympan-hub.service"
PROMPT = re.compile(r"^(?:\.venv/bin/)?tympan-hub [^#\n|>]*", flags=re.MULTILINE)
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
TIME_S = 60


def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))
    return loaded


def takes(words: list[str]) -> None:
    """Fails with what the command line says of words it does not take; nothing is run."""
    command: click.Command = tympan_hub
    words = [word for word in words if word != "…"]
    context = command.make_context("tympan-hub", [*words], resilient_parsing=False)
    rest = [*context._protected_args, *context.args]
    while isinstance(command, click.Group) and rest:
        found = command.get_command(context, rest[0])
        assert found is not None, f"there is no command {rest[0]!r}"
        command = found
        if isinstance(command, click.Group):
            rest = rest[1:]
        else:
            command.make_context(rest[0], rest[1:], parent=context)
            return


def variables() -> set[str]:
    """Every environment variable that ``tympan-hub`` or its ``serve`` reads."""
    parameters = [*tympan_hub.params, *tympan_hub.commands["serve"].params]
    return {str(one.envvar) for one in parameters if one.envvar}


def commands_of(page: Path) -> list[list[str]]:
    """Every command of ``tympan-hub`` in blocks of shell."""
    blocks = re.findall(r"```sh\n(.*?)```", page.read_text("utf-8"), flags=re.DOTALL)
    return [shlex.split(line)[1:] for block in blocks for line in PROMPT.findall(block.replace("\\\n", ""))]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_command_of_the_hub_on_a_page_is_one_it_takes(page: Path) -> None:
    for words in commands_of(page):
        takes(words)


def test_the_unit_lets_converters_be_shut_off() -> None:
    settings = dict(
        line.split("=", 1) for line in UNIT.read_text("utf-8").splitlines() if "=" in line and line[0] != "#"
    )
    assert {"user", "mnt", "pid", "net", "ipc"} <= set(settings["RestrictNamespaces"].split())
    assert "AF_NETLINK" in settings["RestrictAddressFamilies"].split(), "bubblewrap switches its loopback on by it"
    assert "@mount" in settings["SystemCallFilter"].split()


def test_the_compose_file_says_that_it_was_only_read() -> None:
    for name in ("compose.yaml", "Containerfile"):
        assert "Checked for syntax only" in (DEPLOY / name).read_text("utf-8").split("FROM", 1)[0].splitlines()[0]


def test_services_of_the_compose_file_are_told_what_they_take() -> None:
    services = compose()["services"]
    program, *words = services["hub"]["command"]
    assert program == "tympan-hub"
    takes(words)
    ours = {name for name in services["hub"]["environment"] if name.startswith("TYMPAN_")}
    assert ours <= variables()
    dockerfile = (DEPLOY / services["hub"]["build"]["context"] / services["hub"]["build"]["dockerfile"]).resolve()
    assert dockerfile == DEPLOY / "Containerfile"


def test_the_compose_file_names_nothing_that_it_does_not_define() -> None:
    whole = compose()
    for service in whole["services"].values():
        assert set(service.get("depends_on", ())) <= set(whole["services"])
        assert {mount["source"] for mount in service.get("configs", ())} <= set(whole["configs"])
        named = {volume.split(":")[0] for volume in service.get("volumes", ())}
        assert named <= set(whole["volumes"])


def test_the_image_runs_what_the_hub_takes() -> None:
    lines = (DEPLOY / "Containerfile").read_text("utf-8").splitlines()
    program, *words = json.loads(next(line for line in lines if line.startswith("CMD ")).removeprefix("CMD "))
    assert program == "tympan-hub"
    takes(words)
    for copied in (line.split()[1] for line in lines if line.startswith("COPY ")):
        assert (ROOT / copied).exists(), copied


def test_the_service_is_one_that_systemd_takes(tmp_path: Path) -> None:
    text = UNIT.read_text("utf-8")
    start = re.search(r"^ExecStart=/opt/tympan/bin/tympan-hub (.*)$", text, flags=re.MULTILINE)
    assert start is not None
    takes(shlex.split(start[1]))
    assert set(re.findall(r"^Environment=(\w+)", text, flags=re.MULTILINE)) <= variables()
    unit = tmp_path / UNIT.name  # the program is where this machine has it; everything else as it is
    unit.write_text(text.replace("/opt/tympan/bin/tympan-hub", str(Path(sys.executable).with_name("tympan-hub"))))
    if shutil.which("systemd-analyze") is None:
        missing = "systemd-analyze is not on this machine: make system"
        pytest.fail(missing) if os.environ.get("CI") == "true" else pytest.skip(missing)
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(unit)], capture_output=True, text=True, timeout=TIME_S
    )
    assert (done.returncode, done.stderr) == (0, "")
