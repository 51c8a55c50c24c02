"""What the checks need that only we can give."""

import pytest

from tympan.testing import FakeLocalRequest


@pytest.fixture
def good_request() -> FakeLocalRequest:
    """Asks what waits."""
    return FakeLocalRequest(path="/cost-centre")
