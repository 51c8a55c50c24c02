"""One attempt to deliver one job: ask the device, make a job there, send the document.

- Evidence is durable before each step that cannot be taken back; only a job number in hand lets a document leave.
- Until the first byte of a document left, every failure ends in ``Deferred`` and nothing is at the device.
- No byte of a document leaves before a device that can tell was asked whether another agent brought it the same job.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import attrs
import trio

from tympan.plugin import Aborted, CanceledAtDevice, Delivery, Outcome, SendAgain, Unfit
from tympan_ipp_submission import _limits, _rules
from tympan_ipp_submission._device import (
    BEFORE_A_JOB,
    Device,
    NewDeviceJob,
    Shipment,
    Taken,
    sent_user,
)
from tympan_ipp_submission._errors import DeviceAway, DeviceRefused, RenderFailed, SubmissionError
from tympan_ipp_submission._evidence import Evidence, Step
from tympan_ipp_submission._fitting import LOOKED_AT, Misfit, fitted
from tympan_ipp_submission._fleet import Line
from tympan_ipp_submission._follow import Following, Patience, sweep_empty
from tympan_ipp_submission._format import RENDERED, Direct, RenderPlan, Unprintable, choose, compression
from tympan_ipp_submission._lookout import DUPLICATE, Lookout, yielded
from tympan_ipp_submission._model import DeviceFacts, JobReport
from tympan_ipp_submission._outgoing import Sent, counted, source, until_canceled
from tympan_ipp_submission._sniff import true_type
from tympan_ipp_submission._ticket import Ticket
from tympan_net.compression import Compression, compressed

_CURES_TRIED = 4
"""Refusals answered by another form of the same job, before the device is believed."""


@attrs.define(kw_only=True)
class _Form:
    """What is sent, as adapted so far.

    Attributes:
        facts: What the device said, less what it has refused since.
        ticket: Job attributes.
        media_type: What the document is.
        choice: How it is sent.
        packed: ``compression`` keyword.
    """

    facts: DeviceFacts
    ticket: Ticket
    media_type: str
    choice: Direct | RenderPlan
    packed: str

    @property
    def format(self) -> str:
        """``document-format`` on the wire."""
        return self.choice.format


@attrs.define(kw_only=True)
class Attempt:
    """Delivers.

    Attributes:
        delivery: The kernel's side.
        line: The way to the device.
        now: Wall clock, seconds since 1970.
        lookout: For the same job of another agent.
        patience: See ``Following``.
    """

    delivery: Delivery
    line: Line
    now: Callable[[], float]
    lookout: Lookout
    patience: Patience = attrs.field(factory=Patience)

    async def run(self) -> Outcome | SendAgain:
        """Delivers, and follows the job to its end."""
        try:
            form = await self._prepare()
            return self._elsewhere(form if isinstance(form, Outcome) else await self._send_cured(form))
        except DeviceRefused as error:
            return self._elsewhere(_rules.refusal(error))
        except RenderFailed as error:
            return self._elsewhere(Aborted(reason=error.reason, detail=error.cause))
        except SubmissionError as error:
            return _rules.wait_for(_rules.trouble(error, str(self.delivery.printer.id)))

    # ------------------------------------------------------------------ before anything leaves

    async def _prepare(self) -> _Form | Outcome:
        facts, _ = await self.line.look(BEFORE_A_JOB + (LOOKED_AT if self._was_released else ()))
        found = _rules.condition(facts)
        if not found.good:
            return _rules.wait_for(found)
        job, document = self.delivery.job, self.delivery.document
        media_type = true_type(job.media_type, await document.read(0, _limits.HEAD_BYTES))
        ticket = Ticket.read(job.ticket)
        fit = fitted(ticket, facts, self.delivery.printer.name) if self._was_released else ticket
        if isinstance(fit, Misfit):
            return Unfit(reason=fit.reason, detail=fit.detail)
        ticket = fit
        choice = choose(media_type, facts, ticket)
        if isinstance(choice, Unprintable):
            return Aborted(reason=choice.reason, detail=choice.detail)
        packed = compression(
            facts, loopback=(await self._device()).address.loopback, media_type=media_type, size_bytes=job.size_bytes
        )
        form = _Form(facts=facts, ticket=ticket, media_type=media_type, choice=choice, packed=packed)
        await self._announce(form)
        return form

    @property
    def _was_released(self) -> bool:
        """Whether the job was written for another printer, and its owner chose this device."""
        return self.delivery.job.target is not None

    def _elsewhere(self, outcome: Outcome | SendAgain) -> Outcome | SendAgain:
        """A released job of which nothing came out goes back to its owner, who may choose another device."""
        if not isinstance(outcome, Aborted) or outcome.reason == DUPLICATE:
            return outcome
        if self.delivery.evidence or not self._was_released:
            return outcome
        return Unfit(reason=outcome.reason, detail=outcome.detail)

    async def _device(self) -> Device:
        return await self.line.device()

    async def _announce(self, form: _Form) -> None:
        """Says in the timeline what is adapted; a rendered document has its page ranges applied already."""
        if isinstance(form.choice, RenderPlan):
            why = f"the device does not take {form.media_type}"
            if form.choice.page_ranges:
                form.ticket = form.ticket.without({"page-ranges"}, "only these pages are rendered")
            color = "colour" if form.choice.color else "gray"
            await self.delivery.note(f"rendered to {form.format}, {form.choice.dpi} dpi, {color}", why=why)
        for line in form.ticket.adapted:
            await self.delivery.note("the ticket was adapted", why=line)

    # ------------------------------------------------------------------ refusals that have a cure

    async def _send_cured(self, form: _Form) -> Outcome | SendAgain:
        for _ in range(_CURES_TRIED):
            if self.delivery.cancel_requested:
                return CanceledAtDevice(detail="Canceled before anything was sent.")
            try:
                return await self._send(form)
            except DeviceRefused as error:
                if not await self._cured(form, error):
                    return _rules.refusal(error)
        return Aborted(reason="aborted-by-system", detail="The device refuses the job in every form it was offered.")

    async def _cured(self, form: _Form, error: DeviceRefused) -> bool:
        """Changes the form so that the device may take it; False when there is nothing to change."""
        cure = _rules.cure(error.status)
        if cure is _rules.Cure.CONVERT:
            return await self._convert(form)
        if cure is _rules.Cure.PLAIN and form.packed != "none":
            form.packed = "none"
            return True
        if cure is _rules.Cure.OLDER:
            return (await self._device()).speak_older()
        if cure is _rules.Cure.IN_ONE and form.facts.creates_jobs:
            form.facts = form.facts.without_create_job()
            return True
        names = frozenset(error.unsupported) & {entry.name for entry in form.ticket.attributes}
        if cure is _rules.Cure.DROP and names:
            form.ticket = form.ticket.without(names, "the device refuses it")
            await self.delivery.note("the ticket was adapted", why=form.ticket.adapted[-1])
            return True
        return False

    async def _convert(self, form: _Form) -> bool:
        """The device refused a format it lists: the next best is a rendered one."""
        left = attrs.evolve(form.facts, formats=form.facts.formats - {form.format})
        choice = choose(form.media_type, left, form.ticket) if form.media_type in RENDERED and left.formats else None
        if not isinstance(choice, RenderPlan):
            return False
        form.facts, form.choice = left, choice
        await self._announce(form)
        return True

    # ------------------------------------------------------------------ sending

    async def _send(self, form: _Form) -> Outcome | SendAgain:
        device, sent = await self._device(), Sent()
        async with source(form.choice, self.delivery) as pieces:
            packed = pieces if form.packed == "none" else compressed(pieces, Compression(form.packed))
            shipment = Shipment(format=form.format, compression=form.packed, pieces=counted(packed, sent))
            if form.facts.validates_jobs and not form.facts.creates_jobs:
                await device.validate(self._new_job(form), form.format)
            if form.facts.creates_jobs:
                return await self._create_and_send(device, form, shipment, sent)
            return await self._print_in_one(device, form, shipment, sent)

    async def _create_and_send(
        self, device: Device, form: _Form, shipment: Shipment, sent: Sent
    ) -> Outcome | SendAgain:
        if (twin := await self.lookout.look(device, self._user)) is not None:
            return yielded(twin)
        evidence = self._evidence(device, form.facts, Step.CREATING)
        await self.delivery.checkpoint(evidence.encode(), what="asks the device for a job")
        taken = await self._created(device, form, evidence)
        evidence = attrs.evolve(
            evidence,
            step=Step.CREATED,
            job_id=taken.report.id,
            job_uri=taken.report.uri,
            job_uuid=taken.report.uuid,
        )
        await self.delivery.checkpoint(evidence.encode(), what=f"the device took the job as number {evidence.job_id}")
        await self._note_dropped(taken)
        try:
            twin = await self.lookout.look(device, self._user, evidence.job_id)
        except SubmissionError as error:
            return await self._broken(evidence, sent, error)
        if twin is not None:
            return await self._yield(evidence, twin)
        return await self._ship(evidence, sent, lambda: device.send_document(evidence.job_id, self._user, shipment))

    async def _yield(self, evidence: Evidence, twin: JobReport) -> Outcome:
        """Cancels our empty job, since another agent's goes on. It prints nothing whether or not that is confirmed."""
        evidence = attrs.evolve(evidence, withdrawn=True)
        await self.delivery.checkpoint(
            evidence.encode(), what="taken back from the device", why="another computer came first with the document"
        )
        following = self._following(evidence, partial=True)
        following.unsent = True
        with trio.move_on_after(_limits.CANCEL_TIMEOUT_S):
            await following.to_the_end()
        await self.delivery.checkpoint(b"", what="nothing of it is at the device", why="it was canceled there empty")
        if self.delivery.cancel_requested:
            return CanceledAtDevice(detail="Canceled; nothing was printed.")
        return yielded(twin)

    async def _created(self, device: Device, form: _Form, evidence: Evidence) -> Taken:
        try:
            return await device.create_job(self._new_job(form))
        except SubmissionError as error:
            if not isinstance(error, DeviceRefused):
                await sweep_empty(device, evidence)
            await self.delivery.checkpoint(b"", what="the device made no job", why=error.cause)
            raise

    async def _print_in_one(self, device: Device, form: _Form, shipment: Shipment, sent: Sent) -> Outcome | SendAgain:
        """Print-Job, for devices that cannot give a number first: the newest number there now is the mark."""
        known = await device.known_jobs(self._user)
        if (twin := await self.lookout.among(known)) is not None:
            return yielded(twin)
        await self.lookout.seen_once()
        newest = max((job.id for job in known), default=0)
        evidence = attrs.evolve(self._evidence(device, form.facts, Step.PRINTING), newest_id=newest)
        await self.delivery.checkpoint(evidence.encode(), what="sends the document in one piece")

        async def printed() -> Taken:
            return await device.print_job(self._new_job(form), shipment)

        return await self._ship(evidence, sent, printed)

    async def _ship(self, evidence: Evidence, sent: Sent, send: Callable[[], Awaitable[Taken]]) -> Outcome | SendAgain:
        """Sends, and judges every way it can end."""
        taken: Taken | None = None
        broken: Exception | None = None
        async with until_canceled(self.delivery):
            try:
                taken = await send()
            except (SubmissionError, RenderFailed) as error:
                broken = error
        if taken is None:
            return await self._broken(evidence, sent, broken)
        evidence = _numbered(evidence, taken)
        if not sent.whole:
            await self.delivery.checkpoint(evidence.encode(), what="the device said yes before it had the document")
            return await self._broken(evidence, sent, DeviceAway("It then took no more of the document."))
        return await self._sent(evidence, taken)

    async def _sent(self, evidence: Evidence, taken: Taken) -> Outcome | SendAgain:
        evidence = attrs.evolve(evidence, step=Step.SENT)
        await self.delivery.sent(evidence.encode())
        await self._note_dropped(taken)
        return await self._following(evidence, partial=False).to_the_end()

    async def _broken(self, evidence: Evidence, sent: Sent, error: Exception | None) -> Outcome | SendAgain:
        """The document did not get through; the device is asked what it made of what it has."""
        following = self._following(evidence, partial=not sent.whole)
        following.unsent = not sent.bytes
        if isinstance(error, DeviceRefused) and not evidence.job_id:
            await self.delivery.checkpoint(b"", what="the device refused the document", why=error.cause)
            raise error
        if error is not None:
            await self.delivery.note("sending broke off", why=str(error), then="the device is asked what it has")
        own_doing = error is None or isinstance(error, (DeviceRefused, RenderFailed))
        verdict = await (following.withdraw() if own_doing else following.to_the_end())
        if self.delivery.cancel_requested or not isinstance(error, DeviceRefused | RenderFailed):
            return verdict
        if isinstance(verdict, SendAgain | CanceledAtDevice):
            await self.delivery.checkpoint(b"", what="the job at the device is withdrawn", why=str(error))
            raise error
        if isinstance(error, RenderFailed):
            return Aborted(reason=error.reason, detail=f"{error.cause} Some pages may have been printed.")
        return verdict

    # ------------------------------------------------------------------ parts

    def _following(self, evidence: Evidence, *, partial: bool) -> Following:
        return Following(
            delivery=self.delivery,
            line=self.line,
            evidence=evidence,
            now=self.now,
            partial=partial,
            patience=self.patience,
        )

    @property
    def _user(self) -> str:
        return sent_user(self.delivery.job.user)

    def _new_job(self, form: _Form) -> NewDeviceJob:
        return NewDeviceJob(name=self.lookout.name, user=self._user, attributes=form.ticket.attributes)

    def _evidence(self, device: Device, facts: DeviceFacts, step: Step) -> Evidence:
        return Evidence(
            step=step,
            uri=device.address.uri,
            name=self.lookout.name,
            user=self._user,
            at=self.now(),
            up_time_s=facts.up_time_s,
        )

    async def _note_dropped(self, taken: Taken) -> None:
        if taken.dropped:
            await self.delivery.note(
                f"the device ignores or substitutes {', '.join(taken.dropped)}",
                why="it does not support what was asked",
            )


def _numbered(evidence: Evidence, taken: Taken) -> Evidence:
    """The evidence with the number a Print-Job was given; a Create-Job's is known already."""
    report = taken.report
    return attrs.evolve(
        evidence,
        job_id=evidence.job_id or report.id,
        job_uri=evidence.job_uri or report.uri,
        job_uuid=evidence.job_uuid or report.uuid,
    )
