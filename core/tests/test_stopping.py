"""A stopped agent ends, whatever a plugin does."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from plugin_maker import WELL, Maker, making

PROGRAM = """
import importlib.metadata, os, sys
folder = sys.argv[1]
sys.path.insert(0, folder)
everywhere = importlib.metadata.distributions
importlib.metadata.distributions = lambda: everywhere(path=[folder])
import attrs
import tympan.__main__ as program
program.DEFAULTS = attrs.evolve(program.DEFAULTS, stop_s=1.0)
sys.exit(program.main())
"""


@pytest.fixture
def maker(tmp_path: Path) -> Iterator[Maker]:
    with making(tmp_path / "site") as made:
        yield made


@pytest.mark.parametrize(
    ("code", "last_words"),
    [
        (WELL, None),
        (
            WELL.replace('TRACE.append("ended")', "with trio.CancelScope(shield=True): await trio.sleep(3600)"),
            "a plugin does not end",
        ),
    ],
)
def test_it_ends_on_a_signal(maker: Maker, tmp_path: Path, code: str, last_words: str | None) -> None:
    maker.plugin("demo", code)
    env = {**os.environ, "TYMPAN_HOME": str(tmp_path / "home"), "TYMPAN_KEYS": "file"}
    command = [sys.executable, "-c", PROGRAM, str(maker.folder)]
    with subprocess.Popen(command, env=env, stderr=subprocess.PIPE, text=True) as agent:
        try:
            assert agent.stderr is not None
            for line in agent.stderr:
                if "the agent runs" in line:
                    break
            assert "demo=running" in line
            agent.send_signal(signal.SIGTERM)
            _, said = agent.communicate(timeout=30)
        finally:
            agent.kill()
    assert agent.returncode == 0
    assert (last_words in said) if last_words else ("does not end" not in said)
