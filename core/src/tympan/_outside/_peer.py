"""One end of the pipe: calls out, calls in, and the objects that the other end may call.

- Nothing here waits but for an answer: what comes in is taken up at once, and what takes long runs in a task.
- A call that is cancelled is cancelled over there, and its end is waited for a while: what a port tidies up counts.
- Objects lent to a call are taken back when it is answered, with all that was reached through them; a host is not.
"""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Callable, Mapping
from typing import Any

import attrs
import trio

from tympan._errors import NotFound, Overloaded, PluginFault
from tympan._faults import contained
from tympan._outside import _codec
from tympan._outside._away import Away, AwayItems, away_class
from tympan._outside._contracts import (
    Contract,
    Found,
    Items,
    Manner,
    Member,
    Response,
    Shape,
    Thing,
    Value,
    contract_of,
    items_contract,
)
from tympan._outside._ends import PORTS, SERVED, HostEnd, PortList
from tympan._outside._frames import BadFrame, Frame, Kind
from tympan._outside._limits import CALLS, OBJECTS
from tympan._outside._raised import Raised
from tympan._outside._responses import give_response, take_response
from tympan._outside._source import Source
from tympan._ports import Intake, Subscription

_CLOSED = frozenset({items_contract(object).name, Subscription.__name__})
"""Objects that are closed when nobody wants them any more."""

Wraps = Mapping[type[Any], Callable[[Any], Any]]


@attrs.define(eq=False)
class _Lent:
    """An object that the other end may call, and the numbers of those reached through it."""

    thing: Any
    contract: Contract
    below: list[int] = attrs.field(factory=list)


@attrs.define(eq=False)
class _Pending:
    """A call that is not answered yet."""

    number: int
    away: Away
    member: Member
    lent: list[int]
    done: trio.Event = attrs.field(factory=trio.Event)
    told: Frame | BaseException | None = None


