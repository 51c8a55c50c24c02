"""The portal: pages for people. Every page and form works without scripts; with them, lists keep themselves fresh."""

from tympan_hub.http.portal._late import PORTS, portal

__all__ = ["PORTS", "portal"]
