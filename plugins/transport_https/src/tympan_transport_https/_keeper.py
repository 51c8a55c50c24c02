"""Keeps what would end by itself: the agent's certificate, and the sign-ins of people; and tells its key for envelopes.

A hub that is away is asked again at the next look; both last for weeks after they are due.
"""

from __future__ import annotations

import base64

import trio

from tympan.plugin import Host
from tympan_transport_https._errors import HubError
from tympan_transport_https._limits import KEEP_S
from tympan_transport_https._link import HttpsLink
from tympan_transport_https._membership import HubMembership
from tympan_transport_https._model import told_of
from tympan_transport_https._rules import renewal_is_due, understood
from tympan_transport_https._sign_ins import HubSignIns
from tympan_wire.hub import Operation, Renewed, RenewRequest, encode


class Keeper:
    """Looks from time to time what is due."""

    def __init__(self, membership: HubMembership, link: HttpsLink, sign_ins: HubSignIns) -> None:
        self._membership = membership
        self._link = link
        self._sign_ins = sign_ins

    async def run(self, host: Host) -> None:
        """Until cancelled."""
        while True:
            if self._membership.member is None:
                await self._membership.wait_changed()
                continue
            try:
                await self.look()
            except HubError as error:
                host.log("certificate and sign-ins could not be renewed yet", error=str(error)[:300])
            await trio.sleep(KEEP_S)

    async def look(self) -> None:
        """Renews what is due now."""
        await self._sign_ins.refresh()
        standing, recipient = self._membership.standing, self._membership.recipient
        told = told_of(recipient)
        if standing.enrolment.told == told and not renewal_is_due(
            standing.enrolment.enrolled.certificate, standing.calls.now()
        ):
            return
        request = RenewRequest(
            recipient=base64.b64encode(recipient.public).decode(),
            recipient_proof=standing.key.recipient_proof(recipient.public),
        )
        answer = understood(Renewed, await self._link.request(Operation.RENEW, encode(request)))
        await self._membership.certified(standing, answer.certificate, told)
