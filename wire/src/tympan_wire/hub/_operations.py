"""The operations of the hub for agents: each a POST of JSON to ``/agent/v1/<name>``.

Beside them stand the stream of notices, and the parts of uploads, which are bytes (``_uploads``).

Every one may be repeated: the hub tells a repetition by the ids in it.
"""

from enum import StrEnum

from attrs import frozen

from tympan_wire.hub._desired import Desired, DesiredRequest
from tympan_wire.hub._enrolment import (
    DeviceCode,
    DeviceCodeAnswer,
    DeviceCodeQuestion,
    DeviceCodeRequest,
    Enrolled,
    EnrolRequest,
    Renewed,
    RenewRequest,
    Token,
    TokenRequest,
)
from tympan_wire.hub._keys import Keys, KeysRequest
from tympan_wire.hub._notices import EchoRequest
from tympan_wire.hub._releases import (
    Broker,
    BrokerRequest,
    MirrorRequest,
    NearAnswer,
    NearRequest,
    ReleaseAnswer,
    ReleaseAsked,
    Releases,
    ReleasesRequest,
    ReleaseWords,
)
from tympan_wire.hub._reports import Receipt, ReportBatch
from tympan_wire.hub._shares import SharesAnswer, SharesChange, SharesRequest
from tympan_wire.hub._sign_in import (
    RefreshRequest,
    SignInAnswer,
    SignInCodeRequest,
    SignInQuestion,
    SignOutRequest,
)
from tympan_wire.hub._tunnel import (
    CrossingAnswers,
    CrossingCancel,
    CrossingEnvelopes,
    CrossingOffer,
    CrossingsQuestion,
    CrossingStanding,
    CrossingStandings,
    CrossingWords,
    Tunnel,
    TunnelRequest,
)
from tympan_wire.hub._updates import UpdatesRequest, UpdatesWanted
from tympan_wire.hub._uploads import UploadAbandon, UploadFinish, UploadQuestion, UploadRequest, UploadStanding

PREFIX = "/agent/v1/"
NOTICES_PATH = PREFIX + "notices"
"""GET: the stream of `News`, one JSON object a line (``application/x-ndjson``)."""

BLOBS_PATH = PREFIX + "blobs/"
"""GET: below it the sealed bytes of a `MirroredJob`, by ranges (RFC 9110 section 14)."""


class Operation(StrEnum):
    """What an agent may ask."""

    ENROL = "enrol"
    DEVICE_CODE = "device-code"
    DEVICE_TOKEN = "device-token"
    TOKEN = "token"
    DESIRED = "desired"
    REPORTS = "reports"
    ECHO = "echo"
    RENEW = "renew"
    SIGN_IN_CODE = "sign-in-code"
    SIGN_IN_TOKEN = "sign-in-token"
    SIGN_IN_REFRESH = "sign-in-refresh"
    SIGN_OUT = "sign-out"
    UPLOAD = "upload"
    UPLOAD_STANDING = "upload-standing"
    UPLOAD_FINISH = "upload-finish"
    UPLOAD_ABANDON = "upload-abandon"
    RELEASES = "releases"
    RELEASE_WORDS = "release-words"
    RELEASE_ASK = "release-ask"
    MIRROR = "mirror"
    NEAR = "near"
    BROKER = "broker"
    TUNNEL = "tunnel"
    TUNNEL_OFFER = "tunnel-offer"
    TUNNEL_STANDINGS = "tunnel-standings"
    TUNNEL_CANCEL = "tunnel-cancel"
    TUNNEL_ENVELOPES = "tunnel-envelopes"
    TUNNEL_WORDS = "tunnel-words"
    KEYS = "keys"
    SHARES = "shares"
    SHARES_CHANGE = "shares-change"
    UPDATES = "updates"


@frozen(kw_only=True)
class Done:
    """The answer where there is nothing to say."""


@frozen(kw_only=True)
class Shape:
    """What an operation takes and gives, and whether an access token is needed."""

    request: type
    answer: type
    authenticated: bool = True


SHAPES = {
    Operation.ENROL: Shape(request=EnrolRequest, answer=Enrolled, authenticated=False),
    Operation.DEVICE_CODE: Shape(request=DeviceCodeRequest, answer=DeviceCode, authenticated=False),
    Operation.DEVICE_TOKEN: Shape(request=DeviceCodeQuestion, answer=DeviceCodeAnswer, authenticated=False),
    Operation.TOKEN: Shape(request=TokenRequest, answer=Token, authenticated=False),
    Operation.DESIRED: Shape(request=DesiredRequest, answer=Desired),
    Operation.REPORTS: Shape(request=ReportBatch, answer=Receipt),
    Operation.ECHO: Shape(request=EchoRequest, answer=Done),
    Operation.RENEW: Shape(request=RenewRequest, answer=Renewed),
    Operation.SIGN_IN_CODE: Shape(request=SignInCodeRequest, answer=DeviceCode),
    Operation.SIGN_IN_TOKEN: Shape(request=SignInQuestion, answer=SignInAnswer),
    Operation.SIGN_IN_REFRESH: Shape(request=RefreshRequest, answer=SignInAnswer),
    Operation.SIGN_OUT: Shape(request=SignOutRequest, answer=Done),
    Operation.UPLOAD: Shape(request=UploadRequest, answer=UploadStanding),
    Operation.UPLOAD_STANDING: Shape(request=UploadQuestion, answer=UploadStanding),
    Operation.UPLOAD_FINISH: Shape(request=UploadFinish, answer=UploadStanding),
    Operation.UPLOAD_ABANDON: Shape(request=UploadAbandon, answer=Done),
    Operation.RELEASES: Shape(request=ReleasesRequest, answer=Releases),
    Operation.RELEASE_WORDS: Shape(request=ReleaseWords, answer=Done),
    Operation.RELEASE_ASK: Shape(request=ReleaseAsked, answer=ReleaseAnswer),
    Operation.MIRROR: Shape(request=MirrorRequest, answer=Done),
    Operation.NEAR: Shape(request=NearRequest, answer=NearAnswer),
    Operation.BROKER: Shape(request=BrokerRequest, answer=Broker),
    Operation.TUNNEL: Shape(request=TunnelRequest, answer=Tunnel),
    Operation.TUNNEL_OFFER: Shape(request=CrossingOffer, answer=CrossingStanding),
    Operation.TUNNEL_STANDINGS: Shape(request=CrossingsQuestion, answer=CrossingStandings),
    Operation.TUNNEL_CANCEL: Shape(request=CrossingCancel, answer=CrossingStanding),
    Operation.TUNNEL_ENVELOPES: Shape(request=CrossingEnvelopes, answer=Done),
    Operation.TUNNEL_WORDS: Shape(request=CrossingWords, answer=CrossingAnswers),
    Operation.KEYS: Shape(request=KeysRequest, answer=Keys),
    Operation.SHARES: Shape(request=SharesRequest, answer=SharesAnswer),
    Operation.SHARES_CHANGE: Shape(request=SharesChange, answer=SharesAnswer),
    Operation.UPDATES: Shape(request=UpdatesRequest, answer=UpdatesWanted),
}
"""The one table: server, client, samples and documentation follow it."""
