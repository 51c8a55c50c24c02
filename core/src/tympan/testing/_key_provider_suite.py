"""The suite every provider of keys must pass: subclass it and give the fixture ``provider``, without keys."""
# ruff: noqa: S101 - asserting is what a suite is for

from __future__ import annotations

import functools

from tympan._ports import KeyProvider
from tympan.testing._expectations import answer, ends_when_cancelled, refusal

_KEY_BYTES = 2048


class KeyProviderSuite:
    """What every provider of keys must do."""

    async def test_it_is_a_key_provider(self, provider: KeyProvider) -> None:
        """The kernel asks ``isinstance``."""
        assert isinstance(provider, KeyProvider)

    async def test_a_key_nobody_saved_is_none(self, provider: KeyProvider) -> None:
        """None says make one; an error says do not."""
        assert await answer(functools.partial(provider.load, "suite-absent")) is None

    async def test_a_key_comes_back_byte_for_byte(self, provider: KeyProvider) -> None:
        """Keys are bytes and no text: zeros, line ends and high bytes too."""
        for name, key in (("suite-one", b"\x00\r\n\xff" * 8), ("suite-two", bytes(range(256)) * 8)):
            assert len(key) <= _KEY_BYTES
            await answer(functools.partial(provider.save, name, key))
            assert await answer(functools.partial(provider.load, name)) == key

    async def test_each_name_has_its_own_key_and_the_last_one_counts(self, provider: KeyProvider) -> None:
        """Saving again replaces."""
        for name, key in (("suite-one", b"1" * 32), ("suite-two", b"2" * 32), ("suite-one", b"3" * 32)):
            await answer(functools.partial(provider.save, name, key))
        assert await answer(functools.partial(provider.load, "suite-one")) == b"3" * 32
        assert await answer(functools.partial(provider.load, "suite-two")) == b"2" * 32

    async def test_a_key_that_is_too_long_is_refused(self, provider: KeyProvider) -> None:
        """Refused, and not cut: a keyring keeps some 2.5 KiB on Windows."""
        await refusal(functools.partial(provider.save, "suite-long", bytes(_KEY_BYTES + 1)), Exception)
        assert await answer(functools.partial(provider.load, "suite-long")) is None

    async def test_it_ends_when_cancelled(self, provider: KeyProvider) -> None:
        """A keyring may wait for a person."""
        await ends_when_cancelled(functools.partial(provider.load, "suite-absent"))
