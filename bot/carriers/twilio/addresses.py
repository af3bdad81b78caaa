"""Where Twilio finds us: the routes below our public address, and what they are told with."""

from dataclasses import dataclass
from urllib.parse import urlsplit

PREFIX = "/twilio"


@dataclass(frozen=True, kw_only=True)
class Addresses:
    """Those below PUBLIC_URL, with or without a path of its own."""

    public_url: str

    def incoming(self, call_id: str, visits: int) -> str:
        """Asked again for a call that waits, and has been asked for so often by now."""
        return f"{self._base}/incoming?call={call_id}&tries={visits}"

    def stream(self, worker: int | None) -> str:
        """For media; of several workers it names the one that has the call."""
        parts = urlsplit(self.public_url)
        named = "" if worker is None else f"/{worker}"
        return f"wss://{parts.netloc}{parts.path}{PREFIX}/stream{named}"

    def stream_ended(self, call_id: str) -> str:
        """Asked what comes next when a stream is over."""
        return f"{self._base}/stream-ended?call={call_id}"

    def status(self, call_id: str) -> str:
        """Told how a call stands."""
        return f"{self._base}/status?call={call_id}"

    def machine(self, call_id: str) -> str:
        """Told who has answered."""
        return f"{self._base}/machine?call={call_id}"

    def dialled(self, call_id: str) -> str:
        """Where the carrier reports a dialled transfer, and asks what comes next."""
        return f"{self._base}/dialled?call={call_id}"

    def person_status(self, call_id: str, attempt: int) -> str:
        """Told how the leg of a person stands who is asked to take a call."""
        return f"{self._base}/person-status?call={call_id}&attempt={attempt}"

    def person_machine(self, call_id: str, attempt: int) -> str:
        """Told who has answered there."""
        return f"{self._base}/person-machine?call={call_id}&attempt={attempt}"

    def person_said(self, call_id: str, attempt: int) -> str:
        """Told what they say, and asked what follows."""
        return f"{self._base}/person-said?call={call_id}&attempt={attempt}"

    def conference(self, call_id: str) -> str:
        """Told who comes and goes in the conference of a call."""
        return f"{self._base}/conference?call={call_id}"

    def picked_up(self, call_id: str) -> str:
        """Told when the person dialled for a caller answers."""
        return f"{self._base}/picked-up?call={call_id}"

    def text_status(self, text_id: str) -> str:
        """Told how a text stands."""
        return f"{self._base}/text-status?text={text_id}"

    def recording(self, recording_id: str) -> str:
        """Told how a recording stands."""
        return f"{self._base}/recording?recording={recording_id}"

    @property
    def for_calls(self) -> str:
        """Where our number sends a call that comes in."""
        return f"{self._base}/incoming"

    @property
    def for_status(self) -> str:
        """Where our number tells how its calls stand."""
        return f"{self._base}/status"

    @property
    def for_texts(self) -> str:
        """Where our number sends a text that comes in."""
        return f"{self._base}/text"

    @property
    def _base(self) -> str:
        return f"{self.public_url}{PREFIX}"
