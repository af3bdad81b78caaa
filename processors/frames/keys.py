"""Keys: what the caller types, also where nobody may hear it, and what the agent wants pressed."""

from dataclasses import dataclass, field

from pipecat.frames.frames import SystemFrame

from processors.agent_tables import NumberKind


@dataclass
class KeysTypedFrame(SystemFrame):
    """What the caller types on the keypad (upstream): the keys so far, or all of them."""

    keys: str = ""  # 0-9, * and #, in order
    complete: bool = True  # no more of them come
    asks: bool = True  # they are meant for the agent, which is to answer


@dataclass
class KeysRequestFrame(SystemFrame):
    """The model wants these keys pressed once the agent is silent (downstream)."""

    keys: str = ""  # 0-9 * #; w waits half a second


@dataclass
class PressKeysFrame(SystemFrame):
    """These keys are to be pressed now (both ways; the call's runner acts on it). Until a
    KeysPressedFrame comes, a LineLostFrame is no accident: the line may go for as long as it
    takes."""

    keys: str = ""


@dataclass
class KeysPressedFrame(SystemFrame):
    """What came of a PressKeysFrame (upstream)."""

    keys: str = ""
    pressed: bool = True  # False: the carrier would not


@dataclass
class NumberRequestFrame(SystemFrame):
    """The model wants a number of the caller that it must not hear (downstream)."""

    kind: NumberKind = "card"


@dataclass
class PassageFrame(SystemFrame):
    """A sensitive passage begins or ends (both ways): in it the model hears nothing of the caller,
    and nothing is recorded."""

    opens: bool = False
    note: str = ""  # at its end: what the model is told of it


@dataclass
class PassageReadyFrame(SystemFrame):
    """The call records nothing any more: the passage may go on (downstream)."""


@dataclass
class NumberTypedFrame(SystemFrame):
    """What the caller typed in a passage, for tools alone (downstream; the call keeps it)."""

    kind: NumberKind = "card"
    number: str = field(default="", repr=False)
