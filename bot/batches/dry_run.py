"""A dry run of a stored batch: the planner, asked with all that is known today."""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial

from bot.batches.errors import NotThere, RequestRefused
from bot.batches.planning import planned
from bot.batches.reports.estimates import ModelUsd
from bot.batches.reports.planner import Plan
from bot.brains import Brain, find_brain
from bot.store import BatchRecord, Store
from config import Agent
from config.calling_rules import Rules


class DryRun:
    """Says what a batch would do. No contact is called, and the business is not asked."""

    def __init__(
        self,
        *,
        store: Store,
        agents: Mapping[str, Agent],
        brains: Mapping[str, Brain],
        rules: Rules,
        now: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._agents = agents
        self._brains = brains
        self._rules = rules
        self.now = now

    async def plan(self, batch_id: str, *, at: datetime | None = None) -> Plan:
        """Those who wait, as if the batch began, or went on, at that time; now unless given.

        Raises NotThere, RequestRefused.
        """
        batch, agent = await self.find(batch_id)
        return await planned(
            self._store,
            batch,
            agent=agent,
            rules=self._rules,
            model_usd=self.model_usd(agent),
            begin=at or self.now(),
        )

    async def find(self, batch_id: str) -> tuple[BatchRecord, Agent]:
        """The batch and its agent. Raises NotThere, RequestRefused."""
        batch = await self._store.batches.get(batch_id)
        if batch is None:
            raise NotThere(f"there is no batch {batch_id}")
        if batch.agent not in self._agents:
            raise RequestRefused(
                f"{batch_id} cannot be planned: there is no agent {batch.agent} any more"
            )
        return batch, self._agents[batch.agent]

    async def waiting(self, batch_id: str) -> int:
        """How many contacts a plan would be about."""
        return (await self._store.batches.counts(batch_id)).states.get("waiting", 0)

    def model_usd(self, agent: Agent) -> ModelUsd:
        """What conversations of that agent cost at the model's side."""
        return partial(find_brain(agent.brain, self._brains).estimate_usd, agent.model)
