"""Every operation of the OpenAPI document, as tests walk through them: nothing is listed by hand."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from typing import Any

import attrs

from tympan_hub.http.api._app import api
from tympan_hub.service import Services


@attrs.frozen
class Parameter:
    """A parameter of an operation."""

    name: str
    place: str
    required: bool
    schema: dict[str, Any]


@attrs.frozen
class Operation:
    """An operation."""

    id: str
    method: str
    path: str
    parameters: tuple[Parameter, ...]
    body: dict[str, Any] | None
    statuses: frozenset[int]

    def __str__(self) -> str:
        return self.id

    @property
    def fields(self) -> dict[str, dict[str, Any]]:
        """Fields of the body, each with its schema."""
        return dict((self.body or {}).get("properties", {}))


@functools.cache
def document() -> dict[str, Any]:
    """The OpenAPI document; making it takes a second."""
    nobody: Services = object.__new__(Services)
    return dict(api(nobody).openapi())


def operations() -> list[Operation]:
    """All operations."""
    return list(_operations(document()))


def _operations(said: dict[str, Any]) -> Iterator[Operation]:
    for path, methods in said["paths"].items():
        for method, told in methods.items():
            body = told.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
            yield Operation(
                id=told["operationId"],
                method=method.upper(),
                path=path,
                parameters=tuple(
                    Parameter(each["name"], each["in"], each["required"], _resolved(said, each["schema"]))
                    for each in told.get("parameters", ())
                ),
                body=_resolved(said, body) if body else None,
                statuses=frozenset(map(int, told["responses"])),
            )


def _resolved(said: dict[str, Any], schema: Any) -> Any:
    if isinstance(schema, list):
        return [_resolved(said, each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        name = re.sub("^#/components/schemas/", "", schema["$ref"])
        return _resolved(said, said["components"]["schemas"][name])
    return {name: _resolved(said, each) for name, each in schema.items()}
