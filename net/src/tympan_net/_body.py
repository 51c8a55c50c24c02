"""The body of one request, read from its connection."""

import h11
import trio

from tympan_net._channel import BROKEN, Channel
from tympan_net._errors import BodyMalformed, BodyStalled, ClientGone


class RequestBody:
    """Pieces of one request's body; closed as soon as the request is answered.

    * A client that waits for 100-continue is told to go on by the first read, never earlier.
    * Nothing is read ahead: the client is held back by the handler's own pace.
    """

    __slots__ = ("_channel", "_closed", "_done")

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._done = False
        self._closed = False

    async def next_piece(self) -> bytes | None:
        """The next piece as received, None at the end.

        Raises:
            BodyMalformed: the framing is wrong.
            BodyStalled: nothing arrived for the body timeout.
            ClientGone: the connection broke, or the request was answered already.
        """
        if self._done:
            return None
        if self._closed:
            raise ClientGone
        try:
            event = await self._next_event()
        except h11.RemoteProtocolError as error:
            raise (ClientGone() if self._channel.ended else BodyMalformed(str(error))) from error
        except trio.TooSlowError as error:
            raise BodyStalled(self._channel.limits.body_timeout_s) from error
        except BROKEN as error:
            raise ClientGone from error
        if isinstance(event, h11.Data):
            return bytes(event.data)
        self._done = True
        return None

    async def _next_event(self) -> object:
        http = self._channel.http
        if http.they_are_waiting_for_100_continue:
            await self._channel.send(h11.InformationalResponse(status_code=100, headers=[]))
        event = http.next_event()
        if event is not h11.NEED_DATA:
            return event
        with trio.fail_after(self._channel.limits.body_timeout_s):
            await self._channel.receive()
            return await self._channel.next_event()

    def finish(self) -> None:
        """Ends reading; drops what is already here, so that a small unread body does not cost the connection."""
        self._closed = True
        http = self._channel.http
        while http.their_state is h11.SEND_BODY and not http.they_are_waiting_for_100_continue:
            try:
                if http.next_event() is h11.NEED_DATA:
                    return
            except h11.RemoteProtocolError:
                return
