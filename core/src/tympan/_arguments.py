"""What people ask of the running agent: an operation's name, its arguments from JSON, its answer for JSON."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING

from tympan._errors import BadInput
from tympan._limits import DEFAULTS
from tympan._plain import Plain

if TYPE_CHECKING:
    from tympan._control import AgentControl

Arguments = Mapping[str, object]
Operation = Callable[["AgentControl", Arguments], Awaitable[Plain]]


class Operations(dict[str, Operation]):
    """Operations by their names."""

    def named(self, name: str) -> Callable[[Operation], Operation]:
        """Takes the function below it in under a name."""

        def take(function: Operation) -> Operation:
            self[name] = function
            return function

        return take


def text(arguments: Arguments, name: str, default: str | None = None) -> str:
    """A text argument; raises ``BadInput`` when it is missing or something else."""
    value = arguments.get(name, default)
    if not isinstance(value, str):
        raise BadInput(f"the argument {name!r} must be a text")
    if not value.isascii() and any("\ud800" <= character <= "\udfff" for character in value):
        raise BadInput(f"the argument {name!r} is no UTF-8", next_step="Write it in UTF-8.")
    return value


def texts(arguments: Arguments, name: str) -> tuple[str, ...]:
    """A list of texts, none when it is left out; raises ``BadInput``."""
    value = arguments.get(name, [])
    if not isinstance(value, list) or len(value) > DEFAULTS.open_jobs:
        raise BadInput(f"the argument {name!r} must be a list of texts")
    return tuple(text({name: item}, name) for item in value)
