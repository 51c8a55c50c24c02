"""A creating request under a key of the asker's is done once: asked again, it gets the same answer.

- The key is taken before anything is done. When the hub breaks off in between, the key stays taken without an answer,
  and whoever asks again is told to look first: done twice is worse than not known.
- An answer may hold a secret that is shown once. It is sealed with the asker's token, of which the hub has the hash.
"""

import os
from collections.abc import Awaitable, Callable
from typing import Final

from attrs import frozen
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from tympan_hub.domain.api_tokens import Caller
from tympan_hub.domain.errors import BadInput, Conflict
from tympan_hub.domain.ids import TokenHash, hash_of
from tympan_hub.domain.limits.requests import REPEAT_KEY_CHARS, REPEATS_PER_TOKEN
from tympan_hub.domain.repeats import Repeat
from tympan_hub.ports import Clock, Units

_NONCE: Final = 12
_PURPOSE: Final = b"tympan-hub: answers kept for repetition"


@frozen(kw_only=True)
class Kept:
    """An answer: its status, and the rest of it as bytes."""

    status: int
    content: bytes


@frozen(kw_only=True)
class Asked:
    """A request under a key.

    Attributes:
        caller: Who asks.
        secret: Their token.
        key: Their key.
        what: All that tells this request from another.
    """

    caller: Caller
    secret: str
    key: str
    what: bytes


class RepeatService:
    """Does things once."""

    def __init__(self, units: Units, clock: Clock) -> None:
        self._units = units
        self._clock = clock

    async def once(self, asked: Asked, do: Callable[[], Awaitable[Kept]]) -> Kept:
        """The answer of ``do``, or the one it gave before.

        Raises:
            BadInput: The key is none, or was used for something else.
            Conflict: It is being done, or was broken off.
        """
        if not 1 <= len(asked.key) <= REPEAT_KEY_CHARS or not asked.key.isascii() or not asked.key.isprintable():
            raise BadInput(f"an Idempotency-Key has 1 to {REPEAT_KEY_CHARS} printable ASCII characters")
        before = await self._begin(asked)
        if before is not None:
            return _opened(asked, before)
        try:
            kept = await do()
        except Exception:
            await self._drop(asked)
            raise
        if kept.status >= 400:
            await self._drop(asked)
            return kept
        token, key = asked.caller.token, hash_of(asked.key)
        async with self._units.writing() as unit:
            await unit.repeats.end(token.tenant, token.id, key, kept.status, _sealed(asked, kept))
        return kept

    async def _begin(self, asked: Asked) -> Repeat | None:
        token = asked.caller.token
        repeat = Repeat(
            tenant=token.tenant, token=token.id, key=hash_of(asked.key), asked=_what(asked), begun_at=self._clock.now()
        )
        async with self._units.writing() as unit:
            if await unit.repeats.begin(token.tenant, repeat):
                if await unit.repeats.count(token.tenant, token.id) > REPEATS_PER_TOKEN:
                    raise Conflict(
                        f"this token has used {REPEATS_PER_TOKEN} keys within a day", next_step="Wait, or use another."
                    )
                return None
            return await unit.repeats.get(token.tenant, token.id, repeat.key)

    async def _drop(self, asked: Asked) -> None:
        token = asked.caller.token
        async with self._units.writing() as unit:
            await unit.repeats.drop(token.tenant, token.id, hash_of(asked.key))


def _opened(asked: Asked, repeat: Repeat) -> Kept:
    if repeat.asked != _what(asked):
        raise BadInput("this Idempotency-Key was used for another request", next_step="Make a new key.")
    if repeat.status is None:
        raise Conflict(
            "a request with this Idempotency-Key is being done, or was broken off",
            next_step="Look whether it was done before you ask with a new key.",
        )
    nonce, sealed = repeat.sealed[:_NONCE], repeat.sealed[_NONCE:]
    try:
        content = _cipher(asked.secret).decrypt(nonce, sealed, _bound(asked))
    except InvalidTag as error:
        raise Conflict("the answer kept under this Idempotency-Key cannot be opened") from error
    return Kept(status=repeat.status, content=content)


def _sealed(asked: Asked, kept: Kept) -> bytes:
    nonce = os.urandom(_NONCE)
    return nonce + _cipher(asked.secret).encrypt(nonce, kept.content, _bound(asked))


def _bound(asked: Asked) -> bytes:
    return f"{asked.caller.token.id} {hash_of(asked.key)}".encode()


def _cipher(secret: str) -> AESGCM:
    return AESGCM(HKDF(SHA256(), 32, None, _PURPOSE).derive(secret.encode()))


def _what(asked: Asked) -> TokenHash:
    return hash_of(asked.what.decode("latin-1"))