class Peer:
    """One end.

    Args:
        send: Takes a frame, at once.
        spawn: Starts a task.
        end_s: How long the end of a cancelled call is waited for.
        pump: In a plugin's process: takes in what comes until a condition holds.
        wraps: What objects of the other end are wrapped in here, by protocol.

    Attributes:
        unfinished: Jobs that the other end was handing in when it went.
    """

    def __init__(
        self,
        send: Callable[[Frame], None],
        spawn: Callable[..., None],
        end_s: float,
        pump: Callable[[Callable[[], bool]], None] | None = None,
        wraps: Wraps | None = None,
    ) -> None:
        self._send = send
        self._spawn = spawn
        self._end_s = end_s
        self._pump = pump
        self._wraps = wraps or {}
        self.asks = pump is not None
        self._numbers = itertools.count(1)
        self._lent: dict[int, _Lent] = {}
        self._pending: dict[int, _Pending] = {}
        self._running: dict[int, trio.CancelScope] = {}
        self._unwanted: list[int] = []
        self._raised = Raised()
        self._over: BaseException | None = None
        self.unfinished: list[Intake] = []

    # ------------------------------------------------------------------ calls out

    async def call(self, away: Away, member: Member, arguments: dict[str, object]) -> Any:
        """A call that may wait."""
        pending = self._begin(away, member, arguments)
        try:
            await pending.done.wait()
        except trio.Cancelled:
            with contextlib.suppress(PluginFault):  # it takes nothing any more, and is ended for that
                self._tell(Kind.CANCEL, {"call": pending.number})
            with trio.CancelScope(shield=True), trio.move_on_after(self._end_s):
                await pending.done.wait()
            raise
        finally:
            self._settle(pending)
        return self._result(pending)

    def ask(self, away: Away, member: Member, arguments: dict[str, object]) -> Any:
        """A call that is answered at once, by the kernel: it keeps a plugin's own process waiting."""
        if self._pump is None:
            raise PluginFault(f"{member.name} must answer at once, and the kernel waits for no process")
        pending = self._begin(away, member, arguments)
        try:
            self._pump(pending.done.is_set)
        finally:
            self._settle(pending)
        return self._result(pending)

    def forget(self, ref: int) -> None:
        """Nobody here wants an object of the other end any more; it is told with the next frame."""
        self._unwanted.append(ref)

    def close(self, why: BaseException) -> None:
        """The other end is gone: every call ends with this."""
        self._over = self._over or why
        for ref in tuple(self._lent):
            self.take_back(ref)
        for pending in self._pending.values():
            pending.told = pending.told or why
            pending.done.set()

    def _begin(self, away: Away, member: Member, arguments: dict[str, object]) -> _Pending:
        if self._over is not None:
            raise self._over
        pending = _Pending(next(self._numbers), away, member, [])
        try:
            given = {name: self._give(member.takes[name], value, pending.lent) for name, value in arguments.items()}
            self._pending[pending.number] = pending
            self._tell(Kind.CALL, {"call": pending.number, "of": away._ref, "do": member.name, "with": given})
        except BaseException:
            self._settle(pending)
            raise
        return pending

    def _settle(self, pending: _Pending) -> None:
        self._pending.pop(pending.number, None)
        for ref in pending.lent:
            self.take_back(ref)

    def _result(self, pending: _Pending) -> Any:
        told = pending.told
        if not isinstance(told, Frame):
            raise told or PluginFault("it was not answered")
        if told.kind is Kind.FAULT:
            raise self._raised.heard(told.head.get("fault"))
        away, facts = pending.away, told.head.get("facts")
        if isinstance(facts, dict):
            away._facts.update(self._facts(away._contract, facts))
        return self._take(pending.member.gives, told.head.get("answer"))

    # ------------------------------------------------------------------ calls in

    def take(self, frame: Frame) -> None:
        """Takes a frame of the other end; raises ``BadFrame``."""
        if frame.kind is Kind.FORGET:
            for ref in frame.refs():
                self.take_back(ref)
            return
        number = frame.call()
        if frame.kind is Kind.CALL:
            self._take_call(number, frame)
        elif frame.kind is Kind.CANCEL:
            if number in self._running:
                self._running[number].cancel()
        elif number in self._pending:
            self._pending[number].told = frame
            self._pending[number].done.set()

    def _take_call(self, number: int, frame: Frame) -> None:
        if number in self._running:  # it would take the place of the first, and be counted as one with it
            raise BadFrame(f"the call {number} came over the pipe a second time")
        try:
            lent = self._lent.get(frame.head.get("of", 0))
            member = lent.contract.members.get(frame.head.get("do", "")) if lent else None
            if lent is None or member is None:
                raise NotFound("what was called across the pipe is not there any more")
            told = frame.head.get("with")
            if not isinstance(told, dict) or not told.keys() <= member.takes.keys():
                raise BadFrame(f"{member.name} does not take what came with it")
            arguments = {name: self._take(member.takes[name], value) for name, value in told.items()}
            if member.manner is not Manner.LATER:
                self._answer(number, lent, member, self._now(lent, member, arguments))
                return
            if len(self._running) >= CALLS:
                raise Overloaded(f"{CALLS} calls across the pipe are under way")
        except Exception as error:
            self._fault(number, error)
            return
        self._running[number] = trio.CancelScope()
        self._spawn(self._run, number, lent, member, arguments)

    def _now(self, lent: _Lent, member: Member, arguments: dict[str, Any]) -> Any:
        is_fact = member.manner is Manner.FACT
        return getattr(lent.thing, member.name) if is_fact else member.call(lent.thing, arguments)

    async def _run(self, number: int, lent: _Lent, member: Member, arguments: dict[str, Any]) -> None:
        faults: list[BaseException] = []
        try:
            with contained(faults.append), self._running[number]:
                answer = await member.call(lent.thing, arguments)
                self._answer(number, lent, member, answer)
                return
        finally:
            self._running.pop(number, None)
        self._fault(number, faults[0] if faults else PluginFault("it was cancelled"))

    def _answer(self, number: int, lent: _Lent, member: Member, answer: object) -> None:
        head: dict[str, Any] = {"call": number}
        try:
            head["answer"] = self._give(member.gives, answer, lent.below)
            if self.asks and lent.contract.facts:
                head["facts"] = self.facts(lent.thing, lent.contract)
            self._tell(Kind.ANSWER, head)
        except (TypeError, ValueError, KeyError, AttributeError) as error:
            what = f"{member.name} answered {type(answer).__name__}, which its port does not allow"
            raise PluginFault(what) from error

    def _fault(self, number: int, error: BaseException) -> None:
        self._tell(Kind.FAULT, {"call": number, "fault": self._raised.tell(error)})

    def _tell(self, kind: Kind, head: dict[str, Any]) -> None:
        if self._over is not None:
            return
        if self._unwanted:
            unwanted, self._unwanted = self._unwanted, []
            self._send(Frame(Kind.FORGET, {"refs": unwanted}))
        self._send(Frame(kind, head))

    # ------------------------------------------------------------------ objects

    def lend(self, thing: object, contract: Contract, below: list[int] | None = None) -> int:
        """Lets the other end call an object; returns its number."""
        if len(self._lent) >= OBJECTS:
            raise Overloaded(f"{OBJECTS} objects are known across the pipe", next_step="Look for a leak.")
        ref = next(self._numbers)
        self._lent[ref] = _Lent(thing, contract)
        if below is not None:
            below.append(ref)
            if len(below) > OBJECTS:
                below[:] = [each for each in below if each in self._lent]
        return ref

    def take_back(self, ref: object) -> None:
        """The other end may not call an object any more, nor what was reached through it."""
        lent = self._lent.pop(ref, None) if isinstance(ref, int) else None
        if lent is None:
            return
        if lent.contract.name in _CLOSED:
            lent.thing.close()
        elif lent.contract.name == Intake.__name__ and self._over is not None:
            self.unfinished.append(lent.thing)
        for each in lent.below:
            self.take_back(each)

    def away(self, ref: int, contract: Contract, facts: Mapping[str, Any]) -> Away:
        """An object of the other end."""
        return away_class(contract)(self, ref, contract, self._facts(contract, facts))

    def facts(self, thing: object, contract: Contract) -> dict[str, Any]:
        """The facts of an object here, as they are told."""
        return {member.name: self._give(member.gives, getattr(thing, member.name), []) for member in contract.facts}

    def _facts(self, contract: Contract, told: Mapping[str, Any]) -> dict[str, Any]:
        return {each.name: self._take(each.gives, told[each.name]) for each in contract.facts if each.name in told}

    # ------------------------------------------------------------------ shapes

    def _give(self, shape: Shape, value: Any, below: list[int]) -> Any:
        match shape:
            case Value():
                return _codec.encode(value, shape.kind)
            case Thing():
                return self._give_thing(shape.protocol, value, below)
            case Items():
                return {"ref": self.lend(Source(value, self._spawn), items_contract(shape.item), below)}
            case Response():
                told, items = give_response(value)
                return told if items is None else {**told, "body": self._give(Items(bytes), items, below)}
            case Found():
                kind = PORTS[value.kind]
                return {"kind": value.kind, "refs": [self._give_thing(kind, port, below) for port in value.ports]}

    def _give_thing(self, protocol: type[Any], value: Any, below: list[int]) -> Any:
        contract = contract_of(protocol)
        served = SERVED[protocol](value) if protocol in SERVED else value
        ref = self.lend(served, contract, None if protocol is HostEnd else below)
        return {"ref": ref, "facts": self.facts(value, contract) if self.asks else {}}

    def _take(self, shape: Shape, told: Any) -> Any:
        match shape:
            case Value():
                return _codec.decode(told, shape.kind)
            case Thing():
                return self._take_thing(shape.protocol, told)
            case Items():
                return self._take_items(shape, told)
            case Response():
                return take_response(told, lambda items: self._take(Items(bytes), items))
            case Found():
                kind = PORTS[told["kind"]]
                return PortList(told["kind"], tuple(self._take_thing(kind, each) for each in told["refs"]))

    def _take_thing(self, protocol: type[Any], told: Any) -> Any:
        away = self.away(_ref(told), contract_of(protocol), told.get("facts") or {})
        wrap = self._wraps.get(protocol)
        return away if wrap is None else wrap(away)

    def _take_items(self, shape: Items, told: Any) -> Any:
        source = self.away(_ref(told), items_contract(shape.item), {})

        async def begun() -> Away:
            return source

        return AwayItems(self, shape.item, begun)


def _ref(told: Any) -> int:
    if not isinstance(told, dict) or type(told.get("ref")) is not int:
        raise _codec.BadValue("what came over the pipe names no object")
    return int(told["ref"])
