"""Who asks which addresses of a scan: pure, from the networks that agents are in.

- No address has two agents.
- Agents that reach the same addresses share them in blocks of 256, so that no block is asked by two at once.
- What no agent reaches is told, and given to nobody, unless an administrator named the agents: then they are believed.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from ipaddress import ip_address

from attrs import field, frozen

from tympan_hub.domain.ids import AgentId
from tympan_hub.domain.limits import SCAN_BLOCK_BITS, SCAN_SHARERS
from tympan_hub.domain.ranges import Ranges, Span, between, common, joined

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
    nobody: list[Span] = []
    for able, spans in _by_reach(wanted.spans, networks).items():
        if able or (named and agents):
            _share(spans, able or agents, loads)
        else:
            nobody += spans
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
    """A plan in which what nobody reached is shared among others that reach some of it."""
    second = plan(first.nobody, networks)
    together: dict[AgentId, Ranges] = {}
    for share in (*first.shares, *second.shares):
        known = together.get(share.agent, Ranges())
        together[share.agent] = Ranges(
            spans=joined([*known.spans, *share.ranges.spans]), hosts=(*known.hosts, *share.ranges.hosts)
        )
    shares = tuple(Share(agent=agent, ranges=ranges) for agent, ranges in together.items())
    return Plan(shares=shares, nobody=second.nobody)


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


def _share(spans: Sequence[Span], agents: Sequence[AgentId], loads: dict[AgentId, list[Span]]) -> None:
    """Gives each agent a run of blocks, those first that have the least to do."""
    blocks = [block for span in spans for block in _blocks(span)]
    most = min(len(blocks), SCAN_SHARERS)
    idle = sorted(agents, key=lambda agent: sum(span.count for span in loads[agent]))[:most]
    for place, agent in enumerate(idle):
        loads[agent] += blocks[place * len(blocks) // len(idle) : (place + 1) * len(blocks) // len(idle)]


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
