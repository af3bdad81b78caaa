"""A media stream as a leg: values come in, sound goes out, and marks say how far it was heard.

Whole conversations over it are in tests/media.
"""

import asyncio
from collections.abc import Sequence

import pytest

from bot.carriers.leg import Dropped, Heard, KeyPressed, Point, Reached
from bot.simulator.carrier.messages import Clear, MarkMessage, Media
from processors.sound import CallerSound
from tests.media.far_carrier import FarCarrier
from tests.wire import captured

SOUND = bytes([1]) * 800  # 100 ms


async def heard(carrier: FarCarrier) -> list[Heard]:
    """All that comes over the leg until the line is gone."""
    came: list[Heard] = []
    carrier.drop()
    await carrier.leg().hear(came.append)
    return came


def points(reached: Sequence[Point]) -> list[tuple[float, str | None]]:
    return [(point.position_ms, point.utterance_id) for point in reached]


async def test_what_comes_comes_as_values() -> None:
    """Sound, keys and the end, in their order; what means nothing to anybody is not handed over."""
    carrier = FarCarrier()
    carrier.deliver(captured.twilio("connected"))
    carrier.say(b"\x01" * 160)
    carrier.press("#")
    carrier.hang_up()
    sound, *rest = await heard(carrier)
    assert isinstance(sound, CallerSound)
    assert sound.ulaw == b"\x01" * 160
    assert rest == [KeyPressed(key="#"), "stopped"]


async def test_nothing_follows_a_broken_leg() -> None:
    """A flood of nonsense is told once, and then nobody listens to the rest."""
    carrier = FarCarrier()
    for _ in range(2000):
        carrier.deliver("nonsense")
    carrier.press("1")
    assert await heard(carrier) == ["broken"]


async def test_what_was_of_no_use_is_counted() -> None:
    """By kind."""
    carrier = FarCarrier()
    leg = carrier.leg()
    for message in ("nonsense", "nonsense", '{"event":"hologram"}'):
        carrier.deliver(message)
    carrier.drop()
    await leg.hear(lambda came: None)
    assert leg.dropped == Dropped(unreadable=2, unknown=1, repeated=0)


async def test_sound_is_followed_to_the_ear() -> None:
    """Each piece has a point, told when it was played; the position follows the clock."""
    carrier = FarCarrier()
    leg, came = carrier.leg(), list[Heard]()
    hearing = asyncio.create_task(leg.hear(came.append))
    leg.play(SOUND)
    leg.play(SOUND, ends="a")
    assert (leg.sent_ms, leg.idle) == (200.0, False)
    await asyncio.sleep(0.15)
    assert came == [Reached(point="1")]
    assert leg.position_ms() == pytest.approx(150, abs=1)
    assert leg.unproven_ms == 200.0
    assert points(leg.reached("1")) == [(100.0, None)]
    assert leg.unproven_ms == 100.0
    await asyncio.sleep(0.1)
    assert came == [Reached(point="1"), Reached(point="2")]
    assert points(leg.reached("2")) == [(200.0, "a")]
    assert (leg.idle, leg.ahead_ms()) == (True, 0.0)
    hearing.cancel()


@pytest.mark.parametrize("tell", [True, False])
async def test_what_was_not_heard_is_forgotten(tell: bool) -> None:
    """The carrier hears of it if it is told; its echo of what was cleared proves nothing."""
    carrier = FarCarrier()
    leg = carrier.leg()
    leg.play(SOUND, ends="a")
    await asyncio.sleep(0.04)
    assert leg.clear(tell=tell) == pytest.approx(40, abs=1)
    assert leg.sent_ms == pytest.approx(40, abs=1)
    assert len(carrier.commands(Clear)) == tell
    assert (leg.idle, leg.reached("1")) == (True, [])
    leg.clear(tell=True)  # nothing is there to be dropped
    assert len(carrier.commands(Clear)) == tell


async def test_an_utterance_without_sound_has_an_end() -> None:
    """A point alone, which comes back when all before it was played."""
    carrier = FarCarrier()
    leg = carrier.leg()
    leg.play(b"", ends="a")
    assert (len(carrier.commands(Media)), len(carrier.commands(MarkMessage))) == (0, 1)


async def test_a_line_that_is_gone_takes_everything_and_congests_nobody() -> None:
    """Whoever hears is told; whoever plays need not mind."""
    carrier = FarCarrier()
    leg = carrier.leg()
    carrier.takes = False
    assert leg.congested
    await leg.close(failed=True)
    assert carrier.closed_with == 1011
    leg.play(SOUND)
    assert not leg.congested
