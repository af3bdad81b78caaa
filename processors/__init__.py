"""Processors: what a pipeline is made of, each in its own file, each with its place stated.

One is imported when it is first asked for: what only reads agents needs no Pipecat.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from processors.beep import BeepDetector
    from processors.goodbye import GoodbyeDetector
    from processors.hangup import AutoHangup
    from processors.hold_gate import HoldGate
    from processors.human_key import HumanKey
    from processors.human_words import HumanWords
    from processors.interruption import InterruptionClear
    from processors.key_presser import KeyPresser
    from processors.keypad import Keypad
    from processors.limits import CallBudget, CallTimeLimit
    from processors.machine import AnsweringMachine
    from processors.optout import OptOut
    from processors.recording import CallRecording
    from processors.said_and_done import SaidAndDone
    from processors.sensitive import SensitiveNumbers
    from processors.shield import NuisanceShield
    from processors.silence import SilenceLadder
    from processors.vad import SileroVAD
    from processors.watchdog import AnswerWatchdog

__all__ = [
    "AnswerWatchdog",
    "AnsweringMachine",
    "AutoHangup",
    "BeepDetector",
    "CallBudget",
    "CallRecording",
    "CallTimeLimit",
    "GoodbyeDetector",
    "HoldGate",
    "HumanKey",
    "HumanWords",
    "InterruptionClear",
    "KeyPresser",
    "Keypad",
    "NuisanceShield",
    "OptOut",
    "SaidAndDone",
    "SensitiveNumbers",
    "SilenceLadder",
    "SileroVAD",
]

_FILES = {
    "AnswerWatchdog": "watchdog",
    "AnsweringMachine": "machine",
    "AutoHangup": "hangup",
    "BeepDetector": "beep",
    "CallBudget": "limits",
    "CallRecording": "recording",
    "CallTimeLimit": "limits",
    "GoodbyeDetector": "goodbye",
    "HoldGate": "hold_gate",
    "HumanKey": "human_key",
    "HumanWords": "human_words",
    "InterruptionClear": "interruption",
    "KeyPresser": "key_presser",
    "Keypad": "keypad",
    "NuisanceShield": "shield",
    "OptOut": "optout",
    "SaidAndDone": "said_and_done",
    "SensitiveNumbers": "sensitive",
    "SilenceLadder": "silence",
    "SileroVAD": "vad",
}


def __getattr__(name: str) -> Any:
    if name not in _FILES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_FILES[name]}"), name)
