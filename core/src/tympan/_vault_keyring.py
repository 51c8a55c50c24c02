"""The operating system's keyring, asked from a worker thread.

- ``keyring`` is imported inside the functions only: the import takes 0.2 to 0.7 s, which a start has no time for.
- A backend that is no protection (a plain file, the null backend) is refused: it must not pass for a keyring.
"""

from __future__ import annotations

import base64
import binascii
import secrets
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final, TypeVar

from tympan._errors import VaultError, VaultLocked

_T = TypeVar("_T")
_SERVICE: Final = "tympan"
_SOUND_PRIORITY: Final = 1
"""From here on keyring itself recommends a backend; plain files rank below."""


def session_likely(env: Mapping[str, str]) -> bool:
    """Whether a keyring can exist at all; spares its import on servers."""
    if sys.platform in ("win32", "darwin"):
        return True
    runtime = env.get("XDG_RUNTIME_DIR")
    return bool(env.get("DBUS_SESSION_BUS_ADDRESS")) or bool(runtime and (Path(runtime) / "bus").exists())


def probe() -> None:
    """Proves that the keyring keeps what it is given.

    Raises:
        VaultError: It does not, or is no sound one.
    """
    import keyring

    backend = keyring.get_keyring()
    weak = [one for one in getattr(backend, "backends", [backend]) if one.priority < _SOUND_PRIORITY]
    if weak:
        raise VaultError(f"The keyring {weak[0]} does not protect keys", next_step="Set TYMPAN_KEYS=file instead.")
    account, text = f"probe.{secrets.token_hex(8)}", secrets.token_hex(16)
    keyring.set_password(_SERVICE, account, text)
    kept = keyring.get_password(_SERVICE, account)
    keyring.delete_password(_SERVICE, account)
    if kept != text:
        raise VaultError("The keyring does not keep what it is given", next_step="Set TYMPAN_KEYS=file instead.")


def load(account: str) -> bytes | None:
    """The key of an account, None when there is none."""
    import keyring

    text = keyring.get_password(_SERVICE, account)
    return None if text is None else base64.b64decode(text, validate=True)


def save(account: str, key: bytes) -> None:
    """Keeps a key."""
    import keyring

    keyring.set_password(_SERVICE, account, base64.b64encode(key).decode())


def ask(question: Callable[[], _T]) -> _T:
    """Asks one of the questions above and turns the many failures of keyrings into ours.

    Raises:
        VaultLocked: The keyring is locked.
        VaultError: Anything else.
    """
    from keyring.errors import KeyringLocked

    try:
        return question()
    except VaultError:
        raise
    except KeyringLocked as error:
        raise VaultLocked(
            "The keyring is locked", next_step="Unlock it (log in to the desktop), then start the agent again."
        ) from error
    except binascii.Error as error:
        raise VaultError("A key in the keyring is damaged", next_step="Restore the keyring from a backup.") from error
    except Exception as error:  # backends raise whatever their system's library raises
        raise VaultError(
            f"The keyring cannot be used ({str(error) or type(error).__name__})",
            next_step="Start the agent in the desktop session whose keyring holds its keys; nothing is lost.",
        ) from error
