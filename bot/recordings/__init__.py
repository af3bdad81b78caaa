"""Recordings: whether a call may be recorded, the recording itself, and where it is kept."""

from bot.recordings.keeping import Recordings
from bot.recordings.notices import Notices
from bot.recordings.recorder import CallRecorder
from bot.recordings.storage import FolderStorage, Storage, open_storage

__all__ = [
    "CallRecorder",
    "FolderStorage",
    "Notices",
    "Recordings",
    "Storage",
    "open_storage",
]
