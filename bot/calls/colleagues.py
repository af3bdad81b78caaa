"""The other processes that serve on the same database, on this machine or another."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from bot.carriers import MachineDetected

FORWARDED = "forwarded"  # of the state of a request: it came by another process, which asked us


@dataclass(frozen=True, kw_only=True)
class Webhook:
    """A request of the carrier as it came, with its signature."""

    path: str
    query: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)  # its content's type, and the signature
    body: str = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class WebhookAnswer:
    """What the process that has the call answers to one."""

    status: int
    media_type: str
    body: str = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Release:
    """What a process says that is asked to let go of a call."""

    gone: bool  # it has not got the call, or has no more; False: it keeps it
    machine_reports: tuple[MachineDetected, ...] = ()  # that came before any conversation


class Colleagues(Protocol):
    """What is asked of the process that has a call. Nothing here raises."""

    @property
    def process(self) -> str:
        """The id of this process."""
        ...

    async def let_go(self, holder: str | None, call_id: str, stream_digest: str) -> Release:
        """Has the process `holder` forget a call whose awaited stream, with a token of that digest,
        has come here. One that is not there, or does not answer in time, has let go.
        """
        ...

    async def forward(self, call_id: str, webhook: Webhook) -> WebhookAnswer | None:
        """Has it answered by the process that has this call. None: no other has it, or answers in
        time.
        """
        ...

    async def is_elsewhere(self, call_id: str) -> bool:
        """Whether another process has taken this call. False, too, when that cannot be told."""
        ...


class NoColleagues:
    """There are no others."""

    process = "proc_0_alone"

    async def let_go(self, holder: str | None, call_id: str, stream_digest: str) -> Release:
        return Release(gone=True)

    async def forward(self, call_id: str, webhook: Webhook) -> WebhookAnswer | None:
        return None

    async def is_elsewhere(self, call_id: str) -> bool:
        return False
