"""Plain forms: everything an operation answers can be written as JSON, and no bytes ever."""

from __future__ import annotations

import datetime as dt
import json
import uuid

import attrs
import pytest

from tympan._ids import PrinterId
from tympan._plain import plain
from tympan._states import JobState
from tympan._values import Claim, Job, Statistics

AT = dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.UTC)
ID = uuid.UUID(int=7)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None), (True, True), (3, 3), (2.5, 2.5), ("x", "x"),
        (JobState.HELD, "held"), (ID, str(ID)), (AT, "2026-01-02T03:04:05+00:00"),
        ((1, (2, 3)), [1, [2, 3]]), (frozenset({"b", "a"}), ["a", "b"]), ({JobState.HELD: (1,)}, {"held": [1]}),
        (Claim(route="r", attempt=1, fence=2), {"route": "r", "attempt": 1, "fence": 2}),  # type: ignore[arg-type]
    ],
)  # fmt: skip
def test_each_kind_has_its_plain_form(value: object, expected: object) -> None:
    assert plain(value) == expected
    json.dumps(plain(value))


def test_a_job_is_whole_but_for_its_bytes() -> None:
    job = Job(
        uuid=ID, number=1, printer=PrinterId("front"), created_at=AT, ticket=b"secret", evidence=b"secret",
        statistics=Statistics(format="application/pdf", pages=2, sizes=("iso_a4_210x297mm",), color_pages=(1,)),
    )  # fmt: skip
    row = plain(job)
    assert isinstance(row, dict)
    assert set(row) == {field.name for field in attrs.fields(Job)} - {"ticket", "evidence"}
    assert "secret" not in json.dumps(row)
    assert row["statistics"]["sizes"] == ["iso_a4_210x297mm"]  # type: ignore[index, call-overload]


@pytest.mark.parametrize("value", [b"bytes", object(), [b"bytes"], {"key": b"bytes"}])
def test_bytes_and_strangers_have_none(value: object) -> None:
    with pytest.raises(TypeError, match="no plain form"):
        plain(value)
