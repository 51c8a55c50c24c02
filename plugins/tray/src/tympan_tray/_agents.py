"""The agent as the tray asks it: HTTP on loopback, one connection a question.

- The token, where there is one, was read from the state folder of this very user; where the agent is the system's, the
  connection says whose tray this is, and no secret is sent.
- Nothing is sent to a program of another account that has taken the agent's port.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

import attrs
import h11
import trio

from tympan.plugin import BadInput
from tympan_net.loopback_server import is_server_of
from tympan_tray._errors import AgentAway
from tympan_tray._limits import ANSWER_BYTES, ASK_S
from tympan_tray._standing import Away, Gone

_LOOPBACK: Final = "127.0.0.1"
_READ_BYTES: Final = 65_536
"""One read of an answer."""


@attrs.frozen(kw_only=True)
class Agent:
    """Where one listens.

    Attributes:
        port: On loopback.
        uid: Of the account it runs under.
        token: Of its state folder; "" for one of another account, such as the system's.
        account: Whose tray this is, for systems that do not tell it.
    """

    port: int
    uid: int
    token: str = attrs.field(default="", repr=False)
    account: str = ""

    @property
    def site(self) -> str:
        """Where a browser finds it."""
        return f"http://{_LOOPBACK}:{self.port}"

    async def ask(self, what: str, **arguments: Any) -> Mapping[str, Any]:
        """Asks the tray's own application.

        Raises:
            AgentAway: It does not answer, or takes no tray.
            BadInput: It says no, or what it says cannot be read.
        """
        body = json.dumps({"account": self.account, **arguments}).encode()
        try:
            with trio.fail_after(ASK_S):
                status, answer = await self._post(f"/me/v1/{what}", body)
        except trio.TooSlowError as error:
            raise AgentAway(f"the agent did not answer within {ASK_S:g} s", gone=Gone.SILENT) from error
        except (OSError, trio.BrokenResourceError, h11.RemoteProtocolError) as error:
            step = "Start it with 'tympan run'."
            raise AgentAway("the agent does not answer", gone=Gone.NOT_RUNNING, next_step=step) from error
        return _understood(status, answer)

    async def _post(self, path: str, body: bytes) -> tuple[int, bytes]:
        headers = [("Host", f"{_LOOPBACK}:{self.port}"), ("Content-Type", "application/json"), ("Connection", "close")]
        headers.append(("Content-Length", str(len(body))))
        if self.token:
            headers.append(("Authorization", f"Bearer {self.token}"))
        stream = await trio.open_tcp_stream(_LOOPBACK, self.port)
        async with stream:
            if not is_server_of(stream.socket, {self.uid}):
                step = f"Find out whose it is with: ss -ltnpe sport = :{self.port}"
                raise AgentAway("another account's program answers at its port", gone=Gone.NOT_RUNNING, next_step=step)
            link = h11.Connection(h11.CLIENT)
            head = link.send(h11.Request(method="POST", target=path, headers=headers)) or b""
            data = link.send(h11.Data(data=body)) or b""
            await stream.send_all(head + data + (link.send(h11.EndOfMessage()) or b""))
            return await _answer(stream, link)


async def _answer(stream: trio.SocketStream, link: h11.Connection) -> tuple[int, bytes]:
    status, whole = 0, bytearray()
    while True:
        event = link.next_event()
        if event is h11.NEED_DATA:
            link.receive_data(await stream.receive_some(_READ_BYTES))
        elif isinstance(event, h11.Response):
            status = event.status_code
        elif isinstance(event, h11.Data):
            whole += event.data
            if len(whole) > ANSWER_BYTES:
                raise h11.RemoteProtocolError("the answer has no end")
        else:
            return status, bytes(whole)


def _understood(status: int, answer: bytes) -> Mapping[str, Any]:
    try:
        found = json.loads(answer or b"null")
    except (ValueError, RecursionError):
        found = None
    if status == 200 and isinstance(found, dict):
        return found
    if isinstance(found, dict) and "cause" in found:
        raise BadInput(str(found["cause"]), next_step=str(found.get("next", "")))
    if status in (404, 503):
        cause = "the agent runs, and takes no tray: it is off by policy, or starting"
        raise AgentAway(cause, gone=Gone.NO_TRAY, next_step="See 'tympan policy explain desktop.tray'.")
    said = answer[:200].decode("utf-8", "replace").strip()
    raise AgentAway(f"the agent does not take this tray: {said or f'HTTP {status}'}")


Finder = Callable[[], Agent | Away]
"""Says where the agent of this user listens, or why there is none; it may look at files."""
