"""What lpadmin says becomes an error that names cause and next step."""

import pytest

from tympan.plugin import Retry
from tympan_spool_cups._errors import CupsAway, CupsRefused, NotAllowed, SpoolerError
from tympan_spool_cups._lpadmin import complaint
from tympan_spool_cups._model import Server


@pytest.mark.parametrize(
    ("said", "kind", "retry"),
    [
        ("lpadmin: Unauthorized\n", NotAllowed, Retry.NEVER),
        ("lpadmin: Forbidden\n", NotAllowed, Retry.NEVER),
        ("Password for root on localhost? lpadmin: Forbidden", NotAllowed, Retry.NEVER),
        ("lpadmin: Unable to connect to server: Bad file descriptor\n", CupsAway, Retry.LATER),
        ('lpadmin: Bad device-uri scheme "bogus".\n', CupsRefused, Retry.NEVER),
        ("", CupsRefused, Retry.NEVER),
    ],
)
def test_complaint_is_classified(said: str, kind: type[SpoolerError], retry: Retry) -> None:
    error = complaint(Server(socket="/s"), said, what="make the queue front", user="ada")
    assert type(error) is kind
    assert error.retry is retry
    assert error.next_step


def test_complaint_is_kept_short() -> None:
    assert len(complaint(Server(), "x" * 10_000, what="make it", user="ada").sentence) < 600
