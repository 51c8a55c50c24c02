"""The page of errors: every error class of every distribution, from its docstring and the table of next steps."""

from __future__ import annotations

import inspect
import tomllib
from collections.abc import Iterator
from types import ModuleType

from tools.reference_source import ROOT, first_paragraph, modules, package_name

_AFTER = {"never": "never: the same thing fails again", "later": "later", "now": "at once"}


def classes() -> Iterator[tuple[str, type[Exception]]]:
    """Every error class with the package that raises it."""
    for _, module in modules("_errors.py"):
        for kind in _errors_of(module):
            yield package_name(module), kind


def next_step(package: str, kind: type[Exception]) -> str | None:
    """What the user can do: said by the class, by the table, or by the class it is a kind of."""
    own = kind.__dict__.get("user_message")
    if isinstance(own, str):
        return own
    table = tomllib.loads((ROOT / "tools" / "next_steps.toml").read_text("utf-8"))
    found = table.get(package.partition(".")[0], {}).get(kind.__name__)
    return str(found or getattr(kind, "user_message", "")) or None


def page() -> Iterator[str]:
    """The generated part."""
    shown = ""
    for package, kind in classes():
        if package != shown:
            shown = package
            yield f"## {package}\n"
        yield f"### {kind.__name__}\n"
        yield f"{first_paragraph(kind)}\n"
        retry = getattr(kind, "retry", "never")
        parent = kind.__mro__[1].__name__
        yield f"- Kind of: `{parent}`\n- Try again: {_AFTER[str(getattr(retry, 'value', retry))]}"
        yield f"- Next step: {next_step(package, kind)}\n"


def _errors_of(module: ModuleType) -> list[type[Exception]]:
    found = [value for value in vars(module).values() if inspect.isclass(value) and issubclass(value, Exception)]
    return [kind for kind in found if kind.__module__ == module.__name__]
