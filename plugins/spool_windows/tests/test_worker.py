"""A press: ends a job at the frame that says so, and on everything else takes it back."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tympan_spool_windows._frames import BadFrame, Kind, Order, Way, frame, parse_head, read_frame
from tympan_spool_windows._limits import FRAME_BYTES
from tympan_spool_windows._plate import PressError
from tympan_spool_windows._press import environment
from tympan_spool_windows._worker import serve

ORDER = Order(
    queue="Büro", title="Plan [x]", way=Way.RENDERED, media_type="application/pdf", devmode=b"\x00\xff", copies=2,
    pages="1-2", gray=True, dpi=300,
)  # fmt: skip


class KeptPlate:
    """Satisfies ``Plate``."""

    number = 42

    def __init__(self) -> None:
        self.data = b""
        self.finished = False
        self.aborted = 0

    def write(self, data: bytes) -> None:
        self.data += data
        if data == b"paper":
            raise PressError("There is no paper")

    def finish(self, page: Callable[[], None]) -> None:
        page()
        if b"page 2 breaks" in self.data:
            raise PressError("Page 2 is damaged")
        self.finished = True

    def abort(self) -> None:
        self.aborted += 1


def pressed(*frames: bytes) -> tuple[KeptPlate, list[tuple[Kind, bytes]], bool]:
    plate, out = KeptPlate(), io.BytesIO()
    ended = serve(io.BytesIO(b"".join(frames)), out, lambda _: plate)
    out.seek(0)
    told = []
    while (each := read_frame(out)) is not None:
        told.append(each)
    return plate, told, ended


def test_a_whole_document_is_printed_and_told_page_by_page() -> None:
    plate, told, ended = pressed(
        frame(Kind.ORDER, ORDER.encode()), frame(Kind.DATA, b"a"), frame(Kind.DATA, b"b"), frame(Kind.END)
    )
    assert plate.data == b"ab" and plate.finished and not plate.aborted and ended
    assert told == [(Kind.STARTED, b"42"), (Kind.PAGE, b""), (Kind.DONE, b"")]


@given(st.integers(0, 400))
def test_attack_whatever_is_cut_off_is_taken_back_and_never_printed(cut: int) -> None:
    whole = frame(Kind.ORDER, ORDER.encode()) + frame(Kind.DATA, b"a" * 20) + frame(Kind.END)
    plate, told, ended = pressed(whole[: min(cut, len(whole) - 1)])
    assert not plate.finished and not ended
    assert Kind.DONE not in [kind for kind, _ in told]
    assert plate.aborted == (1 if told else 0)


@pytest.mark.parametrize(("data", "said"), [(b"paper", b"There is no paper"), (b"page 2 breaks", b"Page 2 is damaged")])
def test_what_breaks_on_the_way_is_taken_back_and_told(data: bytes, said: bytes) -> None:
    plate, told, ended = pressed(frame(Kind.ORDER, ORDER.encode()), frame(Kind.DATA, data), frame(Kind.END))
    assert plate.aborted == 1 and not plate.finished and not ended
    assert told[-1] == (Kind.FAILED, said)


def test_a_queue_that_takes_no_job_is_told() -> None:
    def refuse(order: Order) -> KeptPlate:
        raise PressError(f"no {order.queue}")

    out = io.BytesIO()
    assert not serve(io.BytesIO(frame(Kind.ORDER, ORDER.encode())), out, refuse)
    assert out.getvalue() == frame(Kind.FAILED, "no Büro".encode())


def test_frames_that_are_none_take_the_job_back() -> None:
    plate, told, ended = pressed(frame(Kind.ORDER, ORDER.encode()), b"\xee\0\0\0\0")
    assert plate.aborted == 1 and not ended and told[-1][0] is Kind.FAILED


def test_an_order_survives_the_pipe() -> None:
    assert Order.decode(ORDER.encode()) == ORDER


def test_attack_a_frame_beyond_the_limit_is_refused() -> None:
    with pytest.raises(BadFrame):
        parse_head(frame(Kind.DATA)[:1] + (FRAME_BYTES + 1).to_bytes(4, "big"))


def test_secrets_of_the_agent_stay_with_it() -> None:
    told = environment({"PATH": "x", "TYMPAN_KEY": "secret", "tympan_home": "y", "SYSTEMROOT": "z"})
    assert told == {"PATH": "x", "SYSTEMROOT": "z"}
