"""The stream of notices as an answer: lines go straight to the connection while it has room."""

from collections.abc import Mapping

from starlette.responses import StreamingResponse
from starlette.types import Message, Send

from tympan_hub.ports import Bearer
from tympan_hub.service.notices import NoticeService, Write


class NoticeLines(StreamingResponse):
    """The lines of one stream."""

    def __init__(self, notices: NoticeService, bearer: Bearer, headers: Mapping[str, str]) -> None:
        super().__init__((), 200, headers, "application/x-ndjson")
        self._notices = notices
        self._bearer = bearer

    async def stream_response(self, send: Send) -> None:
        """Opened when the answer begins and not before, so that it is always closed."""
        stream = self._notices.open(self._bearer, _writing(send))
        self.body_iterator = stream.lines()
        try:
            await super().stream_response(send)
        finally:
            self._notices.close(stream)


def _writing(send: Send) -> Write:
    """Sends without waiting: the server waits before it writes, so what would have to wait is not begun."""

    def write(line: bytes) -> bool:
        message: Message = {"type": "http.response.body", "body": line, "more_body": True}
        sending = send(message).__await__()
        try:
            next(sending)
        except StopIteration:
            return True
        except Exception:  # the stream's own task meets it again, and only that stream ends
            return False
        sending.close()
        return False

    return write
