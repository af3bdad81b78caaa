"""Where recordings are built and joined: the laws, the storage, the carrier's part."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.carriers.recordings import RecordingCarrier
from bot.recordings import Notices, Recordings, open_storage
from bot.recordings.words import WordTimes
from bot.store import Store
from config import Settings, SettingsError
from config.laws import DISCLOSURE, RECORDING, load_laws


@asynccontextmanager
async def open_recordings(
    settings: Settings, *, store: Store, carrier: RecordingCarrier
) -> AsyncIterator[Recordings]:
    """The recordings over an open store. Raises SettingsError."""
    folder = settings.var_dir / "recordings"
    try:
        storage = open_storage(settings.recordings, folder)
    except ValueError as error:
        raise SettingsError(str(error)) from error
    words = None
    if settings.recordings_words:
        try:
            words = WordTimes(
                store=store, storage=storage, folder=folder, model=settings.recordings_words
            )
        except ValueError as error:
            raise SettingsError(str(error)) from error
    recordings = Recordings(
        store=store,
        carrier=carrier,
        storage=storage,
        notices=Notices(recording=load_laws(RECORDING), disclosure=load_laws(DISCLOSURE)),
        folder=folder,
        leave_carrier=settings.recordings_leave_carrier,
        words=words,
    )
    try:
        yield recordings
    finally:
        await recordings.close()
