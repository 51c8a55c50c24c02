"""Which queues are shared whatever patterns say, and how much the hub is told of one."""

from __future__ import annotations

from uuid import UUID

import pytest
from sharing_stage import laser

from tympan.plugin import Queue, QueueCapabilities, QueueKind, QueueOption
from tympan_printer_sharing._model import Patterns, SharedQueue
from tympan_printer_sharing._rules import share_of, why_not
from tympan_wire.hub import SHARE_BYTES, SHARE_OPTIONS, SHARE_VALUES, Share, encode

SECRET = laser("Payroll [2nd floor]", 7, make_and_model="Acme Laser 9")


def is_shared(queue: Queue, *, allow: tuple[str, ...] = (), deny: tuple[str, ...] = ()) -> bool:
    return not why_not(queue, [Patterns(allow=allow, deny=deny)])


@pytest.mark.parametrize(
    "pattern",
    [
        "Payroll [2nd floor]",
        "payroll [2ND*",
        "?ayroll*",
        "*serial=7",
        "usb://acme/laser?serial=7",
        "Acme Laser *",
        "*",
    ],
)
def test_a_queue_is_kept_back_by_its_name_device_or_model_brackets_and_all(pattern: str) -> None:
    assert not is_shared(SECRET, deny=(pattern,))
    assert is_shared(SECRET, allow=(pattern,))


@pytest.mark.parametrize(
    "pattern", ["", " ", "[", "]", "[!x]*", "[a-z]*", "*[[]*", "\\*", "(.*)", "payroll", "**floor", "\x00"]
)
def test_a_pattern_that_fits_nothing_denies_nothing_and_allows_nothing(pattern: str) -> None:
    assert is_shared(SECRET, deny=(pattern,))
    assert not is_shared(SECRET, allow=(pattern,))


def test_attack_a_pattern_of_many_stars_is_soon_done_with() -> None:
    long = laser("a" * 127, 1)
    assert is_shared(long, deny=("*a" * 60 + "*b", "*" * 200 + "b", "?*" * 60 + "b"))


def test_what_is_denied_anywhere_is_not_shared_though_it_is_allowed_elsewhere() -> None:
    machine, tenant = Patterns(allow=("*",), deny=()), Patterns(allow=(), deny=("payroll*",))
    assert why_not(SECRET, [machine, tenant]) == why_not(SECRET, [tenant, machine]) == "a pattern denies it"
    assert why_not(SECRET, [machine, Patterns(allow=("hall*",))]) == "no pattern allows it"


@pytest.mark.parametrize(
    "queue",
    [laser(kind=QueueKind.FAX), laser(kind=QueueKind.FILE), laser(ours=True)],
    ids=["fax", "file", "own"],
)
def test_no_pattern_shares_what_is_never_shared(queue: Queue) -> None:
    assert not is_shared(queue, allow=("*",))


# ------------------------------------------------------------------ how much


def told(*options: QueueOption) -> Share:
    capabilities = QueueCapabilities(media_types=("application/pdf",), options=options)
    return share_of(SharedQueue(id=UUID(int=1), queue=laser(), capabilities=capabilities))


def option(name: str, values: int, chars: int = 8, default: int = 0) -> QueueOption:
    said = tuple(f"{number:0{chars}}" for number in range(values))
    return QueueOption(name=name, values=said, default=said[default])


@pytest.mark.parametrize(
    "options",
    [
        [option(f"x-Box{number}", 2) for number in range(200)],
        [option(f"x-Paper{number}", 400) for number in range(9)],
        [option("media", 900, chars=200), option("x-Long", 300, chars=200)],
    ],
    ids=["options", "values", "bytes"],
)
def test_of_a_queue_with_very_much_to_choose_as_much_is_told_as_the_hub_takes(options: list[QueueOption]) -> None:
    share = told(*options, option("sides", 3))
    assert "sides" in [one.name for one in share.options], "what IPP has a name for comes first"
    assert len(share.options) <= SHARE_OPTIONS
    assert sum(len(one.values) for one in share.options) <= SHARE_VALUES
    assert len(encode(share)) <= SHARE_BYTES
    assert share == told(*options, option("sides", 3)), "and always the same"
    assert [one.name for one in share.options] == sorted(one.name for one in share.options)


def test_the_default_is_told_though_it_is_the_last_of_very_many() -> None:
    [media] = told(option("media", 900, default=899)).options
    assert (len(media.values), media.default) == (500, f"{899:08}")
    assert media.default in media.values


def test_an_option_without_a_choice_is_not_told() -> None:
    assert told(QueueOption(name="x-Empty", values=())).options == ()
