"""The agents there are at this moment, for calls that begin now."""

from abc import abstractmethod
from collections.abc import Mapping

from config import Agent


class CurrentAgents(Mapping[str, Agent]):
    """Agents by name. A call keeps the one that it began with, whatever becomes of the name."""

    @abstractmethod
    async def refresh(self) -> None:
        """Takes in what has changed since, in well under a second; raises nothing."""
