"""One HTTP client for all sessions of a process, while there are any: its connections stay open."""

from collections.abc import Callable
from typing import Any


class SharedClient:
    """`make` gives a new one. Who takes it gives it back once; with the last it is closed."""

    def __init__(self, make: Callable[[], Any]) -> None:
        self._make = make
        self._client: Any = None
        self._users = 0

    def take(self) -> Any:
        """The client."""
        if self._client is None:
            self._client = self._make()
        self._users += 1
        return self._client

    async def give_back(self) -> None:
        """It is not needed any more."""
        self._users -= 1
        if not self._users:
            client, self._client = self._client, None
            await client.aclose()
