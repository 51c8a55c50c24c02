"""What agents tell is wrong with them, and why an order failed, read from the agent's own source.

Taken are the causes and next steps of errors, and the reasons a document of policy or a printer is not used for.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path

from agent_lines import ROOT, VALUE, File

_FILES = (
    "core/src/tympan/_admission.py",
    "core/src/tympan/_given_printers.py",
    "core/src/tympan/_job_memory.py",
    "core/src/tympan/_job_moves.py",
    "core/src/tympan/_jobs.py",
    "core/src/tympan/_pinned_policy.py",
    "core/src/tympan/_policy_book.py",
    "core/src/tympan/_printer_file.py",
    "core/src/tympan/_printers.py",
    "core/src/tympan/_signing.py",
    "plugins/cloud_tunnel/src/tympan_cloud_tunnel/_errors.py",
    "plugins/discovery_ippscan/src/tympan_discovery_ippscan/_errors.py",
    "plugins/discovery_ippscan/src/tympan_discovery_ippscan/_ranges.py",
    "plugins/hub_sync/src/tympan_hub_sync/_orders.py",
    "plugins/spool_cups/src/tympan_spool_cups/_errors.py",
    "plugins/spool_cups/src/tympan_spool_cups/_lpadmin.py",
    "plugins/spool_cups/src/tympan_spool_cups/_spooler.py",
    "plugins/spool_windows/src/tympan_spool_windows/_asking.py",
    "plugins/spool_windows/src/tympan_spool_windows/_errors.py",
    "plugins/spool_windows/src/tympan_spool_windows/_installing.py",
    "plugins/spool_windows/src/tympan_spool_windows/_powershell.py",
    "plugins/spool_windows/src/tympan_spool_windows/_press.py",
    "plugins/spool_windows/src/tympan_spool_windows/_rendered.py",
    "plugins/transport_https/src/tympan_transport_https/_key_book.py",
    "plugins/transport_https/src/tympan_transport_https/_key_entries.py",
)
_CLASSES = (
    ("relay/src/tympan_relay/_errors.py", "CopyRefused"),
    ("plugins/transport_https/src/tympan_transport_https/_errors.py", "EnvelopeUnfit"),
    ("plugins/transport_https/src/tympan_transport_https/_errors.py", "BookBroken"),
    ("plugins/transport_https/src/tympan_transport_https/_errors.py", "OwnKeyForged"),
)
"""Files of errors of which one is told to the hub."""
_STATUS = "core/src/tympan/_agent.py"
"""Puts the problems of its parts together; its own errors are told to commands on the machine."""

_WORDS = re.compile(".*[A-Za-z]{2}", re.DOTALL)
_TELLERS = {"_problem", "PolicyProblem", "Offered", "_closed", "unreadable", "_Done", "_unreadable"}
_FIELDS = {"reason", "problem", "detail", "next_step"}
_REASONS = {
    "BadTarget": 1,
    "QueueUnusable": 1,
    "CupsAway": 1,
    "CupsRefused": 1,
    "EndpointSilent": 2,
    "QueueNotUsable": 1,
    "EndpointUnheard": 2,
    "BookBroken": 1,
}
"""Errors, and which argument of theirs says why."""


def problem_lines() -> set[str]:
    """Every line, with `VALUE` for what is known only when the agent runs."""
    told = {line for path in _FILES for line in _lines(File.of(ROOT / path), _told)}
    told |= {line for path, name in _CLASSES for line in _lines(_class_of(ROOT / path, name), _told)}
    return told | set(_lines(File.of(ROOT / _STATUS), _listed))


def _class_of(path: Path, name: str) -> File:
    tree = ast.parse(path.read_text("utf-8"))
    body = [node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == name]
    return File.of_tree(ast.Module(body=list(body), type_ignores=[]))


def _lines(file: File, told: Callable[[ast.AST], Iterator[ast.expr]]) -> Iterator[str]:
    for node in ast.walk(file.tree):
        for expression in told(node):
            for text in file.texts(expression):
                if " " in text.strip() and _WORDS.match(text.replace(VALUE, "")):
                    yield text.strip()


def _listed(node: ast.AST) -> Iterator[ast.expr]:
    """What is put into a list of problems."""
    match node:
        case ast.Assign(targets=[ast.Name(id="problems")], value=ast.ListComp(elt=told)):
            yield told
        case ast.AugAssign(target=ast.Name(id="problems"), value=ast.ListComp(elt=told)):
            yield told
        case ast.Call(func=ast.Attribute(value=ast.Name(id="problems" | "refused"), attr="append"), args=[told]):
            yield told
        case ast.Assign(targets=[ast.Subscript(value=ast.Attribute(attr="_refused"))], value=told):
            yield told


def _told(node: ast.AST) -> Iterator[ast.expr]:
    match node:
        case ast.FunctionDef(args=arguments):
            told = zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
            yield from (value for field, value in told if field.arg == "next_step" and value is not None)
        case ast.Return(value=ast.Call() as call) if any(keyword.arg == "next_step" for keyword in call.keywords):
            yield from _of(call, first=True)
        case ast.Raise(exc=ast.Call() as call):
            yield from _of(call, first=True)
        case ast.Call(func=ast.Attribute(value=ast.Call(func=ast.Name(id="super")), attr="__init__")):
            yield from _of(node, first=True)
        case ast.Call(func=ast.Name(id=name)) | ast.Call(func=ast.Attribute(attr=name)) if name in _TELLERS:
            yield from _of(node, first=name in {"_closed", "unreadable", "_unreadable"})
            yield from node.args[2:] if name == "_problem" else ()
        case _:
            yield from _listed(node)


def _of(call: ast.Call, *, first: bool) -> Iterator[ast.expr]:
    name = call.func.id if isinstance(call.func, ast.Name) else ""
    place = _REASONS.get(name, 0)
    if first and name != "ValueError":
        yield from call.args[place : place + 1]
    yield from (keyword.value for keyword in call.keywords if keyword.arg in _FIELDS)
