"""What the groups of an agent decide, as the one document it gets: made anew when it says something else."""

from collections.abc import Mapping

import attrs

from tympan_hub.domain.ids import CapabilityKey
from tympan_hub.domain.policy import AgentPolicy, Verdict, together
from tympan_hub.ports import Bearer, Clock, Secrets, Unit, Units
from tympan_hub.service.policy_papers import sealed

_Decided = Mapping[CapabilityKey, tuple[Verdict, str]]


class AgentPolicyService:
    """Documents of agents, from their groups."""

    def __init__(self, units: Units, clock: Clock, secrets: Secrets) -> None:
        self._units = units
        self._clock = clock
        self._secrets = secrets

    async def of(self, bearer: Bearer) -> AgentPolicy | None:
        """The document of an agent as it stands; None for one that never had to obey a group."""
        async with self._units.reading() as unit:
            kept, decided = await _look(unit, bearer)
        if _says(kept, decided):
            return kept
        async with self._units.writing() as unit:
            kept, decided = await _look(unit, bearer)  # somebody may have been first
            if _says(kept, decided):
                return kept
            made = self._next(bearer, kept, decided)
            await unit.agent_policies.put(bearer.tenant, made)
        return made

    def _next(self, bearer: Bearer, kept: AgentPolicy | None, decided: _Decided) -> AgentPolicy:
        made = AgentPolicy(
            tenant=bearer.tenant,
            agent=bearer.agent,
            number=kept.number + 1 if kept else 1,
            issued_at=self._clock.now(),
            rules={key: verdict for key, (verdict, _) in decided.items()},
            origins={key: name for key, (_, name) in decided.items()},
        )
        return attrs.evolve(made, envelope=sealed(self._secrets, made))


async def _look(unit: Unit, bearer: Bearer) -> tuple[AgentPolicy | None, _Decided]:
    editions = await unit.group_policies.of_agent(bearer.tenant, bearer.agent)
    return await unit.agent_policies.get(bearer.tenant, bearer.agent), together(editions)


def _says(kept: AgentPolicy | None, decided: _Decided) -> bool:
    """Whether the document kept says just this; an agent that never had one needs none to say nothing."""
    if kept is None:
        return not decided
    return decided == {key: (verdict, kept.origins.get(key, "")) for key, verdict in kept.rules.items()}
