"""What the model is told by neither side of the call: facts, and words of those in charge."""

from bot.brains.realtime.context import Context
from processors.frames import NoteFrame, WhisperFrame

WHISPERED = (
    "Whoever is in charge of this call tells you, and the caller does not hear it, to do the "
    "following from now on. Follow it in your own words; do not mention that you were told."
)
INFORMED = (
    "Whoever is in charge of this call tells you the following, and the caller does not hear it. "
    "Do not speak because of it; use it where it matters, without mentioning that you were told."
)


def tell(context: Context, told: NoteFrame | WhisperFrame) -> None:
    """What is being said or answered goes on; after a whisper into a silence the agent speaks."""
    asking = context.conversation.asking
    if isinstance(told, NoteFrame):
        asking.note(told.text)
        return
    asking.instruct(f"{WHISPERED if told.asks else INFORMED}\n{told.text}")
    if told.asks and context.turn_taking.nobody_speaks and not asking.busy:
        asking.answer()
