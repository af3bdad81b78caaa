"""What listening costs beside Silero, on the same sound: CPU time, and the longest piece of work.

    python -m tests.benchmarks.listening

Prints the table of docs/benchmarks.md. Times are CPU seconds of this thread, each the least of
three, so what else the machine does counts little.
"""

import argparse
import base64
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np

from bot.media.g711 import pcm_to_ulaw
from processors.listening.hold_ear import HoldEar
from processors.listening.silero import SileroStream
from processors.sound import CallerSound
from processors.words.languages import LANGUAGES
from processors.words.nuisance import Repetitions, nuisance_in
from processors.words.pleas import Pleas, mentions_emergency

RATE = 8000
PIECE = 160  # samples of 20 ms
ROUNDS = 3
HEAD = (
    "| what listens | CPU ms for 1 s of sound | of Silero | longest in one go, ms |",
    "| :-- | --: | --: | --: |",
)
MOST_MS = 20.0  # that anything may take in one go where calls are carried


@dataclass(kw_only=True)
class Cost:
    """What something took."""

    what: str
    secs_of_sound: float = 0.0  # 0: it is words
    times_ms: list[float] = field(default_factory=list)  # of each piece of work

    @property
    def longest_ms(self) -> float:
        return max(self.times_ms, default=0.0)

    @property
    def ms_a_second(self) -> float:
        """CPU time for each second of sound."""
        return sum(self.times_ms) / self.secs_of_sound if self.secs_of_sound else 0.0

    def row(self, silero: "Cost") -> str:
        """Of the table."""
        per = f"{self.ms_a_second:.2f}" if self.secs_of_sound else "-"
        ratio = f"{self.ms_a_second / silero.ms_a_second:.2f}" if self.secs_of_sound else "-"
        return f"| {self.what} | {per} | {ratio} | {self.longest_ms:.1f} |"

    def done(self, work: Callable[[], object]) -> None:
        """Does it, and notes what it took."""
        began = time.thread_time()
        work()
        self.times_ms.append((time.thread_time() - began) * 1000)


def chords(secs: float, seed: int = 7) -> bytes:
    """Music on hold: chords and a melody, 16-bit."""
    chance = np.random.default_rng(seed)
    beat = 0.5
    out = np.zeros(round(secs * RATE))
    for number in range(int(secs / beat)):
        hz = 330 * 2 ** (int(chance.choice([0, 2, 4, 7, 9])) / 12)
        at = np.arange(round(beat * RATE)) / RATE
        tune = sum(np.sin(2 * np.pi * hz * k * at) / k for k in (1, 2, 3, 4)) * np.exp(-2 * at)
        chord = sum(np.sin(2 * np.pi * 220 * 2 ** (n / 12) * at) for n in (0, 4, 7))
        begin = round(number * beat * RATE)
        out[begin : begin + len(at)] += (1200 * tune + 600 * chord)[: len(out) - begin]
    return out.clip(-32000, 32000).astype("<i2").tobytes()


