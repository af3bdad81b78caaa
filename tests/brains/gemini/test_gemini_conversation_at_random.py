"""Whatever happens in whatever order, the wire is kept to."""

from collections.abc import Callable
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bot.brains.realtime import events as happened
from tests.brains.gemini.talk import NOW, SOUND, Talk

BLOB = {"mimeType": "audio/pcm;rate=24000", "data": SOUND}
SERVER: dict[str, dict[str, Any]] = {
    "sound": {"modelTurn": {"parts": [{"inlineData": BLOB}]}},
    "words": {"outputTranscription": {"text": "one "}},
    "both": {"modelTurn": {"parts": [{"inlineData": BLOB}]}, "outputTranscription": {"text": "a "}},
    "generated": {"generationComplete": True},
    "complete": {"turnComplete": True},
    "interrupted": {"interrupted": True},
    "heard": {"inputTranscription": {"text": "Yes. "}},
}
SHELL: dict[str, Callable[[Talk], Any]] = {
    "begins": lambda talk: talk.it.restart_turn(),
    "ends": lambda talk: talk.it.commit(NOW, NOW),
    "sound": lambda talk: talk.it.appended(20),
    "hold": lambda talk: talk.it.hold(),
    "take": lambda talk: talk.it.interrupted(speaking=True),
    "take over": lambda talk: talk.it.interrupted(),
    "give back": lambda talk: talk.it.given_back(),
    "say": lambda talk: talk.it.asking.say("A line."),
    "answer": lambda talk: talk.it.asking.answer(),
    "answer now": lambda talk: talk.it.asking.answer_now(),
    "note": lambda talk: talk.it.asking.note("A fact."),
    "keys": lambda talk: talk.it.keys_typed("keys_1", "[They typed 1.]", asks=True),
    "ask": lambda talk: talk.it.asking.ask(),
    "hush": lambda talk: talk.it.asking.hush(),
    "speak again": lambda talk: talk.it.asking.speak_again(),
    "clip": lambda talk: talk.it.playback.clip_played("clip", "A clip.", 500, first=True),
    "played": lambda talk: talk.hears_all(),
    "cut": lambda talk: talk.hears_all(400, interrupted=True),
    "presume": lambda talk: talk.it.presume_over(talk.it.cancelled_active),
    "lost": lambda talk: (talk.it.session_lost(), talk.drain(), talk.it.begin_again()),
}
STEP = st.sampled_from(
    [("server", name) for name in SERVER]
    + [("shell", name) for name in SHELL]
    + [("calls", ""), ("called off", ""), ("result", ""), ("handle", "")]
)


@given(st.lists(STEP, max_size=40))
def test_the_wire_is_kept_to(steps: list[tuple[str, str]]) -> None:
    """No content in an activity, marks in turn, one result for each call and none for others; and
    nothing comes that is not dealt with."""
    talk, made, open_calls = Talk(), 0, []
    wire = Wire()
    for kind, name in steps:
        match kind:
            case "server":
                talk.content(**SERVER[name])
            case "shell":
                SHELL[name](talk)
                if name == "lost":
                    wire.another()
            case "calls":
                made += 1
                talk.calls("book", f"f{made}", number=made)
            case "called off" if open_calls:
                talk.server({"toolCallCancellation": {"ids": open_calls[:1]}})
                wire.awaited.discard(open_calls[0])
            case "result" if open_calls:
                talk.it.function_result(open_calls.pop(0), {"ok": True}, speak=True)
            case "handle":
                told = {"newHandle": "h", "resumable": True}
                talk.server({"sessionResumptionUpdate": told})
        talk.drain()
        wire.awaited |= {f"f{made}"} if kind == "calls" else set()
        open_calls += [c.call_id for c in talk.of(happened.FunctionCalled)]
        talk.told = [e for e in talk.told if not isinstance(e, happened.FunctionCalled)]
        for message in talk.sent:
            wire.take(message)
        talk.sent.clear()
    assert not talk.it.failed


class Wire:
    """What may be sent, as the server has it; the session leaves out marks that say nothing new."""

    def __init__(self) -> None:
        self.activity = False
        self.awaited: set[str] = set()

    def another(self) -> None:
        """Another session."""
        self.activity = False
        self.awaited.clear()

    def take(self, message: dict[str, Any]) -> None:
        given = message.get("realtimeInput", {})
        if "activityStart" in given or "activityEnd" in given:
            self.activity = "activityStart" in given
        if "clientContent" in message:
            assert not self.activity
        for response in (message.get("toolResponse") or {}).get("functionResponses", []):
            assert response["id"] in self.awaited
            self.awaited.remove(response["id"])
