"""Processors: what a pipeline is made of, each in its own file, each with its place stated."""

from processors.goodbye import GoodbyeDetector
from processors.hangup import AutoHangup
from processors.interruption import InterruptionClear
from processors.limits import CallBudget, CallTimeLimit
from processors.silence import SilenceLadder
from processors.vad import SileroVAD
from processors.watchdog import AnswerWatchdog

__all__ = [
    "AnswerWatchdog",
    "AutoHangup",
    "CallBudget",
    "CallTimeLimit",
    "GoodbyeDetector",
    "InterruptionClear",
    "SilenceLadder",
    "SileroVAD",
]
