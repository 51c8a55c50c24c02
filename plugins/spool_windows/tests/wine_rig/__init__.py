"""A Windows CPython under wine, whose spooler is a ``cupsd`` of the test."""

from wine_rig._wine import OrderFailed, Windows, windows_beside

__all__ = ["OrderFailed", "Windows", "windows_beside"]
