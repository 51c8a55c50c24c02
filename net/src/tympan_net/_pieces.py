"""A document as the pieces it is sent in."""

from collections.abc import AsyncIterator

from tympan_net._limits import RECEIVE_BYTES

Document = bytes | AsyncIterator[bytes]
"""Bytes at hand, or an iterator read at the receiver's pace."""


async def pieces_of(document: Document) -> AsyncIterator[bytes]:
    """The document in pieces that are not empty: an empty chunk would end the body."""
    if isinstance(document, bytes):
        for at in range(0, len(document), RECEIVE_BYTES):
            yield document[at : at + RECEIVE_BYTES]
        return
    async for piece in document:
        if piece:
            yield piece
