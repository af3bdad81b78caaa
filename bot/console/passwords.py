"""Passwords as argon2 hashes. Hashing takes a thread and tens of milliseconds: one at a time, below
all else that the machine does, and never on the event loop.
"""

import asyncio
import os
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

T = TypeVar("T")

SHORTEST, LONGEST = 10, 200  # characters; a long one costs time
MOST_WAITING = 8  # whoever comes after them is asked to try again
_NICE = 10

# OWASP's choice for one thread: more lanes would take more than one core from the calls.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


class TooBusy(Exception):
    """Too many passwords are being checked already."""


class Passwords:
    """Makes and checks hashes, one after the other."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, "passwords", initializer=_step_back)
        self._waiting = 0
        # Checked for users that do not exist: the answer takes as long, and tells nothing.
        self._of_nobody = ""

    async def hash(self, password: str) -> str:
        """The hash to keep. Raises TooBusy."""
        return await self._run(_HASHER.hash, password)

    async def fits(self, password: str, kept: str | None) -> bool:
        """Whether this is the password of the hash; None or "": there is none. Raises TooBusy."""
        if not self._of_nobody:
            self._of_nobody = await self.hash(os.urandom(16).hex())
        fits = await self._run(_fits, password[:LONGEST], kept or self._of_nobody)
        return fits and bool(kept)

    def close(self) -> None:
        """Takes no more work."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    async def _run(self, work: Callable[..., T], *given: str) -> T:
        if self._waiting >= MOST_WAITING:
            raise TooBusy
        self._waiting += 1
        try:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._thread, work, *given)
        finally:
            self._waiting -= 1


def problem_with(password: str, *, name: str) -> str:
    """Why this may not be the password of this user; "": it may."""
    if len(password) < SHORTEST:
        return f"a password has {SHORTEST} characters or more: a few words do well"
    if len(password) > LONGEST:
        return f"a password has {LONGEST} characters at most"
    if name.lower() in password.lower() and len(password) < SHORTEST + len(name):
        return "a password is more than the name of its user"
    if len(set(password)) < 5:
        return "a password has more than a few different characters"
    return ""


def _fits(password: str, kept: str) -> bool:
    try:
        return _HASHER.verify(kept, password)
    except (VerificationError, InvalidHashError):
        return False


def _step_back() -> None:
    """The thread goes after those that carry sound; on Linux a thread has a niceness of its own."""
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICE)