def voice_like(secs: float, seed: int) -> bytes:
    """As loud and as uneven as speech, and like no other of another seed."""
    chance = np.random.default_rng(seed)
    level = np.repeat(chance.random(round(secs * 8)) ** 2, RATE // 8)[: round(secs * RATE)]
    sound = chance.standard_normal(len(level)) * level * 6000
    return sound.clip(-32000, 32000).astype("<i2").tobytes()


def pieces(pcm: bytes) -> Iterator[CallerSound]:
    """As the line brings it."""
    for at in range(0, len(pcm) - 2 * PIECE + 1, 2 * PIECE):
        piece = pcm[at : at + 2 * PIECE]
        ulaw = pcm_to_ulaw(piece)
        yield CallerSound(ulaw, base64.b64encode(ulaw).decode(), piece)


def of_silero(pcm: bytes) -> Cost:
    """One line alone: the dearest way to use it."""
    stream, cost = SileroStream(), Cost(what="Silero, one line", secs_of_sound=len(pcm) / 2 / RATE)
    for sound in pieces(pcm):
        cost.done(lambda sound=sound: stream.feed(sound.pcm))  # type: ignore[misc]
    return cost


def of_ear(what: str, pcm: bytes, ear: HoldEar) -> Cost:
    """A line that such an ear listens to."""
    cost = Cost(what=what, secs_of_sound=len(pcm) / 2 / RATE)
    for sound in pieces(pcm):
        cost.done(lambda sound=sound: ear.hear(sound))  # type: ignore[misc]
    return cost


def on_hold_among(announcements: int, secs: float) -> HoldEar:
    """An ear that knows so many announcements, each so long."""
    ear = HoldEar()
    for seed in range(announcements):
        ear.speech_began(0.2)
        for sound in pieces(voice_like(secs, seed)):
            ear.hear(sound)
        ear.speech_ended(0.0)
    ear.hold_begins()
    return ear


def in_doubt(what: str, ear: HoldEar, pcm: bytes) -> Cost:
    """Something that Silero takes for speech, and that is looked at again and again."""
    ear.speech_began(0.2)
    return of_ear(what, pcm, ear)


def of_words() -> list[Cost]:
    """The words of one turn, in every language at once where that is how they are looked for."""
    texts = {
        "a sentence": "I would like to move my appointment on Tuesday to some other day, please.",
        "2,000 characters": "I would like to move it, please, and nobody can help me here. " * 32,
        "2,000 characters of one word": "operator " * 222,
    }
    pleas = [Pleas(language=code) for code in LANGUAGES]
    said = Repetitions()
    costs = []
    for name, whole in texts.items():
        text = whole[:2000]
        shield = Cost(what=f"the shield: {name}")
        shield.done(lambda text=text: (nuisance_in(text), mentions_emergency(text)))  # type: ignore[misc]
        shield.done(lambda text=text: said.add(text))  # type: ignore[misc]
        asked = Cost(what=f"pleas of one language, the dearest: {name}")
        for each in pleas:
            asked.done(
                lambda text=text, each=each: (  # type: ignore[misc]
                    each.emergency(text),
                    each.person(text),
                    each.complaint(text),
                )
            )
        costs += [shield, asked]
    return costs


def measured() -> list[Cost]:
    """All of it, Silero first."""
    music = chords(60)
    of_silero(chords(5))  # loaded, and warm
    in_doubt("warm", on_hold_among(1, 2.0), chords(3))
    return [
        of_silero(music),
        of_ear("the hold gate, no hold: music is looked for", music, HoldEar()),
        of_ear("the hold gate, on hold, music", music, on_hold_among(0, 0.0)),
        in_doubt(
            "on hold, a singer for 10 s, no announcement known", on_hold_among(0, 0.0), chords(10)
        ),
        in_doubt(
            "on hold, a singer for 10 s, 90 s of announcements known",
            on_hold_among(6, 15.0),
            chords(10),
        ),
        in_doubt(
            "on hold, an announcement of 19 s, the oldest of 90 s known",
            on_hold_among(4, 20.0),
            voice_like(20.0, 0),
        ),
        *of_words(),
    ]


def least(*times: Cost) -> Cost:
    """Of the same work done several times, the least of each piece: the rest is the machine's."""
    pieces_ms = zip(*(cost.times_ms for cost in times), strict=True)
    first = times[0]
    return Cost(
        what=first.what, secs_of_sound=first.secs_of_sound, times_ms=[min(ms) for ms in pieces_ms]
    )


def main() -> None:
    """Prints the table; ends with 1 if something took too long in one go."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    costs = [least(*times) for times in zip(*(measured() for _ in range(ROUNDS)), strict=True)]
    rows = [cost.row(costs[0]) for cost in costs]
    sys.stdout.write("\n".join([*HEAD, *rows, ""]))
    raise SystemExit(any(cost.longest_ms > MOST_MS for cost in costs))


if __name__ == "__main__":
    main()
