"""Requests: the IPP messages this plugin sends to CUPS and to endpoints. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from itertools import count

from tympan_spool_cups._limits import LEASE_S
from tympan_wire.ipp import Attribute, Group, GroupTag, Message, Operation, Range, Tag, attr, default_tag, resolution_in

QUEUE_ATTRIBUTES = (
    "printer-name",
    "device-uri",
    "printer-info",
    "printer-location",
    "printer-state",
    "printer-state-reasons",
    "printer-is-accepting-jobs",
    "printer-make-and-model",
    "printer-type",
    "printer-config-change-time",
)
EVENTS = ("printer-added", "printer-deleted", "printer-modified", "printer-config-changed", "printer-state-changed")
ALL_QUEUES = "ipp://localhost/"
"""As target of a subscription: every queue of the server."""

_numbers = count(1)


def queue_uri(name: str) -> str:
    """The URI of a queue, whatever way CUPS is reached."""
    return f"ipp://localhost/printers/{name}"


def _request(operation: Operation, user: str, *attributes: Attribute, groups: tuple[Group, ...] = ()) -> Message:
    operation_group = Group(GroupTag.OPERATION, (*attributes, attr.name_("requesting-user-name", user)))
    return Message.request(operation, next(_numbers) & 0x7FFFFFFF, operation_group, *groups)


def get_queues(user: str) -> Message:
    """CUPS-Get-Printers: every queue and class."""
    return _request(Operation.CUPS_GET_PRINTERS, user, attr.keyword("requested-attributes", *QUEUE_ATTRIBUTES))


def get_queue(name: str, user: str) -> Message:
    """Get-Printer-Attributes of one queue."""
    return get_endpoint(queue_uri(name), user, QUEUE_ATTRIBUTES)


def get_endpoint(uri: str, user: str, wanted: tuple[str, ...] = ("all", "media-col-database")) -> Message:
    """Get-Printer-Attributes; as wanted by default, what CUPS itself asks an endpoint before it makes a PPD."""
    target = attr.uri("printer-uri", uri)
    return _request(Operation.GET_PRINTER_ATTRIBUTES, user, target, attr.keyword("requested-attributes", *wanted))


def get_ppd(name: str, user: str) -> Message:
    """CUPS-Get-PPD: the file follows the answer."""
    return ask_queue(Operation.CUPS_GET_PPD, name, user)


def ask_queue(
    operation: Operation, name: str, user: str, *attributes: Attribute, groups: tuple[Group, ...] = ()
) -> Message:
    """A request about a queue or one of its jobs."""
    return _request(operation, user, attr.uri("printer-uri", queue_uri(name)), *attributes, groups=groups)


def subscribe(user: str, events: tuple[str, ...] = EVENTS, *, lease_s: int = LEASE_S) -> Message:
    """Create-Printer-Subscriptions to what happens to any queue (RFC 3995 section 11.1.1)."""
    template = Group(
        GroupTag.SUBSCRIPTION,
        (
            attr.keyword("notify-pull-method", "ippget"),
            attr.keyword("notify-events", *events),
            attr.integer("notify-lease-duration", lease_s),
        ),
    )
    target = attr.uri("printer-uri", ALL_QUEUES)
    return _request(Operation.CREATE_PRINTER_SUBSCRIPTIONS, user, target, groups=(template,))


def renew(subscription: int, user: str) -> Message:
    """Renew-Subscription (RFC 3995 section 11.2.6)."""
    lease = Group(GroupTag.SUBSCRIPTION, (attr.integer("notify-lease-duration", LEASE_S),))
    which = attr.integer("notify-subscription-id", subscription)
    return _request(Operation.RENEW_SUBSCRIPTION, user, attr.uri("printer-uri", ALL_QUEUES), which, groups=(lease,))


def get_notifications(subscription: int, first: int, user: str) -> Message:
    """Get-Notifications from sequence number ``first`` on (RFC 3996 section 5.2); CUPS answers at once."""
    return _request(
        Operation.GET_NOTIFICATIONS,
        user,
        attr.uri("printer-uri", ALL_QUEUES),
        attr.integer("notify-subscription-ids", subscription),
        attr.integer("notify-sequence-numbers", first),
    )


def print_job(name: str, user: str, *, title: str, media_type: str, options: Mapping[str, str]) -> Message:
    """Print-Job on a queue; the document follows.

    Raises:
        ValueError: An option's value does not fit its attribute.
    """
    ticket = Group(GroupTag.JOB, tuple(job_attribute(option, value) for option, value in options.items()))
    return _request(
        Operation.PRINT_JOB,
        user,
        attr.uri("printer-uri", queue_uri(name)),
        attr.name_("job-name", title[:255] or "document"),
        attr.mime("document-format", media_type),
        groups=(ticket,) if options else (),
    )


def job_attribute(option: str, value: str) -> Attribute:
    """An option as ``lp -o`` takes it, with the syntax its name has; one of a PPD, or unknown, goes as a name.

    Raises:
        ValueError: The value does not fit; the message says what would.
    """
    build = _BUILDERS.get(default_tag(option) or Tag.NAME_WITHOUT_LANGUAGE, _name)
    try:
        return build(option, value)
    except (ValueError, TypeError) as wrong:
        raise ValueError(f"option {option} cannot be {value!r}: {wrong}") from wrong


def _name(option: str, value: str) -> Attribute:
    return attr.name_(option, value)


def _boolean(option: str, value: str) -> Attribute:
    if value not in ("true", "false"):
        raise ValueError("it is true or false")
    return attr.boolean(option, value == "true")


def _numbers_of(build: Callable[..., Attribute]) -> Callable[[str, str], Attribute]:
    return lambda option, value: build(option, *(int(part) for part in value.split(",")))


def _ranges(option: str, value: str) -> Attribute:
    """``2-4,7,9-`` as page-ranges has it."""
    return attr.range_(option, *(_range(part) for part in value.split(",")))


def _range(text: str) -> Range:
    found = re.fullmatch(r"(\d+)(-(\d*))?", text.strip())
    if found is None:
        raise ValueError("it looks like 2-4,7")
    lower = int(found[1])
    return Range(lower, int(found[3]) if found[3] else (2**31 - 1 if found[2] else lower))


def _resolution(option: str, value: str) -> Attribute:
    found = resolution_in(value)
    if found is None:
        raise ValueError("it looks like 600dpi or 600x300dpi")
    return attr.resolution(option, found)


def _keywords(option: str, value: str) -> Attribute:
    return attr.keyword(option, *value.split(","))


_BUILDERS: Mapping[int, Callable[[str, str], Attribute]] = {
    Tag.KEYWORD: _keywords,
    Tag.INTEGER: _numbers_of(attr.integer),
    Tag.ENUM: _numbers_of(attr.enum),
    Tag.BOOLEAN: _boolean,
    Tag.RANGE_OF_INTEGER: _ranges,
    Tag.RESOLUTION: _resolution,
    Tag.NAME_WITHOUT_LANGUAGE: _name,
    Tag.TEXT_WITHOUT_LANGUAGE: lambda option, value: attr.text(option, value),
    Tag.URI: lambda option, value: attr.uri(option, value),
    Tag.MIME_MEDIA_TYPE: lambda option, value: attr.mime(option, value),
}
