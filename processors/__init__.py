"""Processors: what a pipeline is made of, each in its own file, each with its place stated."""

from processors.beep import BeepDetector
from processors.goodbye import GoodbyeDetector
from processors.hangup import AutoHangup
from processors.human_key import HumanKey
from processors.interruption import InterruptionClear
from processors.keypad import Keypad
from processors.limits import CallBudget, CallTimeLimit
from processors.machine import AnsweringMachine
from processors.optout import OptOut
from processors.silence import SilenceLadder
from processors.vad import SileroVAD
from processors.watchdog import AnswerWatchdog

__all__ = [
    "AnswerWatchdog",
    "AnsweringMachine",
    "AutoHangup",
    "BeepDetector",
    "CallBudget",
    "CallTimeLimit",
    "GoodbyeDetector",
    "HumanKey",
    "InterruptionClear",
    "Keypad",
    "OptOut",
    "SilenceLadder",
    "SileroVAD",
]
