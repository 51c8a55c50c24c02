"""Who asks which addresses of a scan: pure, from the networks that agents are in.

- No address has two agents, and no block of 256: agents share in whole blocks, so that none is asked by two at once.
- A block of which agents reach different pieces goes to the one that reaches most of it: it got so near.
- What no agent reaches is told, and given to nobody, unless an administrator named the agents: then they are believed.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from ipaddress import ip_address

from attrs import field, frozen

from tympan_hub.domain.ids import AgentId
from tympan_hub.domain.limits.scans import SCAN_BLOCK_BITS, SCAN_SHARERS
from tympan_hub.domain.ranges import Ranges, Span, between, common, joined, without

Networks = Mapping[AgentId, Sequence[Span]]
"""The networks of some agents, sorted and disjoint for each."""


@frozen(kw_only=True)
class Share:
    """What one agent asks."""

    agent: AgentId
    ranges: Ranges


@frozen(kw_only=True)
class Plan:
    """Who asks what, and what nobody reaches."""

    shares: tuple[Share, ...] = ()
    nobody: Ranges = field(factory=Ranges)


def plan(wanted: Ranges, networks: Networks, *, named: bool = False) -> Plan:
    """Shares ranges among agents.

    Args:
        wanted: All that is to be asked.
        networks: The agents there are to choose from, the best first.
        named: An administrator chose them: what none of them has a network in is shared among all.
    """
    agents = tuple(networks)
    loads: dict[AgentId, list[Span]] = {agent: [] for agent in agents}
    groups: dict[tuple[AgentId, ...], list[_Block]] = {}
    nobody: list[Span] = []
    for pieces in _by_block(wanted.spans, networks).values():
        fit = _fittest(pieces) or (agents if named else ())
        asked = [piece for piece, able in pieces if fit and (able or named)]
        nobody += [piece for piece, able in pieces if not (fit and (able or named))]
        if asked:
            groups.setdefault(fit, []).append(asked)
    for fit, blocks in groups.items():
        _share(blocks, fit, loads)
    hosts = _host_bearer(loads)
    return Plan(
        shares=tuple(
            Share(agent=agent, ranges=Ranges(spans=joined(spans), hosts=wanted.hosts if agent == hosts else ()))
            for agent, spans in loads.items()
            if spans or (wanted.hosts and agent == hosts)
        ),
        nobody=Ranges(spans=joined(nobody), hosts=() if agents else wanted.hosts),
    )


def with_others(first: Plan, networks: Networks) -> Plan:
    """A plan in which what nobody reached is shared among others that reach some of it.

    Where an agent has some of a block already, it gets what the others reach of it as well.
    """
    second = plan(first.nobody, networks)
    together: dict[AgentId, Ranges] = {share.agent: share.ranges for share in first.shares}
    holders = {agent: blocks_of(ranges).spans for agent, ranges in together.items()}
    for share in second.shares:
        left = share.ranges
        for agent, held in holders.items():
            _add(together, agent, Ranges(spans=common(left.spans, held)))
            left = without(left, Ranges(spans=held))
        _add(together, share.agent, left)
    shares = tuple(Share(agent=agent, ranges=ranges) for agent, ranges in together.items())
    return Plan(shares=shares, nobody=second.nobody)


def blocks_of(ranges: Ranges) -> Ranges:
    """All addresses of the blocks in which some of a scan's are."""
    size = 1 << SCAN_BLOCK_BITS
    whole = (between(span.version, span.low // size * size, span.high | (size - 1)) for span in ranges.spans)
    return Ranges(spans=joined(whole), hosts=ranges.hosts)


def overlap(one: Ranges, other: Ranges) -> Ranges:
    """What of one is in a block of the other: asked at once, a block would be asked by two."""
    hosts = tuple(host for host in one.hosts if host in other.hosts)
    return Ranges(spans=common(one.spans, blocks_of(other).spans), hosts=hosts)


def block_of(address: str) -> Span | None:
    """The block in which a device was seen: who reached one address of it likely reaches the others."""
    try:
        known = ip_address(address.partition("%")[0])
    except ValueError:
        return None
    if known.is_loopback or known.is_link_local:
        return None
    low = int(known) >> SCAN_BLOCK_BITS << SCAN_BLOCK_BITS
    return between(known.version, low, low | ((1 << SCAN_BLOCK_BITS) - 1))


_Block = Sequence[Span]
"""What is wanted of one block."""


def _add(together: dict[AgentId, Ranges], agent: AgentId, more: Ranges) -> None:
    if more:
        known = together.get(agent, Ranges())
        together[agent] = Ranges(spans=joined([*known.spans, *more.spans]), hosts=(*known.hosts, *more.hosts))


def _by_block(
    wanted: Sequence[Span], networks: Networks
) -> Mapping[tuple[int, int], list[tuple[Span, tuple[AgentId, ...]]]]:
    """Pieces of what is wanted with the agents that reach them, by the block they are in."""
    found: dict[tuple[int, int], list[tuple[Span, tuple[AgentId, ...]]]] = {}
    for able, spans in _by_reach(wanted, networks).items():
        for piece in (block for span in spans for block in _blocks(span)):
            found.setdefault((piece.version, piece.low >> SCAN_BLOCK_BITS), []).append((piece, able))
    return found


def _fittest(pieces: Sequence[tuple[Span, tuple[AgentId, ...]]]) -> tuple[AgentId, ...]:
    """Those that reach the most addresses of a block; none where nobody reaches any."""
    reached = Counter[AgentId]()
    for piece, able in pieces:
        reached.update(dict.fromkeys(able, piece.count))
    most = max(reached.values(), default=0)
    return tuple(agent for agent, count in reached.items() if count == most)


def _by_reach(wanted: Sequence[Span], networks: Networks) -> Mapping[tuple[AgentId, ...], list[Span]]:
    """Pieces of what is wanted, by the agents that reach them."""
    found: dict[tuple[AgentId, ...], list[Span]] = {}
    for span in wanted:
        near = {agent: there for agent, spans in networks.items() if (there := common((span,), spans))}
        for piece in _pieces(span, near.values()):
            able = tuple(agent for agent, spans in near.items() if common((piece,), spans))
            found.setdefault(able, []).append(piece)
    return found


def _pieces(span: Span, cuts: Iterable[Sequence[Span]]) -> Iterator[Span]:
    """A span, cut where a network begins or ends."""
    edges = {span.low}
    for spans in cuts:
        for each in spans:
            edges |= {each.low, each.high + 1}
    begins = sorted(edge for edge in edges if edge <= span.high)
    for begin, following in zip(begins, [*begins[1:], span.high + 1], strict=True):
        yield between(span.version, begin, following - 1)


def _share(blocks: Sequence[_Block], agents: Sequence[AgentId], loads: dict[AgentId, list[Span]]) -> None:
    """Gives each agent a run of blocks, those first that have the least to do."""
    most = min(len(blocks), SCAN_SHARERS)
    idle = sorted(agents, key=lambda agent: sum(span.count for span in loads[agent]))[:most]
    for place, agent in enumerate(idle):
        for block in blocks[place * len(blocks) // len(idle) : (place + 1) * len(blocks) // len(idle)]:
            loads[agent] += block


def _blocks(span: Span) -> Iterator[Span]:
    low = span.low
    while low <= span.high:
        high = min(low | ((1 << SCAN_BLOCK_BITS) - 1), span.high)
        yield between(span.version, low, high)
        low = high + 1


def _host_bearer(loads: Mapping[AgentId, Sequence[Span]]) -> AgentId | None:
    """Who looks up the names: one that takes part anyway, with the least to do."""
    busy = [agent for agent, spans in loads.items() if spans] or list(loads)
    return min(busy, key=lambda agent: sum(span.count for span in loads[agent]), default=None)
