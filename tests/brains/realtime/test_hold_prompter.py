"""How long a caller is asked to wait for a model that is away."""

import asyncio

import pytest

from bot.brains.realtime.hold_prompter import FILLER_AFTER_SECS, GIVE_UP_SECS, HoldPrompter


class Caller:
    """Waits in silence; `lines` says whether there is something to tell them."""

    def __init__(self, *, lines: bool, line_secs: float = 0.0) -> None:
        self.is_over = False
        self.owed = True
        self.silent_secs = 99.0
        self.told: list[int] = []
        self.given_up_at: float | None = None
        self._lines = lines
        self._line_secs = line_secs

    async def ask_to_wait(self, number: int) -> bool:
        self.told.append(number)
        await asyncio.sleep(self._line_secs)
        return self._lines

    async def give_up(self) -> None:
        self.given_up_at = asyncio.get_running_loop().time()
        self.is_over = True


def prompter_of(caller: Caller) -> HoldPrompter:
    return HoldPrompter(caller, start=lambda work, _: asyncio.create_task(work))


@pytest.mark.parametrize("lines", [True, False])
async def test_a_trouble_begins_when_it_begins(lines: bool) -> None:
    """However long ago the last one was: it has its time from its own first line on, also where
    the model was heard while the last line of the trouble before was still being said.
    """
    caller = Caller(lines=lines, line_secs=0.3)
    prompter = prompter_of(caller)
    for _ in range(3):
        prompter.late()
        await asyncio.sleep(0.2)  # in the middle of the line, or of the wait without one
        prompter.heard()
        await asyncio.sleep(GIVE_UP_SECS * 2)
    assert caller.told == [0, 0, 0]
    began = asyncio.get_running_loop().time()
    prompter.gone()
    await asyncio.sleep(GIVE_UP_SECS * 2)
    assert caller.given_up_at == pytest.approx(began + GIVE_UP_SECS, abs=1.5)


async def test_a_trouble_that_passed_unheard_is_over_too() -> None:
    """The model answered and nothing was owed any more: a minute later it has its time again."""
    caller = Caller(lines=True)
    prompter = prompter_of(caller)
    prompter.late()
    await asyncio.sleep(0.2)
    prompter.answers()
    await asyncio.sleep(60.0)
    prompter.late()
    await asyncio.sleep(FILLER_AFTER_SECS)
    assert caller.given_up_at is None
    assert not caller.is_over
    caller.is_over = True
