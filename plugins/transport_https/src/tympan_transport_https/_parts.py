"""The plugin's parts: every hook speaks of the same membership, link and stream."""

from __future__ import annotations

from tympan_transport_https._agent_keys import FollowedKeys
from tympan_transport_https._downloads import HttpsDownloads
from tympan_transport_https._examiner import HubExaminer
from tympan_transport_https._identity import AgentIdentity
from tympan_transport_https._link import HttpsLink
from tympan_transport_https._membership import HubMembership
from tympan_transport_https._service import HubService
from tympan_transport_https._sign_ins import HubSignIns
from tympan_transport_https._stream import NoticeStream
from tympan_transport_https._uploads import HttpsUploads

MEMBERSHIP = HubMembership()
"""One for the process: the kernel asks for each port apart."""
LINK = HttpsLink(MEMBERSHIP)
STREAM = NoticeStream(MEMBERSHIP, LINK)
SIGN_INS = HubSignIns(MEMBERSHIP, LINK)
UPLOADS = HttpsUploads(LINK)
DOWNLOADS = HttpsDownloads(LINK)
IDENTITY = AgentIdentity(MEMBERSHIP)
EXAMINER = HubExaminer(MEMBERSHIP, LINK, STREAM)
KEYS = FollowedKeys(MEMBERSHIP, LINK)


def service() -> HubService:
    """The service."""
    return HubService(MEMBERSHIP, LINK, STREAM, SIGN_INS, KEYS)
