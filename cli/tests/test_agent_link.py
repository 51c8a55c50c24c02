"""Whom a command asks: what a state folder says of its agent, and what it is not believed."""

from __future__ import annotations

import json
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import attrs
import pytest

from tympan.admin import Home
from tympan_cli._agent_link import find_agent
from tympan_cli._errors import CommandError
from tympan_net import loopback_server


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Home]:
    """A state folder whose agent is this process, with a port that answers."""
    made = Home(tmp_path / "state")
    made.token_file.parent.mkdir(parents=True)
    made.token_file.write_text("the agent's own")
    with socket.create_server(("127.0.0.1", 0)) as listening:
        made.announcement.write_text(json.dumps({"port": listening.getsockname()[1], "pid": os.getpid()}))
        yield made


def test_an_agent_that_is_announced_and_lives_is_asked_with_its_token(place: Home) -> None:
    link = find_agent(place)
    assert link is not None and link.token == "the agent's own"


@pytest.mark.parametrize("through", ["token", "run"])
def test_attack_a_taken_agent_is_not_shown_what_root_may_read(place: Home, tmp_path: Path, through: str) -> None:
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    (theirs / "token").write_text("root's own")
    (theirs / "agent.json").write_bytes(place.announcement.read_bytes())
    if through == "token":
        place.token_file.unlink()
        place.token_file.symlink_to(theirs / "token")
    else:
        place.token_file.parent.rename(tmp_path / "away")
        place.token_file.parent.symlink_to(theirs)
    found = None
    with suppress(CommandError):
        found = find_agent(place)
    assert found is None


class _StartedAgain(BaseHTTPRequestHandler):
    """An agent that was started again while it was asked: its token is in the folder, the one of before is refused."""

    place: Home
    shown: list[str]

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.shown.append(self.headers["Authorization"])
        self.place.token_file.write_text("the next one's own")
        known = self.shown[-1] == "Bearer the next one's own"
        self.send_response(200 if known else 401)
        self.end_headers()
        self.wfile.write(b'"done"' if known else b"")

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@pytest.mark.parametrize("announced", [True, False])
def test_a_command_that_waited_through_a_restart_shows_the_new_token_once(place: Home, announced: bool) -> None:
    shown: list[str] = []
    handler = type("Handler", (_StartedAgain,), {"place": place, "shown": shown})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever).start()
        try:
            told = json.dumps({"port": server.server_port, "pid": os.getpid()})
            place.announcement.write_text(told)
            link = find_agent(place)
            assert link is not None
            if announced:
                assert link.ask("status") == "done"
            else:
                place.announcement.unlink()
                with pytest.raises(CommandError):
                    link.ask("status")
        finally:
            server.shutdown()
    assert shown == ["Bearer the agent's own", f"Bearer the {'next one' if announced else 'agent'}'s own"]


def test_attack_an_announcement_that_is_a_pipe_keeps_nobody(place: Home) -> None:
    place.announcement.unlink()
    os.mkfifo(place.announcement)
    assert find_agent(place) is None


def test_attack_a_program_of_another_account_at_the_agents_port_is_not_shown_the_token(
    place: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = find_agent(place)
    assert link is not None and link.uid == os.getuid()
    monkeypatch.setattr(loopback_server, "server_uid", lambda _: 4242)
    with socket.create_server(("127.0.0.1", 0)) as theirs:
        with pytest.raises(CommandError, match="another account's program"):
            attrs.evolve(link, port=theirs.getsockname()[1]).ask("status")
        taken, _ = theirs.accept()
        with taken:
            assert taken.recv(1000) == b""
