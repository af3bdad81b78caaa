"""A caller as data: what they say, when they wait, interrupt, press keys and hang up.

A script is performed against a `Handset`, which the simulated carrier supplies. Sound is G.711
μ-law at 8 kHz mono: 8 bytes are one millisecond.
"""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from bot.simulator.surroundings import Surroundings
from bot.simulator.voices import Voice

POLL_SECS = 0.01  # half a media frame: finer than anything a listener can tell apart
UTTERANCE_GAP_MS = 300.0  # a silence this long separates two utterances of the agent


class SilentVoice:
    """A voice for scripts without words: everything it says is nothing."""

    def render(self, text: str) -> bytes:
        return b""


@dataclass(frozen=True)
class Say:
    """Say these words from beginning to end."""

    text: str


@dataclass(frozen=True)
class Sound:
    """Make this sound (μ-law): noise, music, speech recorded elsewhere."""

    ulaw: bytes


@dataclass(frozen=True)
class WaitForAgent:
    """Wait until the agent has spoken and has then been quiet for `silence_ms`.

    Only speech after the caller's own last words counts. When `timeout_secs` pass first, the
    caller goes on with the script, as people do, and the call's events tell of it.
    """

    silence_ms: int = 700
    timeout_secs: float = 15.0


@dataclass(frozen=True)
class InterruptAfter:
    """Start talking `ms` after the agent's next utterance began to be heard."""

    ms: int
    text: str
    timeout_secs: float = 15.0


@dataclass(frozen=True)
class Pause:
    """Say nothing for `ms`."""

    ms: int


@dataclass(frozen=True)
class Press:
    """Press these keys (0-9, A-D, *, #) one after the other."""

    digits: str


@dataclass(frozen=True)
class HangUp:
    """Put the phone down."""


@dataclass(frozen=True)
class StayOn:
    """Stay on the line until the other side hangs up."""


@dataclass(frozen=True)
class Menu:
    """Read out a menu and wait for keys that the other side presses; those pressed meanwhile count.

    The actions of the option pressed follow, and then those after the menu. Keys that are none of
    the options are answered with `wrong` and the menu again, as is silence; after `tries` the other
    side hangs up.
    """

    prompt: str
    options: Mapping[str, Sequence["Action"]]
    wrong: str = "That is not a valid option."
    tries: int = 3
    wait_secs: float = 6.0  # for the first key
    between_secs: float = 1.0  # from one key to the next


Action = Say | Sound | WaitForAgent | InterruptAfter | Pause | Press | HangUp | StayOn | Menu


@dataclass(frozen=True)
class CallerScript:
    """What one caller does, in order. A script that runs out ends with the caller hanging up."""

    actions: Sequence[Action] = (StayOn(),)
    voice: Voice = field(default_factory=SilentVoice)
    surroundings: Surroundings = Surroundings()


@dataclass(frozen=True)
class HeardSpan:
    """A stretch of audible sound, in ms since the call was answered."""

    start_ms: float
    end_ms: float


class Handset(Protocol):
    """What a caller holds in the hand."""

    @property
    def now_ms(self) -> float:
        """Time since the call was answered."""
        ...

    def agent_sounds(self) -> Sequence[HeardSpan]:
        """Audible sound of the agent that has begun to play, oldest first, so far as played."""
        ...

    async def speak(self, ulaw: bytes, text: str = "") -> float:
        """Talk to the end; returns the ms at which the last audible sound of it ended."""
        ...

    async def press(self, digits: str) -> None: ...

    @property
    def keys_heard(self) -> str:
        """The keys that the other side has pressed so far, in order."""
        ...

    async def hang_up(self) -> None: ...

    async def wait_ended(self, timeout_secs: float | None = None) -> object: ...

    def note(self, kind: str, /, **detail: object) -> None:
        """Write into the call's timeline."""
        ...


async def render_words(script: CallerScript) -> dict[str, bytes]:
    """Every text of the script as sound, made beforehand so that nobody waits for it live."""
    texts = list(_texts(script.actions))
    return {text: await asyncio.to_thread(script.voice.render, text) for text in texts}


def _texts(actions: Sequence[Action]) -> Iterator[str]:
    for action in actions:
        match action:
            case Say(text) | InterruptAfter(text=text):
                yield text
            case Menu(prompt, options, wrong):
                yield from (prompt, wrong)
                for following in options.values():
                    yield from _texts(following)


async def perform(script: CallerScript, handset: Handset, words: Mapping[str, bytes]) -> None:
    """Play the script to its end; `words` come from `render_words`."""
    await _Performance(handset, words).run(script.actions)


