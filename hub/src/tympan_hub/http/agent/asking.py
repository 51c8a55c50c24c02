"""What every request of an agent says of itself: which version it speaks, and whose it is."""

from starlette.requests import Request

from tympan_hub.domain.errors import BadInput, NotSignedIn, TooOld
from tympan_hub.ports import Bearer
from tympan_hub.service import Services
from tympan_wire.hub import HEADER, OLDEST, answers_in


def protocol_of(request: Request) -> str:
    """The version to answer in; raises ``BadInput``, or ``TooOld`` for one that is spoken no longer."""
    asked = request.headers.get(HEADER, "")
    if not asked.isascii() or not asked.isdigit() or len(asked) > 6:
        raise BadInput(f"the header {HEADER} is no number")
    answered = answers_in(int(asked))
    if answered is None:
        raise TooOld(f"protocol {asked} is spoken no longer; the oldest is {OLDEST}", next_step="Update the agent.")
    return str(answered)


async def bearer_of(request: Request, services: Services) -> Bearer:
    """Whose access token came with it; raises ``NotSignedIn``."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise NotSignedIn("there is no access token", next_step="Ask for one.")
    return await services.tokens.bearer(token.strip())
