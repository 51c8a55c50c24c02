"""The lines that agents of this release write into the story of a job, read from the agent's own source.

Taken are the texts given to whatever writes a line or decides an outcome. A value that is put into a text, and that
cannot be found in the same file, stands as `VALUE`.
"""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Iterator
from pathlib import Path

import attrs

ROOT = Path(__file__).resolve().parents[3]
VALUE = "zz"
SOURCES = (
    "core/src/tympan",
    "plugins/ipp_submission/src",
    "plugins/pull_release/src",
    "plugins/cloud_tunnel/src",
    "plugins/printer_sharing/src",
    "relay/src",
)
REPEATED = ("hub/src/tympan_hub/domain/crossings.py",)
"""What the hub says of a job in the tunnel, and its sender repeats."""

_WRITERS = {"move", "_move", "update", "note", "checkpoint", "sent", "_entry", "_line", "_lose_track", "hold"}
_WRITERS |= {"progress", "_stepped"}
_OUTCOMES = {
    "Aborted",
    "CanceledAtDevice",
    "Claimed",
    "Completed",
    "Condition",
    "Deferred",
    "Hold",
    "LostTrack",
    "SendAgain",
}
_OUTCOMES |= {"Claimed", "Misfit", "Refusal", "TimelineEntry", "Unfit", "Unprintable"}
_ERRORS = {
    "BadChange",
    "CopyRefused",
    "CopySpoiled",
    "DeviceAway",
    "DeviceConfused",
    "DeviceUntrusted",
    "EnvelopeForAnother",
    "PinNotKept",
    "PrinterRemoved",
    "RenderFailed",
}
_FIELDS = {"what", "why", "then", "detail", "note"}
_ACTS = {"cancel", "hold", "let_go", "release"}
"""What somebody does, who is named in the job's story."""
_ADAPTERS = {"changed", "without"}
"""What changes a ticket, and says why."""
_HOLDERS = {"hold_back", "_hold_back"}
_TABLES = {"_SENTENCES"}
_MOST = 24
_SAYS_SOMETHING = re.compile(".*[A-Za-z]{2}", re.DOTALL)


def agent_lines() -> set[str]:
    """Every line, with `VALUE` for what is known only when the agent runs."""
    paths = [path for source in SOURCES for path in sorted((ROOT / source).rglob("*.py"))]
    paths += [ROOT / name for name in REPEATED]
    files = [File.of(path) for path in paths if "testing" not in path.parts]
    # A constant may be written down in one file and told in another, and so may a sentence be made.
    shared = {name: values for file in files for name, values in file.known.items() if _is_shared(name)}
    return {line for file in files for line in attrs.evolve(file, known={**shared, **file.known}).lines()}


def _is_shared(name: str) -> bool:
    return name.isupper() or name == "told()"


@attrs.frozen
class File:
    """One file of the agent."""

    tree: ast.Module
    known: dict[str, list[ast.expr]]

    @classmethod
    def of(cls, path: Path) -> File:
        return cls.of_tree(ast.parse(path.read_text("utf-8")))

    @classmethod
    def of_tree(cls, tree: ast.Module) -> File:
        known: dict[str, list[ast.expr]] = {}
        for node in ast.walk(tree):
            for name, value in _assigned(node):
                known.setdefault(name, []).append(value)
        return cls(tree, known)

    def lines(self) -> Iterator[str]:
        """What the file has to say."""
        for node in ast.walk(self.tree):
            for expression in _told(node):
                for text in self._texts(expression, 0):
                    if _SAYS_SOMETHING.match(text.replace(VALUE, "")) and not text.startswith(","):
                        yield text

    def texts(self, node: ast.expr) -> list[str]:
        """What an expression can say."""
        return self._texts(node, 0)

    def _texts(self, node: ast.expr, depth: int) -> list[str]:
        match node:
            case _ if depth > 6:
                return [VALUE]
            case ast.Constant(value=str(text)):
                return [text]
            case ast.IfExp(body=one, orelse=other):
                return self._texts(one, depth + 1) + self._texts(other, depth + 1)
            case ast.BoolOp(values=values):
                return [text for value in values for text in self._texts(value, depth + 1)]
            case ast.JoinedStr(values=parts):
                return self._joined(parts, depth)
            case ast.BinOp(op=ast.Add(), left=left, right=right):
                return self._joined([left, right], depth)
            case ast.FormattedValue(value=value):
                return self._texts(value, depth + 1)
            case ast.Name(id=name) if name in self.known:
                return [text for value in self.known[name] for text in self._texts(value, depth + 1)]
            case ast.Call(func=ast.Attribute(value=text, attr="strip")):
                return self._texts(text, depth + 1)
            case ast.Call(func=ast.Name(id=name)) | ast.Call(func=ast.Attribute(attr=name)):
                values = self.known.get(f"{name}()", [])
                return [text for value in values for text in self._texts(value, depth + 1)] or [VALUE]
        return [VALUE]

    def _joined(self, parts: list[ast.expr], depth: int) -> list[str]:
        each = [list(dict.fromkeys(self._texts(part, depth + 1)))[:_MOST] for part in parts]
        return ["".join(chosen) for chosen in itertools.islice(itertools.product(*each), 400)]


def _assigned(node: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    match node:
        case ast.Assign(targets=[ast.Name(id=name)], value=value):
            yield name, value
        case ast.Assign(targets=[ast.Tuple(elts=names)], value=ast.Tuple(elts=values)):
            yield from (
                (name.id, value) for name, value in zip(names, values, strict=False) if isinstance(name, ast.Name)
            )
        case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
            yield name, value
        case ast.FunctionDef(name=name, body=body) | ast.AsyncFunctionDef(name=name, body=body):
            yield from ((f"{name}()", each.value) for each in _returns(body) if each.value is not None)


def _returns(body: list[ast.stmt]) -> Iterator[ast.Return]:
    for statement in body:
        yield from (node for node in ast.walk(statement) if isinstance(node, ast.Return))


def _told(node: ast.AST) -> Iterator[ast.expr]:
    match node:
        case ast.AsyncFunctionDef(name=name, args=arguments) if name in _WRITERS:
            told = zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
            yield from (value for field, value in told if field.arg in _FIELDS and value is not None)
        case ast.Call(func=ast.Name(id=name)) | ast.Call(func=ast.Attribute(attr=name)):
            yield from _arguments(node, name)
        case ast.AnnAssign(target=ast.Name(id=name), value=ast.Dict(values=values)) if name in _TABLES:
            yield from values


def _arguments(call: ast.Call, name: str) -> Iterator[ast.expr]:
    if name in _WRITERS | _OUTCOMES:
        yield from (keyword.value for keyword in call.keywords if keyword.arg in _FIELDS)
    if name in _WRITERS:
        yield from (argument for argument in call.args if not isinstance(argument, ast.Attribute))
    if name in _ERRORS:
        yield from call.args[:1]
    if name in _ADAPTERS:
        yield from call.args[1:2]
    if name == "evolve":
        made = (keyword.value for keyword in call.keywords if keyword.arg == "adapted")
        yield from (part for value in made if isinstance(value, ast.Tuple) for part in value.elts)
    if name in _HOLDERS:
        yield from call.args[2:3]
    if name in _ACTS:
        for keyword in call.keywords:
            if keyword.arg == "by":
                yield ast.JoinedStr(values=[ast.Constant(value="by "), keyword.value])
