"""Everything people can do has a route: taken from the service classes, and from what the routes call."""

from __future__ import annotations

import ast
import inspect
import textwrap
import typing

import attrs
import pytest
from api_rig import Operation, document, operations
from fastapi.routing import APIRoute

from tympan_hub.domain.people import Actor, Person
from tympan_hub.http.api import _app, _printers
from tympan_hub.service import Services

WITHOUT_A_ROUTE = {
    "api_tokens.make": "a token makes no tokens: a stolen one could outlive itself",
    "audit.first_broken": "audit.prove is the same in parts, so that no request follows a chain of years",
    "bridge.permit": "it is for a page in a browser beside the agent; programs ask the agent through the hub",
    "bridge.needs_sign_in": "it is asked before a permit is made",
    "device_codes.asked": "a code is for a person who sees the computer's screen; programs use enrolment tokens",
    "device_codes.approve": "as device_codes.asked; a stolen token could sign its person in anywhere",
    "device_codes.deny": "as device_codes.asked",
    "invitations.send": "a mail is written in the language of a page; a program has the link, and mails it itself",
    "second_factor.enter": "a step of signing in, within it",
    "known_browsers.remember": "a step of signing in, within it",
    "known_browsers.knows": "as known_browsers.remember",
    "conversions.ready": "a step of hand-in-document, within it",
    "passwords.prove": "a step before what a session of the portal does, within it",
    "scans.again": "get-scan tells what it was; that is ordered",
    "scans.find": "scans.older is the list, by a place that stays when another scan is ordered",
    "people.list": "people.find is the list, in pages",
    "agents.find": "agents.following is the list, by a place that stays when others come and go",
    "queues.places": "it is the computers a page can show; a program finds them in agents and queues",
    "agents.token": "a token in the list is told whole",
    "agents.find_tokens": "agents.tokens is the list, by a place that stays",
    "agents.lineage": "an agent tells whose place it took",
    "devices.find": "devices.following is the list, by a place that stays when others come and go",
    "printers.moved": "get-device tells it of all printers of a device",
    "agents.names": "each agent in the list has its name",
    "printers.find": "printers.page is the list, in pages; a program looks through it by itself",
    "sharing.of_printer": "a printer names its share, and get-share tells the rest",
    "tunnel_use.may_choose": "get-printer-serving tells whether the tunnel is on",
    "printers.list": "as printers.find",
    "printers.names": "as printers.find",
    "passwords.change_own_password": "it begins a session of the portal, proved by a password and not by a token",
    "releases.running": "it leads a second tap of the portal to the release there is; `releases.ask` refuses it",
    "points.holds": "a page asks it before anything is done; a program shows its ticket, and is told",
    "printers.holds": "remove-printer refuses with the number",
    "installs.offer": "it is for a browser on the computer; get-updates tells versions, and files are for all",
    "rollouts.bound_by": "get-updates tells both",
    "installs.token": "make-enrolment-token makes one",
    "releases.ordered": "it is for trusted stations, which have an operation of their own",
}
"""Methods that shall have no route, each with its reason."""


def for_people() -> set[str]:
    """Every method of a service that takes who acts."""
    found = set()
    for field in attrs.fields(Services):
        kind = typing.get_type_hints(Services)[field.name]
        for name, method in inspect.getmembers(kind, inspect.isfunction):
            if name.startswith("_"):
                continue
            hints = typing.get_type_hints(method)
            hints.pop("return", None)
            if {Actor, Person} & set(hints.values()):
                found.add(f"{field.name}.{name}")
    return found


def called(function: object) -> set[str]:
    """What a function calls of the services: ``ask.services.NOUN.VERB``, also by ``jobs = ask.services.jobs``."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))  # type: ignore[arg-type]
    names = {
        target.id: node.value.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Attribute) and _is_services(node.value.value)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Attribute) and _is_services(node.value.value):
            found.add(f"{node.value.attr}.{node.attr}")
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in names:
            found.add(f"{names[node.value.id]}.{node.attr}")
    return found


def _is_services(node: ast.AST) -> bool:
    return isinstance(node, ast.Attribute) and node.attr == "services"


def routed() -> set[str]:
    """What the routes of the API call."""
    return {
        call
        for module in _app._MODULES
        for route in module.router.routes
        if isinstance(route, APIRoute)
        for call in called(route.endpoint)
    }


def test_everything_people_can_do_has_a_route_or_a_reason() -> None:
    assert len(for_people()) > 20
    assert for_people() - routed() == set(WITHOUT_A_ROUTE)


def test_a_method_without_a_route_would_be_found() -> None:
    assert "printers.add" in for_people()
    assert "printers.add" not in routed() - called(_printers.add)


@pytest.mark.parametrize("operation", operations(), ids=str)
def test_every_operation_says_what_it_answers_and_bounds_what_it_takes(operation: Operation) -> None:
    assert {400, 401, 403, 404, 429, 503} <= operation.statuses
    assert len([status for status in operation.statuses if status < 300]) == 1
    assert (422 in operation.statuses) is (operation.id in _app.CONVERTING)  # elsewhere it is FastAPI's
    for parameter in operation.parameters:
        assert bounded(parameter.schema), parameter.name
    for name, schema in operation.fields.items():
        assert bounded(schema), name
    if operation.body is not None:
        assert operation.body["additionalProperties"] is False


def bounded(schema: dict[str, typing.Any]) -> bool:
    """Whether a schema bounds what it lets through."""
    for several in ("anyOf", "allOf"):
        if several in schema:
            return all(map(bounded, schema[several]))
    if schema.get("type") == "object":
        return schema.get("additionalProperties") is False and all(map(bounded, schema["properties"].values()))
    if "enum" in schema or "const" in schema or schema.get("type") in ("boolean", "null"):
        return True
    if schema.get("type") == "string":
        return "maxLength" in schema or "pattern" in schema or schema.get("format") in ("uuid", "date-time", "date")
    if schema.get("type") == "integer":
        return "minimum" in schema and "maximum" in schema
    return schema.get("type") == "array" and "maxItems" in schema and bounded(schema["items"])


def test_the_document_is_openapi_3_1_with_one_way_in_for_programs_and_one_for_stations() -> None:
    said = document()
    assert said["openapi"].startswith("3.1")
    assert set(said["components"]["securitySchemes"]) == {"station", "token"}
    stations = {
        path for path, told in said["paths"].items() if any({"station": []} in one["security"] for one in told.values())
    }
    assert stations == {"/station/releases"}
    assert all(told["security"] for path in said["paths"].values() for told in path.values())
    assert len({told["operationId"] for path in said["paths"].values() for told in path.values()}) == len(operations())
