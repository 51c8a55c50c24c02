"""Control: the application at ``/api/v1`` by which the command line and the tray ask the kernel.

``POST /api/v1/<operation>`` with a JSON object answers JSON; an error of the kernel answers 4xx with
``{"error": class, "cause": ..., "next": ..., "retry": ...}``. ``GET /api/v1/ping`` proves site and token.
"""

from __future__ import annotations

import json
import re

import trio

from tympan.plugin import (
    BadInput,
    Control,
    IllegalStep,
    LocalCaller,
    LocalRequest,
    LocalResponse,
    NotFound,
    Overloaded,
    PermissionMissing,
    Retry,
    TympanError,
)
from tympan_local_site._limits import ARGUMENTS_BYTES, ASK_S
from tympan_local_site._users import account
from tympan_net.http_server import Request

_OPERATION = re.compile(r"[a-z][a-z0-9_.-]{0,62}")
_STATUS_OF: tuple[tuple[type[TympanError], int], ...] = (
    (NotFound, 404),
    (BadInput, 400),
    (PermissionMissing, 403),
    (IllegalStep, 409),
    (Overloaded, 429),
)
_OF_AN_ACCOUNT = frozenset({"login.begin", "logout", "whoami", "held", "release"})
_OTHER = 424
"""The request was right; the store or the vault it depends on failed (RFC 4918 section 11.4)."""


class ControlApp:
    """The kernel's controls over HTTP, for whoever has the token.

    Args:
        control: The kernel's controls.
    """

    prefix = "/api/v1"
    callers = frozenset({LocalCaller.TOKEN})

    def __init__(self, control: Control) -> None:
        self._control = control

    async def handle(self, request: LocalRequest) -> LocalResponse:
        """Answers one request."""
        operation = request.path.removeprefix(self.prefix).removeprefix("/")
        if operation == "ping" and request.method == "GET":
            return _json({"pong": True, "api": 1})
        if request.method != "POST":
            return _json({"error": "MethodNotAllowed", "cause": "operations are asked with POST"}, 405)
        if not _OPERATION.fullmatch(operation):
            return _failed(NotFound(f"there is no operation {operation[:64]!r}"))
        try:
            arguments = _arguments(await request.body(ARGUMENTS_BYTES))
            if operation in _OF_AN_ACCOUNT:
                arguments |= await _account(request)
            with trio.fail_after(ASK_S):
                return _json(await self._control.ask(operation, arguments))
        except TympanError as error:
            return _failed(error)
        except trio.TooSlowError:
            slow = f"{operation} took longer than {ASK_S:g} s"
            return _json(_described("TooSlow", slow, "Look at the agent's log, then try again.", Retry.LATER), 408)


async def _account(request: LocalRequest) -> dict[str, object]:
    """The account that asks, where the system tells it: nobody signs in for another by saying so."""
    uid = await request.peer.uid() if isinstance(request, Request) else None
    name = None if uid is None else account(uid)
    return {} if name is None else {"user": name}


def _arguments(body: bytes) -> dict[str, object]:
    try:
        arguments = json.loads(body or b"{}")
    except (ValueError, RecursionError) as error:
        raise BadInput("the arguments are not JSON") from error
    if not isinstance(arguments, dict):
        raise BadInput("the arguments are not a JSON object")
    return arguments


def _failed(error: TympanError) -> LocalResponse:
    status = next((status for kind, status in _STATUS_OF if isinstance(error, kind)), _OTHER)
    return _json(_described(type(error).__name__, error.cause, error.next_step, error.retry), status)


def _described(error: str, cause: str, next_step: str, retry: Retry) -> dict[str, object]:
    return {"error": error, "cause": cause, "next": next_step, "retry": retry.value}


def _json(value: object, status: int = 200) -> LocalResponse:
    body = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
    headers = (("content-type", "application/json"), ("cache-control", "no-store"))
    return LocalResponse(status=status, headers=headers, body=body)
