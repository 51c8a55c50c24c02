"""Deadlines, in seconds; generous, because the machine may be busy with other tests."""

WAIT_S = 120.0
