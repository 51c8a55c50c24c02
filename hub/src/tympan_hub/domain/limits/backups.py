"""Numbers of copies of a hub."""

from typing import Final

COPIES_KEPT: Final = 3
"""Copies of an SQLite file from before upgrades: back to the third release ago."""

BACKUP_ROW_BYTES: Final = 16 * 2**20
"""A row in a backup: far more than any of ours, so that a damaged file does not fill memory."""

BACKUP_TOLD_BYTES: Final = 64 * 2**20
"""What a backup says of itself: a line for each tenant."""
