"""Names of WS-Discovery: namespaces in both wordings, types, actions.

Windows and printers speak the one of 2005/04; the newer is OASIS 1.1 (docs.oasis-open.org/ws-dd).
"""

from __future__ import annotations

from typing import Final

import attrs

SOAP: Final = "http://www.w3.org/2003/05/soap-envelope"
TRANSFER: Final = "http://schemas.xmlsoap.org/ws/2004/09/transfer"
METADATA: Final = "http://schemas.xmlsoap.org/ws/2004/09/mex"
PRINT: Final = "http://schemas.microsoft.com/windows/2006/08/wdp/print"
PUBLICATION: Final = "http://schemas.microsoft.com/windows/pub/2005/07"
PNPX: Final = "http://schemas.microsoft.com/windows/pnpx/2005/10"


@attrs.frozen(kw_only=True)
class Wording:
    """One edition of the protocol.

    Attributes:
        discovery: Namespace of its messages.
        addressing: Namespace of its headers.
        profile: Namespace of the device profile.
        to: Whom a multicast message is for.
        anonymous: Where an answer over the same connection goes.
    """

    discovery: str
    addressing: str
    profile: str
    to: str
    anonymous: str


USUAL: Final = Wording(
    discovery="http://schemas.xmlsoap.org/ws/2005/04/discovery",
    addressing="http://schemas.xmlsoap.org/ws/2004/08/addressing",
    profile="http://schemas.xmlsoap.org/ws/2006/02/devprof",
    to="urn:schemas-xmlsoap-org:ws:2005:04:discovery",
    anonymous="http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous",
)
OASIS: Final = Wording(
    discovery="http://docs.oasis-open.org/ws-dd/ns/discovery/2009/01",
    addressing="http://www.w3.org/2005/08/addressing",
    profile="http://docs.oasis-open.org/ws-dd/ns/dpws/2009/01",
    to="urn:docs-oasis-open-org:ws-dd:ns:discovery:2009:01",
    anonymous="http://www.w3.org/2005/08/addressing/anonymous",
)
WORDINGS: Final = (USUAL, OASIS)


@attrs.frozen
class QName:
    """A qualified name, its prefix resolved."""

    namespace: str
    name: str


PRINT_DEVICE: Final = QName(PRINT, "PrintDeviceType")
PRINT_SERVICE: Final = QName(PRINT, "PrinterServiceType")
PROFILES: Final = frozenset(QName(wording.profile, "Device") for wording in WORDINGS)
"""Says only that it is a device; what kind, its metadata tells."""
