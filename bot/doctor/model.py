"""The models that agents speak with: the key, the way there, and how soon the first sound comes."""

from collections.abc import Mapping, Sequence

from bot.brains import (
    Brain,
    KeyRefused,
    ModelError,
    ModelNotThere,
    ModelRefused,
    Speaker,
    find_brain,
)
from bot.calls.troubles import key_name
from bot.doctor.finding import Finding, ok, warning, wrong

ASK_SECS = 5.0
SOUND_SECS = 12.0
SLOW_MS = 2500.0  # a session with its first sound: a caller who asks something waits about so long

_REACH = "look whether this machine reaches the address of the model, and try again"


async def model(
    brains: Mapping[str, Brain], speaker: Speaker, *, answers: bool
) -> Sequence[Finding]:
    """One model: whether it would speak, and for one that `answers` the phone how soon it does."""
    name = f"model {speaker.model}"
    brain = find_brain(speaker.brain, brains)
    try:
        await brain.check_model(speaker.model, within_secs=ASK_SECS)
        if not answers:
            return [ok(name, "the key is taken for it")]
        first = await brain.first_sound(speaker, within_secs=SOUND_SECS)
    except KeyRefused as error:
        return [wrong(name, f"the key is refused: {error}", _key(speaker))]
    except ModelNotThere as error:
        do = "choose another model in the agents' files, or let the key use it"
        return [(wrong if answers else warning)(name, str(error), do)]
    except ModelRefused as error:
        return [wrong(name, f"the model's side says no: {error}", _key(speaker))]
    except ModelError as error:
        return [wrong(name, str(error), _REACH)]
    whole = first.open_ms + first.sound_ms
    seen = (
        f"a session opens in {first.open_ms:.0f} ms, and its first sound comes "
        f"{first.sound_ms:.0f} ms later"
    )
    if whole > SLOW_MS:
        do = "try again later, or choose a nearer region (OPENAI_REALTIME_URL)"
        return [warning(name, seen, do)]
    return [ok(name, seen)]


def _key(speaker: Speaker) -> str:
    return f"check {key_name(speaker.brain)}, and that the account behind it is paid for"
