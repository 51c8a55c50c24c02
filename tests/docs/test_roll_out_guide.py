"""The guide of silent roll-outs: its shell parses, its playbook is one, and the token is there before the package."""

from __future__ import annotations

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
    assert "checksum" in tasks[modules["ansible.builtin.get_url"]]["ansible.builtin.get_url"]


def test_the_script_checks_the_file_before_it_installs_it() -> None:
    [script] = [text for text in blocks("sh") if "sha256sum" in text]
    order = [script.index(word) for word in ("umask 077", "/etc/tympan/enrolment", "sha256sum -c", "apt-get install")]
    assert order == sorted(order)
