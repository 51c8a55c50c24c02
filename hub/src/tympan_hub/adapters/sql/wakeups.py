"""Wakes between processes, through PostgreSQL's LISTEN and NOTIFY.

- A wake is heard in this process at once, and in the others when the database tells them.
- A connection that is lost is made again, for ever. What was said meanwhile is not known, so everybody looks again.
"""

import asyncio
import contextlib
import json
import logging
import random
import typing
from typing import Any, Final

from cattrs.errors import BaseValidationError

from tympan_hub.adapters.sql.rows import table_of, value_of
from tympan_hub.domain.ids import SERVICE, TenantId, new_id
from tympan_hub.domain.wakes import LookAgain, Wake
from tympan_hub.ports.wakeups import Heard

_CHANNEL: Final = "tympan_wakes"
_PAYLOAD_BYTES: Final = 7999
"""What PostgreSQL carries in one notification."""

_ANSWER_S: Final = 10.0
_PROBE_S: Final = 30.0
_AGAIN_S: Final = (0.2, 3.0)
_KINDS: Final[dict[str, Any]] = {kind.__name__: kind for kind in typing.get_args(Wake)}
_log = logging.getLogger("tympan_hub")


def _lost() -> tuple[type[Exception], ...]:
    import asyncpg  # only where there is a PostgreSQL

    return OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError


class SharedWakeUps:
    """``WakeUps`` for a hub that is several processes.

    Owns: one connection; `close` gives it back. `run` must run where wakes of others are to be heard.

    Args:
        address: Of the database.
    """

    def __init__(self, address: str) -> None:
        self._address = address
        self._process = new_id()
        self._heard: list[Heard] = []
        self._one_at_a_time = asyncio.Lock()
        self._connection: Any = None

    async def send(self, tenant: TenantId, wake: Wake) -> None:
        """As the port says; when the database does not answer, it will tell everybody to look again."""
        self._tell(tenant, wake)
        payload = _written(self._process, tenant, wake)
        try:
            await self._ask("SELECT pg_notify($1, $2)", _CHANNEL, payload)
        except _lost() as error:
            _log.warning("other processes were not woken: %s", error)

    def listen(self, heard: Heard) -> None:
        """As the port says."""
        self._heard.append(heard)

    async def run(self) -> None:
        """Hears what other processes say, until cancelled."""
        while True:
            try:
                await self._hear()
            except _lost() as error:
                _log.warning("wakes of other processes are not heard: %s", error)
            await self.close()
            await asyncio.sleep(random.uniform(*_AGAIN_S))  # noqa: S311 - so that processes do not come all at once

    async def close(self) -> None:
        """Gives the connection back."""
        async with self._one_at_a_time:
            connection, self._connection = self._connection, None
            if connection is not None:
                with contextlib.suppress(*_lost()):
                    await connection.close(timeout=_ANSWER_S)

    async def _hear(self) -> None:
        lost = asyncio.Event()
        async with self._one_at_a_time:
            connection = await self._connected()
            connection.add_termination_listener(lambda _: lost.set())
            await connection.add_listener(_CHANNEL, self._got)
        self._tell(SERVICE, LookAgain())
        while not lost.is_set():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_PROBE_S):
                    await lost.wait()
            await self._ask("SELECT 1")

    async def _ask(self, statement: str, *arguments: str) -> None:
        async with self._one_at_a_time:
            connection = await self._connected()
            await connection.execute(statement, *arguments, timeout=_ANSWER_S)

    async def _connected(self) -> Any:
        if self._connection is None or self._connection.is_closed():
            import asyncpg

            self._connection = await asyncpg.connect(
                self._address, timeout=_ANSWER_S, server_settings={"application_name": "tympan-hub wakes"}
            )
        return self._connection

    def _got(self, _: object, __: int, ___: str, payload: str) -> None:
        read = _read(payload)
        if read is not None and read[0] != self._process:
            self._tell(read[1], read[2])

    def _tell(self, tenant: TenantId, wake: Wake) -> None:
        for heard in self._heard:
            heard(tenant, wake)


def _written(process: str, tenant: TenantId, wake: Wake) -> str:
    """Everything in ASCII: its length is then its bytes."""
    payload = json.dumps([process, tenant, type(wake).__name__, table_of(wake)])
    if len(payload) > _PAYLOAD_BYTES:
        raise ValueError(f"a wake of {len(payload)} bytes does not fit a notification")
    return payload


def _read(payload: str) -> tuple[str, TenantId, Wake] | None:
    """None for what another release says and this one does not know."""
    try:
        process, tenant, kind, said = json.loads(payload)
        return str(process), TenantId(str(tenant)), value_of(_KINDS[kind], said)
    except (ValueError, LookupError, TypeError, BaseValidationError) as error:
        _log.warning("a wake was not understood: %r", error)
        return None
