"""Calls against a server: begun one by one or together, held, ended."""

import asyncio

from tests.benchmarks.load.caller import Habits, LoadCaller
from tests.benchmarks.load.dial import Dialer, NotConnected
from tests.benchmarks.load.model import LoadModel
from tests.benchmarks.load.sound import MAX_CALLERS
from tests.benchmarks.load.tally import Tally

END_SECS = 5.0  # for the other side to close a stream that was stopped


class Exchange:
    """The callers of one run. They are numbered, because their markers are told apart by it."""

    def __init__(
        self,
        *,
        dialer: Dialer,
        tally: Tally,
        model: LoadModel | None = None,
        habits: Habits | None = None,
    ) -> None:
        """`model`: None where it is another's, which is told nothing of the callers."""
        self.tally = tally
        self._paired = model.callers if model is not None else {}
        self._dialer = dialer
        self._habits = habits or Habits()
        self._next_number = 0
        self._callers: dict[int, LoadCaller] = {}

    @property
    def talking(self) -> list[LoadCaller]:
        """Callers whose stream is open."""
        return [caller for caller in self._callers.values() if caller.talking]

    async def call(self) -> LoadCaller | None:
        """One more caller; None, and a note in the tally, when it does not come to a stream."""
        number = self._free_number()
        caller = LoadCaller(number=number, tally=self.tally, habits=self._habits)
        self._callers[number] = self._paired[number] = caller
        try:
            await self._dialer.dial(caller)
        except NotConnected as error:
            self.tally.calls_refused += 1
            self.tally.dropped_calls.append(str(error))
            del self._callers[number], self._paired[number]
            return None
        return caller

    async def ramp(self, calls: int, *, a_sec: float) -> None:
        """So many calls, evenly, each begun whether those before have got through or not."""
        begun = []
        for _ in range(calls):
            begun.append(asyncio.create_task(self.call()))
            await asyncio.sleep(1 / a_sec)
        await asyncio.gather(*begun)

    async def together(self, calls: int) -> None:
        """So many calls at one moment."""
        await asyncio.gather(*(self.call() for _ in range(calls)))

    async def hang_up(self, *callers: LoadCaller) -> None:
        """Ends these calls and waits until their streams are closed."""
        for caller in callers:
            caller.hang_up()
        waiting = [asyncio.create_task(caller.ended.wait()) for caller in callers]
        if waiting:
            _, late = await asyncio.wait(waiting, timeout=END_SECS)
            for task in late:
                task.cancel()
        for caller in callers:
            self._callers.pop(caller.number, None)
            self._paired.pop(caller.number, None)

    def _free_number(self) -> int:
        """Numbers go round, so that one just given up is not taken again at once."""
        for _ in range(MAX_CALLERS):
            number, self._next_number = self._next_number, (self._next_number + 1) % MAX_CALLERS
            if number not in self._callers:
                return number
        raise RuntimeError(f"no more than {MAX_CALLERS} callers can be told apart")
