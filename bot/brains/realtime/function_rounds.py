"""How far the model may go in calling functions, and when their results are answered. Plain code.

A model that calls one function after the other leaves the caller in silence and costs money with
each response. So it is made to speak, and what goes beyond a bound is refused without being run.
"""

from collections.abc import Collection, Mapping

import orjson

from bot.brains.config import MOST_FUNCTIONS

MOST_ROUNDS = 3  # responses that call functions without a word in between; then it has to speak
MOST_IN_RESPONSE = 8  # more at a time are no question of a caller
MOST_DEFIANT = 8  # refused for going on all the same; then the model is given up
LONGEST_ARGUMENTS = 16 * 1024  # characters; as much as the business may answer

Refusal = Mapping[str, str]


def _refusal(error: str, say: str) -> Refusal:
    return {"error": error, "say": f"Not done: {say}"}


_TOO_LONG = _refusal("too_long", "the arguments are too long. Call it again with shorter ones.")
_TOO_MANY_AT_ONCE = _refusal(
    "too_many_at_once",
    f"no more than {MOST_IN_RESPONSE} functions may be called at once. Wait for the results of "
    "those, and tell the caller what you have.",
)
_TOO_MANY = _refusal(
    "too_many_in_this_call",
    "this call has used all the functions it may. Say that you cannot look up or do any more in "
    "this call, and offer a person.",
)
_MUST_SPEAK = _refusal("speak_first", "the caller hears nothing. Answer in words now.")


class FunctionRounds:
    """The functions that the model calls in one call, over all its sessions.

    `always` names those that are run however many were called: what ends the call, hands it to a
    person, or keeps the law.
    """

    def __init__(self, *, most_in_call: int = MOST_FUNCTIONS, always: Collection[str] = ()) -> None:
        self._most_in_call = most_in_call
        self._always = frozenset(always)
        self._open: set[str] = set()  # calls without a result
        self._owed = False  # a result is to be answered
        self._in_call = 0
        self._in_response = 0
        self._round: str | None = None  # the last response that called one
        self._rounds = 0  # since the model was heard
        self._last: tuple[str, bytes] | None = None  # since the model was heard
        self._must_speak = False
        self._defiant = 0

    @property
    def must_speak(self) -> bool:
        """The next answer has to be words."""
        return self._must_speak or self._rounds >= MOST_ROUNDS

    @property
    def is_endless(self) -> bool:
        """It goes on calling functions whatever it is told."""
        return self._defiant >= MOST_DEFIANT

    def spoke(self) -> None:
        """The model's own words reach the caller."""
        self._rounds, self._last, self._must_speak = 0, None, False

    def called(
        self, call_id: str, name: str, arguments: str, *, response_id: str, words_only: bool
    ) -> Refusal | None:
        """The model calls a function; returns why it is not run, if so.

        `words_only`: the response was asked for with no function to be called in it.
        """
        if response_id != self._round:
            self._round, self._in_response = response_id, 0
            self._rounds += 1
        self._in_response += 1
        self._note_repetition(name, arguments)
        refusal = self._refusal(name, arguments, words_only=words_only)
        if refusal is None:
            self._in_call += name not in self._always
            self._open.add(call_id)
        else:
            self._owed = True
            self._must_speak = self._must_speak or refusal is not _TOO_LONG
        return refusal

    def _note_repetition(self, name: str, arguments: str) -> None:
        this = (name, _canonical(arguments))
        self._must_speak = self._must_speak or this == self._last
        self._last = this

    def _refusal(self, name: str, arguments: str, *, words_only: bool) -> Refusal | None:
        if len(arguments) > LONGEST_ARGUMENTS:
            return _TOO_LONG
        if self._in_response > MOST_IN_RESPONSE:
            return _TOO_MANY_AT_ONCE
        if name in self._always:
            return None
        if words_only:
            self._defiant += 1
            return _MUST_SPEAK
        if self._in_call >= self._most_in_call:
            self._defiant += 1
            return _TOO_MANY
        return None

    # -- results ------------------------------------------------------------------------------

    @property
    def owed(self) -> bool:
        """A result is to be answered, once all of them are there."""
        return self._owed

    def called_in_its_stead(self, call_id: str) -> None:
        """We have called a function for the model."""
        self._open.add(call_id)

    def put_off(self) -> None:
        """An answer that was to be asked for now waits for the functions under way."""
        self._owed = True

    def answered(self, call_id: str, *, speak: bool) -> None:
        """A function has its result; whether the model is to speak about it. Where it is not, as
        after keys that it pressed, its silence is no endless round.
        """
        self._open.discard(call_id)
        self._owed = self._owed or speak
        if not speak:
            self.spoke()

    def called_off(self) -> None:
        """The caller speaks: what they say is answered, with the results that are there."""
        self._owed = False

    def called_in(self, response_id: str) -> bool:
        """Whether this response, the last that called one, did: its results are answered."""
        return response_id == self._round

    def session_lost(self) -> None:
        """Its responses are over, and the next session counts its own."""
        self._round = None

    def take_owed(self, *, under_way: str | None) -> bool:
        """Whether the results are to be answered now: all of them are there, and the response
        `under_way`, if any, is not the one that called them and may call more."""
        if not self._owed or self._open or (under_way is not None and under_way == self._round):
            return False
        self._owed = False
        return True


def _canonical(arguments: str) -> bytes:
    """Arguments that mean the same are the same, however they are written."""
    if len(arguments) > LONGEST_ARGUMENTS:
        return b""
    try:
        return orjson.dumps(orjson.loads(arguments or "{}"), option=orjson.OPT_SORT_KEYS)
    except (ValueError, TypeError):
        return arguments.encode("utf-8", "backslashreplace")
