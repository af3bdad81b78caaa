"""Looks whether the model's side, the carrier and the database take us: when the service starts,
and again while one of them does not.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping

from loguru import logger

from bot.brains import KeyRefused, ModelError, ModelNotThere
from bot.calls.troubles import CARRIER, DATABASE, Troubles, key_of
from bot.carriers import Carrier, CarrierError
from bot.store import Store, StoreError

LOOK_SECS = 5.0  # for one question: calls wait for none of them
DATABASE_EVERY_SECS = 5.0  # a question that takes a millisecond
AGAIN_EVERY_TURNS = 6  # of those: what costs somebody else's time


class Watch:
    """Tells `Troubles` what it finds."""

    def __init__(
        self,
        *,
        troubles: Troubles,
        store: Store,
        carrier: Carrier,
        check_model: Callable[[str, str], Awaitable[None]],  # raises ModelError
        # By brain and name, whether agents that answer the phone speak with it.
        models: Mapping[tuple[str, str], bool],
        # Those that calls can do without: their agents have another.
        spared: Collection[tuple[str, str]] = (),
    ) -> None:
        self.looked = asyncio.Event()  # once at all of them
        self._troubles = troubles
        self._store = store
        self._carrier = carrier
        self._check_model = check_model
        self._models = models
        self._spared = frozenset(spared)

    async def run(self) -> None:
        """Watches until cancelled."""
        turn = 0
        while True:
            if turn % AGAIN_EVERY_TURNS == 0:
                await self._look(everywhere=turn == 0)
                self.looked.set()
            await asyncio.sleep(DATABASE_EVERY_SECS)
            await self._look_at_database()
            turn += 1

    async def _look(self, *, everywhere: bool) -> None:
        """At all of them, or at those that were in trouble."""
        async with asyncio.TaskGroup() as looks:
            if everywhere or CARRIER in self._troubles:
                looks.create_task(self._look_at_carrier())
            for brain, model in self._models:
                about = key_of(brain), _subject(model)
                if everywhere or any(subject in self._troubles for subject in about):
                    looks.create_task(self._look_at_model(brain, model))

    async def _look_at_model(self, brain: str, model: str) -> None:
        try:
            async with asyncio.timeout(LOOK_SECS):
                await self._check_model(brain, model)
        except KeyRefused as refused:
            if (brain, model) in self._spared:
                logger.warning(
                    "{}: {}; its agents have another brain",
                    key_of(brain),
                    refused,
                    event="model_not_there",
                )
            else:
                self._troubles.model_refused(refused, brain=brain)
        except ModelNotThere as refused:
            self._troubles.over(key_of(brain))  # it could say so much
            self._lacks(model, str(refused), answers=self._models[brain, model])
        except (ModelError, TimeoutError) as error:
            logger.warning(
                "the model's side cannot be reached: {}; calls will try again",
                _told(error),
                event="model_unreachable",
            )
        else:
            self._troubles.over(key_of(brain))
            self._troubles.over(_subject(model))

    def _lacks(self, model: str, why: str, *, answers: bool) -> None:
        remedy = "choose another in the agents' files, or let the key use it"
        if answers:
            self._troubles.found(_subject(model), why, remedy=remedy)
        else:
            logger.warning("{}: {}", why, remedy, event="model_not_there")

    async def _look_at_carrier(self) -> None:
        try:
            async with asyncio.timeout(LOOK_SECS):
                await self._carrier.find()
        except CarrierError as error:
            if error.fault == "ours":
                self._troubles.found(CARRIER, str(error))
            else:
                self._unreachable(error)
        except TimeoutError as error:
            self._unreachable(error)
        else:
            self._troubles.over(CARRIER)

    def _unreachable(self, error: Exception) -> None:
        logger.warning(
            "the carrier's API cannot be asked: {}; calls will try again",
            _told(error),
            event="carrier_unreachable",
        )

    async def _look_at_database(self) -> None:
        try:
            async with asyncio.timeout(LOOK_SECS):
                await self._store.ping()
        except StoreError as error:
            self._troubles.found(DATABASE, str(error))
        except TimeoutError:
            self._troubles.found(DATABASE, f"no answer within {LOOK_SECS:g} s")
        else:
            self._troubles.over(DATABASE)


def _subject(model: str) -> str:
    return f"the model {model}"


def _told(error: Exception) -> str:
    return str(error) or f"no answer within {LOOK_SECS:g} s"
