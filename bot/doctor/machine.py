"""The machine: room on its disks, its clock, and the versions of what is installed."""

import os
import platform
import re
import shutil
from collections.abc import Iterable, Sequence
from datetime import datetime
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path

from bot.doctor.finding import Finding, not_checked, ok, warning, wrong
from bot.store import nearest_folder

FULL_BYTES = 200 * 1024**2  # an hour of calls with their recordings and the log of a database
NEARLY_FULL_BYTES = 2 * 1024**3
LATE_SECS = 10.0  # the carrier tells whole seconds, and its answer travels
WRONG_SECS = 120.0  # calling hours are kept by this clock, and links and tokens expire by it
_PINNED = re.compile(r"([A-Za-z0-9._-]+)==([^;\s]+)$")


async def disks(places: Iterable[tuple[str, Path]]) -> Sequence[Finding]:
    """Room where things are kept, `places` with what they hold; each disk once."""
    holds: dict[int, tuple[list[str], Path]] = {}
    for what, place in places:
        folder = place if place.is_dir() else nearest_folder(place)
        holds.setdefault(os.stat(folder).st_dev, ([], folder))[0].append(what)
    return [_disk(" and ".join(whats), folder) for whats, folder in holds.values()]


def _disk(what: str, folder: Path) -> Finding:
    free = shutil.disk_usage(folder).free
    seen = f"{_size(free)} are free where {what} are kept ({folder})"
    do = "make room there, or keep things for fewer days (the RETENTION_ settings)"
    if free < FULL_BYTES:
        return wrong("disk", seen, do)
    return warning("disk", seen, do) if free < NEARLY_FULL_BYTES else ok("disk", seen)


def _size(count: int) -> str:
    return f"{count / 1024**3:.1f} GB" if count >= 1024**3 else f"{count / 1024**2:.0f} MB"


def clock(told: datetime | None, now: datetime) -> Finding:
    """This machine's clock beside that of the carrier, which answered at about `now`."""
    if told is None:
        do = "compare this machine's clock with another one"
        return not_checked("clock", "the carrier did not tell what time it is", do)
    behind = (told - now).total_seconds()
    off = abs(behind)
    if off < LATE_SECS:
        return ok("clock", "this machine's clock agrees with the carrier's")
    side = "behind" if behind > 0 else "ahead of"
    seen = f"this machine's clock is {off:.0f} s {side} the carrier's"
    do = "let the machine's clock be set over the network: `timedatectl set-ntp true`"
    return wrong("clock", seen, do) if off > WRONG_SECS else warning("clock", seen, do)


async def versions() -> Sequence[Finding]:
    """What is installed, beside what this version was tried with."""
    try:
        pinned = requires("trunkline") or []
    except PackageNotFoundError:
        do = "install it as the README says: pip install ."
        return [not_checked("versions", "trunkline is not installed as a package", do)]
    return [_versions(pinned)]


def _versions(pinned: Iterable[str]) -> Finding:
    others = []
    for name, wanted in (found.groups() for each in pinned if (found := _PINNED.match(each))):
        there = _installed(name)
        if there != wanted:
            others.append(f"{name} is {there or 'missing'} where {wanted} is needed")
    if others:
        return wrong("versions", "; ".join(others), "install again: pip install --upgrade .")
    told = f"Trunkline {version('trunkline')}, Pipecat {_installed('pipecat-ai')}"
    return ok("versions", f"{told}, Python {platform.python_version()}")


def _installed(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""
