"""Asks the running agent over its loopback listener, with the token of the state folder."""

from __future__ import annotations

import http.client
import json
from collections.abc import Mapping
from typing import Any, Final

import attrs

from tympan.admin import Home
from tympan_cli._exits import Exit

TIMEOUT_S: Final = 60.0
ANSWER_BYTES: Final = 64 << 20


class CommandError(Exception):
    """A command could not do it: a sentence with the cause, the next step, and the exit status."""

    def __init__(self, cause: str, *, next_step: str = "", status: Exit = Exit.FAILED) -> None:
        super().__init__(cause)
        self.cause = cause
        self.next_step = next_step
        self.status = status


_STATUS_OF = {
    "NotFound": Exit.NOT_FOUND,
    "BadInput": Exit.USAGE,
    "IllegalStep": Exit.REFUSED,
    "PermissionMissing": Exit.REFUSED,
    "Overloaded": Exit.UNAVAILABLE,
}


@attrs.frozen
class AgentLink:
    """Where the agent of a state folder listens, and the secret to show it."""

    port: int
    pid: int
    token: str

    def ask(self, operation: str, **arguments: object) -> Any:
        """Runs one operation of the agent's control and returns its answer.

        Raises:
            CommandError: The agent does not answer, or says why it cannot.
        """
        body = json.dumps(arguments).encode()
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=TIMEOUT_S)
        try:
            connection.request("POST", f"/api/v1/{operation}", body, headers)
            answer = connection.getresponse()
            payload = json.loads(answer.read(ANSWER_BYTES) or b"null")
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise not_running(f"the agent does not answer on port {self.port}: {error}") from error
        finally:
            connection.close()
        if answer.status != http.HTTPStatus.OK:
            raise _refused(payload if isinstance(payload, Mapping) else {}, answer.status)
        return payload


def find_agent(home: Home) -> AgentLink | None:
    """The agent that runs in this state folder, None when none is announced."""
    try:
        table = json.loads(home.announcement.read_bytes())
        return AgentLink(port=int(table["port"]), pid=int(table["pid"]), token=home.token_file.read_text())
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        cause = f"{home.announcement} cannot be read: {error}"
        raise CommandError(cause, next_step="Run the command as the agent's user.", status=Exit.NOT_RUNNING) from error


def need_agent(home: Home) -> AgentLink:
    """The running agent, or an error that says how to start it."""
    link = find_agent(home)
    if link is None:
        raise not_running(f"no agent runs in {home.root}")
    return link


def not_running(cause: str) -> CommandError:
    """The error of a command that needs the agent."""
    return CommandError(cause, next_step="Start it with 'tympan run'.", status=Exit.NOT_RUNNING)


def _refused(payload: Mapping[str, object], status: int) -> CommandError:
    kind = str(payload.get("error", ""))
    cause = str(payload.get("cause", "")) or f"the agent answered HTTP {status}"
    later = Exit.UNAVAILABLE if payload.get("retry") == "later" else Exit.FAILED
    return CommandError(cause, next_step=str(payload.get("next", "")), status=_STATUS_OF.get(kind, later))
