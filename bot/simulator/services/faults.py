"""What goes wrong at the simulated services; may be changed at any time."""

from dataclasses import dataclass, field


@dataclass(kw_only=True)
class ChatFaults:
    """Of the chat model: the next `times` requests.

    status: answered with this HTTP status; `retry_after` goes with it as a header.
    first_after_secs: the first word is this late.
    cut_after_words: the connection breaks after so many words.
    stops_after_words: it ends after so many words without saying that it does.
    garbage: a line that is no JSON comes in place of the first word.
    empty: the answer has neither words nor calls.
    silent: the headers come, and nothing after them.
    """

    times: int = 0
    status: int = 0
    retry_after: str = ""
    first_after_secs: float = 0.0
    cut_after_words: int | None = None
    stops_after_words: int | None = None
    garbage: bool = False
    empty: bool = False
    silent: bool = False


@dataclass(kw_only=True)
class SpeechFaults:
    """Of the voice, and of the ear: the next `times` requests, turns or connections.

    status: of a handshake or a request.
    drop: the connection breaks where sound or words would come.
    silent: nothing comes.
    garbage: what comes cannot be read.
    after_secs: it is this late.
    guesses_wrong: an ear that guesses how a turn ends guesses something else, always.
    """

    guesses_wrong: bool = False
    times: int = 0
    status: int = 0
    drop: bool = False
    silent: bool = False
    garbage: bool = False
    after_secs: float = 0.0


@dataclass(kw_only=True)
class ServiceFaults:
    """Of all three."""

    hearing: SpeechFaults = field(default_factory=SpeechFaults)
    thinking: ChatFaults = field(default_factory=ChatFaults)
    speaking: SpeechFaults = field(default_factory=SpeechFaults)
