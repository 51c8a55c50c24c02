"""Names of paper sizes."""

from __future__ import annotations

import pytest

from tympan_document_stats._sizes import dimensions_um, name_points, name_um


@pytest.mark.parametrize(
    ("points", "name"),
    [
        ((595, 842), "iso_a4_210x297mm"),
        ((842, 595), "iso_a4_210x297mm"),
        ((595.276, 841.89), "iso_a4_210x297mm"),
        ((612, 792), "na_letter_8.5x11in"),
        ((612, 1008), "na_legal_8.5x14in"),
        ((792, 1224), "na_ledger_11x17in"),
        ((842, 1191), "iso_a3_297x420mm"),
        ((420, 595), "iso_a5_148x210mm"),
        ((297, 684), "na_number-10_4.125x9.5in"),
        ((312, 624), "iso_dl_110x220mm"),
        ((500, 500), "custom_176.39x176.39mm_176.39x176.39mm"),
        ((600, 842), "custom_211.67x297.04mm_211.67x297.04mm"),
        ((0, -5), "custom_0x0mm_0x0mm"),
        ((float("nan"), 100), "custom_0x35.28mm_0x35.28mm"),
        ((float("inf"), 72), "custom_25.4x100000mm_25.4x100000mm"),
    ],
)
def test_points(points: tuple[float, float], name: str) -> None:
    assert name_points(*points) == name


@pytest.mark.parametrize(("off_um", "same"), [(-1000, True), (1000, True), (1001, False), (-1001, False)])
def test_a_millimetre_off_is_the_same_size(off_um: int, same: bool) -> None:
    assert (name_um(420_000 + off_um, 594_000) == "iso_a2_420x594mm") is same


def test_the_nearest_of_two_wins() -> None:
    assert name_um(215_000, 305_000) == "iso_ra4_215x305mm"
    assert name_um(100_000, 148_000) == "jpn_hagaki_100x148mm"
    assert name_um(100_000, 150_000) == "om_small-photo_100x150mm"


def test_dimensions_come_from_the_name() -> None:
    assert dimensions_um("na_letter_8.5x11in") == (215_900, 279_400)
    assert dimensions_um("iso_a4_210x297mm") == (210_000, 297_000)
    assert dimensions_um("auto") is None
