"""What a tray makes of an agent's answer, over real sockets and from the bytes alone."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Mapping
from typing import Any

import pytest
import trio

from tympan.plugin import BadInput
from tympan_net import loopback_server
from tympan_net.http_server import Request, Response, open_listeners, serve
from tympan_tray._agents import Agent
from tympan_tray._errors import AgentAway
from tympan_tray._standing import Gone

pytestmark = pytest.mark.anyio


Asked = list[tuple[str | None, dict[str, object]]]


async def answered(response: Response, token: str = "") -> tuple[Mapping[str, Any], Asked]:
    """What comes of an answer; the headers and the body the agent was asked with come back in it."""
    asked: Asked = []

    async def handle(request: Request) -> Response:
        asked.append((request.header("authorization"), json.loads(await request.body(1 << 16))))
        return response

    listeners = await open_listeners(("127.0.0.1",), 0)
    async with trio.open_nursery() as nursery:
        await nursery.start(lambda task_status: serve(handle, listeners=listeners, task_status=task_status))
        agent = Agent(port=listeners[0].socket.getsockname()[1], uid=os.getuid(), token=token, account="ada")
        try:
            return await agent.ask("look", seen="d1"), asked
        finally:
            nursery.cancel_scope.cancel()


async def test_an_answer_is_understood_and_the_token_shown_where_there_is_one() -> None:
    told, asked = await answered(Response.json({"digest": "d2"}), token="secret")
    assert told == {"digest": "d2"}
    assert asked == [("Bearer secret", {"account": "ada", "seen": "d1"})]
    _, without = await answered(Response.json({}))
    assert without[0][0] is None, "the system's agent is shown no secret"


@pytest.mark.parametrize("status", [404, 503])
async def test_an_agent_whose_policy_has_the_tray_off_is_known_as_one(status: int) -> None:
    with pytest.raises(AgentAway) as caught:
        await _alone(Response.text("Nothing is mounted at this path.", status=status))
    assert caught.value.gone is Gone.NO_TRAY


async def test_what_the_agent_refuses_comes_with_its_cause_and_next_step() -> None:
    with pytest.raises(BadInput, match="the job is gone") as caught:
        await _alone(Response.json({"cause": "the job is gone", "next": "Look again."}, status=409))
    assert caught.value.next_step == "Look again."


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"\xff" * 100])
async def test_whoever_answers_nonsense_is_no_agent(body: bytes) -> None:
    with pytest.raises(AgentAway):
        await _alone(Response(body=body))


async def test_an_answer_without_end_is_given_up() -> None:
    with pytest.raises(AgentAway):
        await _alone(Response(body=b"x" * (5 << 20)))


async def test_a_port_nobody_listens_on_is_an_agent_that_does_not_run() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(AgentAway) as caught:
        await Agent(port=port, uid=os.getuid()).ask("look")
    assert caught.value.gone is Gone.NOT_RUNNING


async def test_attack_a_program_of_another_account_at_the_agents_port_is_told_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(loopback_server, "server_uid", lambda link: 4242)
    with socket.create_server(("127.0.0.1", 0)) as server:
        with pytest.raises(AgentAway, match="another account's program"):
            await Agent(port=server.getsockname()[1], uid=4241, token="secret").ask("look")
        taken, _ = server.accept()
        with taken:
            assert taken.recv(1000) == b""


async def _alone(response: Response) -> None:
    """The same, out of the nursery's group."""
    failed: list[Exception] = []
    try:
        await answered(response)
    except* (AgentAway, BadInput) as group:
        failed += group.exceptions
    raise failed[0]
