"""What the agent of one call has said that it had done, and nothing has. Plain code."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from bot.clock import utcnow
from tools.claims import EVERY


class Unproven:
    """Keeps it in the call's record: claim -> when it was made, and whether it was taken back."""

    def __init__(
        self,
        *,
        note: Callable[[dict[str, Any] | None], None],
        earlier: Mapping[str, Any] | None = None,
    ) -> None:
        """`note` takes what stands, at each change; `earlier` is what another process noted."""
        self._note = note
        self._claims: dict[str, Any] = dict(earlier or {})
        self._earlier = dict(self._claims)

    def stand(self, claims: Mapping[str, bool]) -> None:
        """These stand now, each taken back or not."""
        at = utcnow().isoformat(timespec="seconds")
        self._claims = self._earlier | {
            claim: {"at": self._claims.get(claim, {}).get("at", at), "taken_back": taken_back}
            for claim, taken_back in claims.items()
        }
        self._note(self.as_record)

    def proven(self, claims: Iterable[str]) -> None:
        """A tool has done this after all."""
        done = set(claims)
        left = {
            claim: told
            for claim, told in self._claims.items()
            if EVERY not in done and claim not in done
        }
        self._earlier = {claim: at for claim, at in self._earlier.items() if claim in left}
        if left != self._claims:
            self._claims = left
            self._note(self.as_record)

    @property
    def as_record(self) -> dict[str, Any] | None:
        """What stands, for the call's record; None: all is covered."""
        return self._claims or None
