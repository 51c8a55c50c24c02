"""Remaking: knows when CUPS has read a queue's new PPD, which it does on its own after lpadmin has ended.

- CUPS 2.4 makes and reads the PPD in a thread, and the queue has no filters while it reads. A job that starts in that
  moment is aborted ("Unable to convert file 0 to printable format") and never tried again, so nobody is told of the
  queue before.
- A new queue shows its PPD only when all is in place. One that had a PPD shows the old one all the while: there the
  event with which the thread ends is waited for.
- Where CUPS grants no subscription, or is so old that lpadmin makes the PPD and no event comes, the wait ends itself.
"""

from __future__ import annotations

import trio

from tympan_spool_cups._errors import CupsAway, SpoolerError
from tympan_spool_cups._limits import REMADE_LEASE_S, REMADE_S
from tympan_spool_cups._link import CupsLink
from tympan_spool_cups._requests import get_notifications, subscribe
from tympan_wire.ipp import Group, GroupTag

_REMADE = "printer-config-changed"
"""Comes when the PPD was read; that lpadmin changed the queue is ``printer-modified``."""


class Remaking:
    """The remaking of one queue; over until ``begin``.

    Args:
        link: To CUPS.
        name: Of the queue.
        user: Who asks.
    """

    def __init__(self, link: CupsLink, name: str, *, user: str) -> None:
        self._link = link
        self._name = name
        self._user = user
        self._subscription: int | None = None
        self._next_event = 1
        self._until = 0.0

    async def begin(self) -> None:
        """Asks to be told; called before lpadmin runs, so that nothing is missed.

        Raises:
            CupsAway: CUPS does not answer.
        """
        self._until = trio.current_time() + REMADE_S
        request = subscribe(self._user, (_REMADE,), lease_s=REMADE_LEASE_S)
        try:
            answer = await self._link.ask(request, what="subscribe to events")
        except CupsAway:
            raise
        except SpoolerError:
            return
        self._subscription = answer.first(GroupTag.SUBSCRIPTION).integer("notify-subscription-id") if answer else None

    async def over(self) -> bool:
        """Whether the PPD was read, or nothing will ever tell.

        Raises:
            SpoolerError: CUPS does not answer, or refuses.
        """
        if self._subscription is None or trio.current_time() >= self._until:
            return True
        request = get_notifications(self._subscription, self._next_event, self._user)
        answer = await self._link.ask(request, what="tell of events")
        if answer is None:  # CUPS was restarted, and reads every PPD before it answers
            return True
        events = answer.groups_of(GroupTag.EVENT_NOTIFICATION)
        numbers = [event.integer("notify-sequence-number") or 0 for event in events]
        self._next_event = max([self._next_event, *(number + 1 for number in numbers)])
        return any(self._tells(event) for event in events)

    def _tells(self, event: Group) -> bool:
        return event.string("notify-subscribed-event") == _REMADE and event.string("printer-name") == self._name