def utterance_starts(sounds: Sequence[HeardSpan]) -> list[float]:
    """When each utterance began: a sound after at least `UTTERANCE_GAP_MS` of silence."""
    starts: list[float] = []
    quiet_since = float("-inf")
    for sound in sounds:
        if sound.start_ms - quiet_since >= UTTERANCE_GAP_MS:
            starts.append(sound.start_ms)
        quiet_since = sound.end_ms
    return starts


def next_utterance(sounds: Sequence[HeardSpan], after_ms: float) -> float | None:
    """When the first utterance that began after `after_ms` began, if there is one."""
    return next((start for start in utterance_starts(sounds) if start > after_ms), None)


def finished_speaking(
    sounds: Sequence[HeardSpan], *, since_ms: float, now_ms: float, silence_ms: float
) -> bool:
    """Has the agent been heard after `since_ms`, and been quiet for `silence_ms` by now?"""
    heard = [sound for sound in sounds if sound.end_ms > since_ms]
    return bool(heard) and now_ms - heard[-1].end_ms >= silence_ms


class _Performance:
    def __init__(self, handset: Handset, words: Mapping[str, bytes]) -> None:
        self._handset = handset
        self._words = words
        self._since_ms = 0.0  # sound of the agent that ended before this is not an answer to us
        self._keys_taken = 0

    async def run(self, actions: Sequence[Action]) -> None:
        for action in actions:
            await self._do(action)
        await self._handset.hang_up()

    async def _do(self, action: Action) -> None:
        handset = self._handset
        match action:
            case Say(text):
                self._since_ms = await handset.speak(self._words[text], text)
            case Sound(ulaw):
                self._since_ms = await handset.speak(ulaw)
            case WaitForAgent(silence_ms, timeout_secs):
                await self._wait_for_agent(silence_ms, timeout_secs)
            case InterruptAfter():
                await self._interrupt(action)
            case Pause(ms):
                await asyncio.sleep(ms / 1000)
            case Press(digits):
                await handset.press(digits)
                self._since_ms = handset.now_ms
            case HangUp():
                await handset.hang_up()
            case StayOn():
                await handset.wait_ended()
            case Menu():
                await self._menu(action)

    async def _menu(self, menu: Menu) -> None:
        for _ in range(menu.tries):
            await self._do(Say(menu.prompt))
            keys = await self._keys(menu)
            self._handset.note("menu_chose", prompt=menu.prompt, keys=keys)
            if keys in menu.options:
                for action in menu.options[keys]:
                    await self._do(action)
                return
            await self._do(Say(menu.wrong))
        await self._handset.hang_up()

    async def _keys(self, menu: Menu) -> str:
        """The keys pressed since the last menu, once no more of them come."""
        known, quiet_secs = 0, 0.0
        while quiet_secs < (menu.between_secs if known else menu.wait_secs):
            await asyncio.sleep(POLL_SECS)
            quiet_secs += POLL_SECS
            heard = len(self._handset.keys_heard) - self._keys_taken
            if heard > known:
                known, quiet_secs = heard, 0.0
        keys = self._handset.keys_heard[self._keys_taken :]
        self._keys_taken += len(keys)
        return keys

    async def _wait_for_agent(self, silence_ms: int, timeout_secs: float) -> None:
        handset = self._handset
        deadline_ms = handset.now_ms + timeout_secs * 1000
        while not finished_speaking(
            handset.agent_sounds(),
            since_ms=self._since_ms,
            now_ms=handset.now_ms,
            silence_ms=silence_ms,
        ):
            if handset.now_ms >= deadline_ms:
                handset.note("caller_wait_timed_out", action="WaitForAgent")
                break
            await asyncio.sleep(POLL_SECS)
        self._since_ms = handset.now_ms

    async def _interrupt(self, action: InterruptAfter) -> None:
        handset = self._handset
        deadline_ms = handset.now_ms + action.timeout_secs * 1000
        started_ms = next_utterance(handset.agent_sounds(), self._since_ms)
        while started_ms is None and handset.now_ms < deadline_ms:
            await asyncio.sleep(POLL_SECS)
            started_ms = next_utterance(handset.agent_sounds(), self._since_ms)
        if started_ms is None:
            handset.note("caller_wait_timed_out", action="InterruptAfter")
        else:
            await asyncio.sleep(max(0.0, started_ms + action.ms - handset.now_ms) / 1000)
        self._since_ms = await handset.speak(self._words[action.text], action.text)
