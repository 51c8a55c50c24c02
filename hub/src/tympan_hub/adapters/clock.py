"""The clock of the machine."""

import datetime as dt


class SystemClock:
    """``Clock``."""

    def now(self) -> dt.datetime:
        """As the port says."""
        return dt.datetime.now(dt.UTC)
