"""What keeps the service from doing its work, as far as is known: for its health and its log."""

from loguru import logger

from bot.brains import KeyRefused
from bot.carriers import CarrierError

CARRIER = "the carrier's credentials"
DATABASE = "the database"
REMEDIES = {
    CARRIER: (
        "no number can be dialled, and calls end late: check TWILIO_ACCOUNT_SID with "
        "TWILIO_AUTH_TOKEN, or TWILIO_API_KEY_SID with TWILIO_API_KEY_SECRET, then restart"
    ),
    DATABASE: "no number can be dialled, and notes of calls wait: see that DATABASE_URL is reached",
}


def key_of(brain: str) -> str:
    """The subject of what is wrong with our account there."""
    return f"the key of the brain {brain}"


def key_name(brain: str) -> str:
    """What the setting with its key is called, mostly."""
    return f"{brain.upper().replace('-', '_')}_API_KEY"


def _remedy(brain: str) -> str:
    return f"no call can be spoken with it: check {key_name(brain)} and its account, then restart"


class Troubles:
    """Each is told once when it is found, and once when it is over."""

    def __init__(self) -> None:
        self._found: dict[str, str] = {}

    def __contains__(self, subject: object) -> bool:
        return subject in self._found

    @property
    def why(self) -> str:
        """All of them in a sentence; empty: there are none."""
        return "; ".join(self._found.values())

    def found(self, subject: str, cause: str, *, remedy: str = "") -> None:
        """Something is wrong with this."""
        known = subject in self._found
        self._found[subject] = told = f"{subject}: {cause}; {remedy or REMEDIES[subject]}"
        if not known:
            logger.error("{}", told, event="trouble_found")

    def over(self, subject: str) -> None:
        """Nothing is wrong with this, now."""
        if self._found.pop(subject, None) is not None:
            logger.info("{}: in order again", subject, event="trouble_over")

    def model_refused(self, error: Exception, *, brain: str) -> None:
        """What a session could not be opened for: remembered if it is the key."""
        if isinstance(error, KeyRefused):
            self.found(key_of(brain), str(error), remedy=_remedy(brain))

    def carrier_refused(self, error: CarrierError) -> None:
        """What a request failed for: remembered if it is our credentials."""
        if error.reason == "credentials_refused":
            self.found(CARRIER, str(error))
