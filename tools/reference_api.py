"""The page of the hub's REST API, from the OpenAPI document that the hub itself serves."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tools.reference_source import anchor_text

from tympan_hub.http.api import PREFIX
from tympan_hub.http.api._app import api
from tympan_hub.service import Services

_ALWAYS = {"400", "401", "403", "404", "408", "413", "429", "503"}
"""Told once above the operations."""


def page() -> Iterator[str]:
    """Every operation by its tag, then every shape."""
    nobody: Services = object.__new__(Services)  # the document is made from the routes alone
    said = api(nobody).openapi()
    operations = [(method, path, told) for path, by in said["paths"].items() for method, told in by.items()]
    for tag in dict.fromkeys(told["tags"][0] for _, _, told in operations):
        yield f"## {tag}\n"
        for method, path, told in operations:
            if told["tags"][0] == tag:
                yield from _operation(method, path, told)
    yield "## Shapes\n"
    for name, schema in sorted(said["components"]["schemas"].items()):
        yield from _shape(name, schema)


def _operation(method: str, path: str, told: dict[str, Any]) -> Iterator[str]:
    yield f"### {told['operationId']}\n"
    yield f"`{method.upper()} {PREFIX}{path}`: {told['description']}\n"
    rows = [(f"`{each['name']}` ({each['in']})", each["schema"], each.get("description", "")) for each in _own(told)]
    body = told.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
    if body:
        rows.append(("body", body, ""))
    if rows:
        yield "| takes | as | which is |\n|---|---|---|"
        yield from (f"| {name} | {_kind(schema)} | {anchor_text(text)} |" for name, schema, text in rows)
        yield ""
    yield f"Answers {', '.join(_answers(told))}.\n"


def _own(told: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield from (each for each in told.get("parameters", ()) if each["name"] not in ("tenant", "idempotency-key"))


def _answers(told: dict[str, Any]) -> Iterator[str]:
    for status, answer in told["responses"].items():
        if status in _ALWAYS:
            continue
        schema = answer.get("content", {}).get("application/json", {}).get("schema")
        yield f"{status} with {_kind(schema)}" if schema and int(status) < 400 else status


def _shape(name: str, schema: dict[str, Any]) -> Iterator[str]:
    yield f"### shape {name}\n"
    text = schema.get("description", "")
    if "enum" in schema:
        yield f"{text} One of: {', '.join(f'`{value}`' for value in schema['enum'])}.\n".lstrip()
        return
    if text:
        yield f"{' '.join(text.partition(chr(10) * 2)[0].split())}\n"
    yield "| field | as | which is |\n|---|---|---|"
    for field, told in schema.get("properties", {}).items():
        yield f"| `{field}` | {_kind(told)} | {anchor_text(told.get('description', ''))} |"
    yield ""


def _kind(schema: dict[str, Any]) -> str:
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"[{name}](#shape-{name.lower()})"
    if "anyOf" in schema:
        return " or ".join(map(_kind, schema["anyOf"]))
    if schema.get("type") == "array":
        return f"list of {_kind(schema['items'])}"
    bounds = [f"{word} {schema[key]}" for key, word in _BOUNDS.items() if key in schema]
    shown = str(schema.get("format") or schema.get("type") or "anything")
    return f"{shown}, {', '.join(bounds)}" if bounds else shown


_BOUNDS = {"minimum": "from", "maximum": "to", "minLength": "at least", "maxLength": "at most"}
