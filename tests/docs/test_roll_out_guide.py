"""The guide of silent roll-outs: its shell parses, its playbook is one, and the token is there before the package."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

GUIDE = (Path(__file__).parents[2] / "docs" / "guides" / "unattended-install.md").read_text()
FENCE = re.compile(r"```(\w*)\n(.*?)```", re.DOTALL)


def blocks(language: str) -> list[str]:
    return [text for told, text in FENCE.findall(GUIDE) if told == language]


@pytest.mark.parametrize("number", range(len(blocks("sh"))))
def test_every_shell_command_parses(number: int) -> None:
    subprocess.run(["sh", "-n"], input=blocks("sh")[number], text=True, check=True, capture_output=True)


def test_the_playbook_hands_the_token_over_before_it_installs_and_logs_it_nowhere() -> None:
    [text] = blocks("yaml")
    [play] = yaml.safe_load(text)
    tasks: list[dict[str, Any]] = play["tasks"]
    modules = {next(name for name in task if name.startswith("ansible.")): place for place, task in enumerate(tasks)}
    assert modules["ansible.builtin.uri"] < modules["ansible.builtin.copy"] < modules["ansible.builtin.apt"]
    copied = tasks[modules["ansible.builtin.copy"]]
    assert copied["no_log"] and copied["ansible.builtin.copy"]["mode"] == "0600"
    assert copied["ansible.builtin.copy"]["content"].splitlines()[0] == "hub={{ hub }}"
    assert tasks[modules["ansible.builtin.uri"]]["no_log"]
    for task in tasks:
        if "/etc/tympan" in str(task) or "token" in str(task):
            assert task["when"] == "not there.stat.exists", "said again it hands out no second token"
    assert "checksum" in tasks[modules["ansible.builtin.get_url"]]["ansible.builtin.get_url"]


def test_the_script_checks_the_file_before_it_installs_it() -> None:
    [script] = [text for text in blocks("sh") if "sha256sum" in text]
    order = [script.index(word) for word in ("umask 077", "/etc/tympan/enrolment", "sha256sum -c", "apt-get install")]
    assert order == sorted(order)


TOOLS = {
    "curl": 'echo package > "$2"',
    "sha256sum": "cat > /dev/null",
    "apt-get": "cd opt/tympan 2>&- && exit; rm etc/tympan/enrolment; mkdir -p opt/tympan; ln -s . opt/tympan/current",
}


def test_the_script_said_again_writes_no_token_where_the_computer_joined(tmp_path: Path) -> None:
    """As tools do that run it every quarter of an hour."""
    [script] = [text for text in blocks("sh") if "sha256sum" in text]
    for name, text in TOOLS.items():
        tool = tmp_path / "bin" / name
        tool.parent.mkdir(exist_ok=True)
        tool.write_text(f"#!/bin/sh\n{text}\n")
        tool.chmod(0o755)
    (tmp_path / "var" / "cache").mkdir(parents=True)
    here = re.sub(r"(?<=[ ])/(?=etc/|opt/|var/)", "", script)
    env = {"PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}", "TOKEN": "one", "SHA256": "0"}
    for _ in range(2):
        subprocess.run(["sh", "-euc", here], cwd=tmp_path, env=env, check=True, capture_output=True, timeout=60)
        assert (tmp_path / "opt/tympan/current").is_symlink()
        assert not (tmp_path / "etc/tympan/enrolment").exists()


def test_puppet_has_no_token_in_its_catalogue_once_the_agent_is_there() -> None:
    [manifest] = blocks("puppet")
    [fact] = blocks("ruby")
    name = re.search(r"Facter\.add\(:(\w+)\)", fact)
    assert name and "/opt/tympan/current" in fact
    begun = manifest.index(f"unless $facts['{name[1]}'] {{")
    ended = manifest.index("\n}\n", begun)
    assert begun < manifest.index("tympan::token") < ended
    assert manifest.count("/etc/tympan") == manifest[begun:ended].count("/etc/tympan")
