"""Fixtures for ``tympan plugin check`` that only you can give, such as a device for a route; no agent imports them.

The suites of ``tympan.testing`` say which ones each port needs. A service needs none but the host that is given anyway.
"""
