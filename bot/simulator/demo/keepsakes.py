"""What is left of a call for people to read and listen to."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.simulator.demo.service import ServiceProcess
from bot.simulator.recording import Heard, stereo_wav


@dataclass(frozen=True, kw_only=True)
class Keepsakes:
    """Files of one call."""

    transcript: Path  # as `trunkline calls show` prints it
    record: Path  # as GET /calls/{id} answers
    recording: Path  # WAV: left the other side, right the agent


async def keep(
    service: ServiceProcess, record: Mapping[str, Any], heard: Heard, *, folder: Path, name: str
) -> Keepsakes:
    """Writes the files of one call into `folder`."""
    kept = Keepsakes(
        transcript=folder / f"{name}.txt",
        record=folder / f"{name}.json",
        recording=folder / f"{name}.wav",
    )
    kept.recording.write_bytes(await asyncio.to_thread(stereo_wav, heard))
    kept.record.write_text(json.dumps(record, indent=2, ensure_ascii=False) + "\n", "utf-8")
    kept.transcript.write_text(await service.transcript(str(record["id"])), "utf-8")
    return kept
