"""The counter: lists what waits, and takes answers."""

import json
from typing import Final

from acme_cost_centre.desk import Desk
from tympan.plugin import LocalCaller, LocalRequest, LocalResponse, TympanError

BODY_BYTES: Final = 4096


class Counter:
    """A ``LocalApp``."""

    prefix = "/cost-centre"
    callers = frozenset({LocalCaller.TOKEN})

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def handle(self, request: LocalRequest) -> LocalResponse:
        """Answers a request."""
        if request.path != self.prefix:
            return _said(404, {"error": "there is nothing"})
        if request.method == "GET":
            return _said(200, [{"job": job.number, "name": job.name, "user": job.user} for job in self._desk.waiting()])
        if request.method != "POST":
            return LocalResponse(status=405, headers=(("Allow", "GET, POST"),))
        try:
            asked = json.loads(await request.body(BODY_BYTES))
            await self._desk.pay(int(asked["job"]), str(asked["cost_centre"]))
        except (ValueError, KeyError, TypeError) as error:
            return _said(400, {"error": f"the answer cannot be read: {error}"})
        except TympanError as error:
            return _said(409, {"error": error.sentence})
        return _said(200, {})


def _said(status: int, answer: object) -> LocalResponse:
    return LocalResponse(
        status=status, headers=(("Content-Type", "application/json"),), body=json.dumps(answer).encode()
    )
