"""The protocol of one conversation: what is sent when, and what comes of the server's messages."""

from collections.abc import Callable

import pytest

from bot.brains.realtime import events as happened
from tests.brains.gemini.talk import NOW, Talk, texts


def test_a_line_is_asked_for_word_for_word_and_nudged() -> None:
    """Models from 3 on begin to speak only at an input in real time."""
    talk = Talk()
    talk.it.asking.say("Are you there?")
    talk.ask()
    content, nudge = talk.sent
    assert content["clientContent"]["turnComplete"]
    assert texts(content) == ['[Say exactly: "Are you there?" Say nothing else.]']
    assert nudge == {"realtimeInput": {"text": " "}}
    talk.says("Are you there?")
    talk.over()
    (line,) = talk.of(happened.LineSpoken)
    assert (line.text, line.transcript) == ("Are you there?", "Are you there?")


def test_notes_wait_for_the_next_question_of_ours() -> None:
    """A message in between would stop what the model says."""
    talk = Talk()
    talk.greets()
    talk.it.asking.note("It rains.")
    talk.drain()
    assert not any(texts(message) for message in talk.sent)
    talk.it.asking.answer()
    talk.ask()
    assert talk.last_words == ["[It rains.]", "[It is your turn: answer now.]"]


def test_notes_go_with_what_the_caller_says() -> None:
    """As text in real time: content there may end the session."""
    talk = Talk()
    talk.greets()
    talk.it.asking.note("It rains.")
    talk.it.restart_turn()
    talk.drain()
    assert talk.sent[-2:] == [
        {"realtimeInput": {"activityStart": {}}},
        {"realtimeInput": {"text": "[It rains.]"}},
    ]
    talk.it.asking.say("One moment.")
    talk.ask()
    assert not any("clientContent" in message for message in talk.sent)
    talk.it.commit(NOW, NOW)
    talk.drain()
    assert talk.it.asking.busy and talk.it.asking.waiting


def test_what_was_cut_is_told_once_and_kept_for_the_record() -> None:
    talk = Talk()
    talk.greets()
    talk.caller("Tell me.")
    talk.says("one two three four")
    talk.content(generationComplete=True)
    talk.over()
    talk.it.restart_turn()
    talk.it.interrupted(speaking=True)
    talk.hears_all(500, interrupted=True)
    said = talk.of(happened.AgentSaid)[-1]
    assert (said.text, said.interrupted) == ("one two", True)
    assert talk.last_words == [
        '[You were cut off. Of what you said last the caller has heard only: "one two"]'
    ]


def test_nothing_more_of_a_cut_answer_is_heard() -> None:
    """Until the server says that it is over; then the next one begins."""
    talk = Talk()
    talk.greets()
    talk.caller("Tell me.")
    talk.says("one")
    heard = talk.agent_sound
    talk.it.restart_turn()
    talk.it.interrupted(speaking=True)
    talk.says("two")
    assert talk.agent_sound == heard
    talk.content(interrupted=True)
    talk.over()
    talk.it.commit(NOW, NOW)
    talk.drain()
    talk.says("All right.")
    assert talk.agent_sound == heard + 1


def test_the_end_of_what_was_cut_is_not_the_end_of_the_next_answer() -> None:
    """It may come after the caller's next words: the answer to those is still awaited."""
    talk = Talk()
    talk.greets()
    talk.caller("Tell me.")
    talk.it.restart_turn()
    talk.it.interrupted(speaking=True)
    talk.it.commit(NOW, NOW)
    talk.drain()
    talk.over()
    assert talk.it.asking.busy and not talk.it.asking.waiting
    talk.says("All right.")
    assert talk.agent_sound == 2


def test_an_answer_to_a_nod_is_heard_by_nobody() -> None:
    talk = Talk()
    talk.greets()
    talk.caller("Tell me.")
    talk.says("A long story.")
    talk.content(generationComplete=True)
    talk.over()
    heard = talk.agent_sound
    talk.it.restart_turn()
    talk.it.hold()
    talk.it.commit(NOW, NOW)
    talk.drain()
    talk.content(inputTranscription={"text": "Uh-huh."})
    talk.says("You are welcome.")
    talk.over()
    assert talk.agent_sound == heard
    assert talk.of(happened.HeldWords) == [happened.HeldWords(text="Uh-huh.")]
    talk.it.given_back()
    talk.drain()
    assert talk.agent_sound == heard and not talk.it.asking.busy
    talk.it.asking.answer()
    talk.ask()
    assert any("You are welcome." in text and "not heard" in text for text in talk.last_words)


def test_an_answer_in_a_hold_is_heard_when_the_turn_is_theirs() -> None:
    talk = Talk()
    talk.greets()
    talk.it.restart_turn()
    talk.it.hold()
    talk.it.commit(NOW, NOW)
    talk.drain()
    talk.content(inputTranscription={"text": "Stop it."})
    talk.says("I stop.")
    heard = talk.agent_sound
    talk.it.interrupted()
    talk.drain()
    assert talk.agent_sound == heard + 1


def test_what_a_nod_has_cut_off_is_gone_on_with() -> None:
    """The mark of their speech has stopped it at the server."""
    talk = Talk()
    talk.greets()
    talk.caller("Tell me.")
    talk.says("A long")
    talk.it.restart_turn()
    talk.it.hold()
    talk.content(interrupted=True)
    talk.over()
    talk.it.commit(NOW, NOW)
    talk.drain()
    talk.content(inputTranscription={"text": "Uh-huh."})
    talk.says("You are welcome.")
    talk.it.given_back()
    talk.drain()
    talk.ask()
    assert "broke off in the middle" in talk.last_words[0]


# -- functions ------------------------------------------------------------------------------------


def test_a_result_is_spoken_of_when_the_model_is_idle() -> None:
    talk = Talk()
    talk.caller("Book it.")
    talk.calls("book", day="Tuesday")
    talk.over()
    (call,) = talk.of(happened.FunctionCalled)
    assert (call.name, call.arguments, call.wordless) == ("book", '{"day":"Tuesday"}', True)
    talk.it.function_result("f1", {"ok": True}, speak=True)
    talk.drain()
    assert talk.sent[-1] == {
        "toolResponse": {
            "functionResponses": [
                {
                    "id": "f1",
                    "name": "book",
                    "response": {"output": {"ok": True}},
                    "scheduling": "WHEN_IDLE",
                    "willContinue": False,
                }
            ]
        }
    }
    assert talk.it.asking.busy


def test_a_result_may_be_spoken_of_in_the_turn_of_the_call() -> None:
    """No other answer is waited for; but one is to a result that came after what was said."""
    talk = Talk()
    for call_id, owed in (("f1", False), ("f2", True)):
        talk.caller("Book it.")
        talk.calls("book", call_id)
        if owed:
            talk.says("One moment.")
        talk.it.function_result(call_id, {"ok": call_id}, speak=True)
        talk.drain()
        if not owed:
            talk.says("It is booked.")
        assert talk.it.asking.busy
        talk.over()
        assert talk.it.asking.busy is owed


def test_of_two_results_the_last_is_spoken_of() -> None:
    talk = Talk()
    talk.caller("Book both.")
    talk.calls("book", "f1")
    talk.calls("book", "f2", day="Friday")
    talk.over()
    for call_id in ("f1", "f2"):
        talk.it.function_result(call_id, {"ok": True}, speak=True)
    talk.drain()
    responses = [
        m["toolResponse"]["functionResponses"][0] for m in talk.sent if "toolResponse" in m
    ]
    assert [each["scheduling"] for each in responses] == ["SILENT", "WHEN_IDLE"]


def test_a_call_that_is_called_off_is_told_by_a_note_and_not_spoken_of() -> None:
    talk = Talk()
    talk.caller("Book it.")
    talk.calls("book")
    talk.over()
    talk.it.restart_turn()
    talk.server({"toolCallCancellation": {"ids": ["f1"]}})
    talk.it.commit(NOW, NOW)
    talk.it.function_result("f1", {"reference": "A1"}, speak=True)
    talk.drain()
    assert not any("toolResponse" in message for message in talk.sent)
    assert not talk.it.asking.waiting
    talk.says("All right.")
    talk.over()
    talk.it.asking.answer()
    talk.ask()
    assert any('{"reference":"A1"}' in text for text in talk.last_words)


def test_a_function_of_an_answer_that_was_cut_is_not_run() -> None:
    talk = Talk()
    talk.caller("Book it.")
    talk.says("I will.")
    talk.it.interrupted()
    talk.calls("book")
    assert talk.of(happened.FunctionCalled) == []
    (refused,) = talk.sent[-1]["toolResponse"]["functionResponses"]
    assert "error" in refused["response"]["output"] and refused["scheduling"] == "SILENT"


# -- answers without anything ---------------------------------------------------------------------


def test_an_empty_answer_is_asked_for_twice_more() -> None:
    talk = Talk()
    talk.caller("Hello?")
    for _ in range(2):
        talk.over()
        assert talk.it.asking.waiting
        talk.ask()
    talk.over()
    assert not (talk.it.asking.waiting or talk.it.asking.busy)


def test_an_answer_that_is_cut_again_and_again_is_given_up() -> None:
    """And tried as often again when the next one has come to its end."""
    talk = Talk()
    for _ in range(2):
        talk.caller("Hello?")
        talk.says("All right.")
        talk.over()
        talk.it.asking.say("Are you there?")
        talk.ask()
        for _ in range(3):
            talk.content(interrupted=True)
            talk.over()
            talk.says("Are")
            talk.content(interrupted=True)
            talk.over()
            assert talk.it.asking.waiting
            talk.ask()
        talk.says("Are")
        talk.content(interrupted=True)
        talk.over()
        assert not (talk.it.asking.waiting or talk.it.asking.busy)


def test_sound_without_a_sound_is_none() -> None:
    talk = Talk()
    talk.caller("Hello?")
    talk.says("Hm.", sound="A" * 400)
    talk.over()
    assert talk.it.asking.waiting


def test_a_model_that_waits_for_more_is_not_asked_again() -> None:
    talk = Talk()
    talk.caller("My number is")
    talk.over(turnCompleteReason="NEED_MORE_INPUT")
    assert not (talk.it.asking.waiting or talk.it.asking.busy)


# -- the caller's words ---------------------------------------------------------------------------


def test_words_that_come_after_the_answer_are_told_apart() -> None:
    talk = Talk()
    talk.caller("Tell me")
    talk.says("Yes.")
    talk.content(inputTranscription={"text": " a story."})
    talk.over()
    told = [(said.key, said.text) for said in talk.of(happened.CallerSaid)]
    assert told == [("heard_1", "Tell me"), ("heard_1_1", "a story.")]


def test_words_of_the_model_may_come_after_its_sound() -> None:
    talk = Talk()
    talk.caller("Hello?")
    talk.says("one")
    talk.content(generationComplete=True)
    talk.content(outputTranscription={"text": " two"})
    talk.over()
    talk.hears_all()
    assert talk.of(happened.AgentSaid)[-1].text == "one two"


# -- hushed ---------------------------------------------------------------------------------------


def test_a_hushed_agent_says_only_what_is_asked_for() -> None:
    talk = Talk()
    talk.it.asking.hush()
    talk.caller("Please leave a message.")
    talk.says("Hello!")
    talk.over()
    assert talk.agent_sound == 0
    talk.it.asking.say("Call us back.")
    talk.ask()
    talk.says("Call us back.")
    assert talk.agent_sound == 1


# -- sessions -------------------------------------------------------------------------------------


def told_again(talk: Talk) -> list[str]:
    talk.it.session_lost()
    talk.drain()
    talk.sent.clear()
    talk.it.begin_again()
    talk.drain()
    return [text for message in talk.sent for text in texts(message)]


def lived() -> Talk:
    """A greeting, a handle of that, and a turn of each side after it."""
    talk = Talk()
    talk.greets()
    talk.server({"sessionResumptionUpdate": {"newHandle": "h1", "resumable": True}})
    talk.caller("Tell me.")
    talk.says("A story.")
    talk.over()
    talk.hears_all()
    talk.server({"sessionResumptionUpdate": {"newHandle": "", "resumable": False}})
    return talk


def test_another_session_is_told_all_of_it() -> None:
    talk = lived()
    assert told_again(talk) == ["Hello there.", "Tell me.", "A story."]
    assert talk.sent[0]["clientContent"]["turnComplete"]


def test_one_that_goes_on_is_told_what_came_since() -> None:
    talk = lived()
    assert (talk.resumption.handle, talk.resumption.stamp) == ("h1", 1)
    talk.resumption.opened(resumed=True, stamp=1)
    assert told_again(talk) == ["Tell me.", "A story."]
    assert not talk.sent[0]["clientContent"]["turnComplete"]


def test_what_waited_in_a_hold_goes_with_its_session() -> None:
    """Another one answers anew."""
    talk = lived()
    nods_in_a_hold(talk)
    told_again(talk)
    heard = talk.agent_sound
    talk.it.interrupted()
    talk.drain()
    assert talk.agent_sound == heard


def test_the_end_of_a_session_is_foretold() -> None:
    talk = Talk()
    talk.server({"goAway": {"timeLeft": "9.5s"}})
    assert talk.told == [happened.SessionEnds(in_secs=9.5)]


def test_the_summary_is_a_functions_argument() -> None:
    talk = lived()
    talk.it.asking.summarise("As JSON.")
    talk.drain()
    assert "hand_in_summary" in talk.last_words[-1] and "As JSON." in talk.last_words[-1]
    talk.calls("hand_in_summary", text='{"result": "done"}')
    assert talk.of(happened.SummaryMade) == [happened.SummaryMade(text='{"result": "done"}')]


def test_a_summary_that_is_spoken_will_do() -> None:
    talk = lived()
    heard = talk.agent_sound
    talk.it.asking.summarise("In a sentence.")
    talk.drain()
    talk.says("They wanted a story.")
    talk.over()
    assert talk.agent_sound == heard
    assert talk.of(happened.SummaryMade) == [happened.SummaryMade(text="They wanted a story.")]


def nods_in_a_hold(talk: Talk) -> None:
    """The answer to that waits."""
    talk.it.hold()
    talk.caller("Uh-huh.")
    talk.says("You are welcome.")


@pytest.mark.parametrize(
    "before",
    [
        lambda talk: None,
        lambda talk: talk.it.restart_turn(),
        lambda talk: talk.caller("And another."),
        nods_in_a_hold,
    ],
    ids=["in silence", "as they speak", "as they wait", "in a hold"],
)
@pytest.mark.parametrize(
    "after",
    [
        lambda talk: None,
        lambda talk: talk.it.interrupted(),
        lambda talk: (talk.it.restart_turn(), talk.it.commit(NOW, NOW)),
        lambda talk: (talk.it.hold(), talk.it.given_back()),
        lambda talk: talk.it.given_back(),
        lambda talk: talk.it.asking.answer_now(),
        lambda talk: talk.it.asking.say_instead("Hello?"),
        lambda talk: (talk.says("Wel"), talk.content(interrupted=True), talk.over()),
    ],
    ids=["nothing", "lost", "spoken", "held", "given back", "nudged", "a line", "cut"],
)
def test_whatever_happens_at_the_end_the_summary_comes(
    before: Callable[[Talk], object], after: Callable[[Talk], object]
) -> None:
    """The carrier ends the stream while the summary is asked for: nothing calls it off."""
    talk = lived()
    before(talk)
    talk.drain()
    talk.it.asking.summarise("As JSON.")
    talk.drain()
    after(talk)
    talk.drain()
    marks = [m["realtimeInput"] for m in talk.sent if "realtimeInput" in m]
    assert sum("activityStart" in m for m in marks) == sum("activityEnd" in m for m in marks)
    assert "hand_in_summary" in talk.last_words[-1]
    talk.calls("hand_in_summary", text="{}")
    assert talk.of(happened.SummaryMade) == [happened.SummaryMade(text="{}")]


def test_the_end_of_the_line_interrupts_no_summary() -> None:
    talk = lived()
    talk.it.asking.summarise("As JSON.")
    assert not talk.it.interrupted()


def test_what_cannot_be_read_is_counted_and_changes_nothing() -> None:
    talk = Talk()
    for message in (
        {"serverContent": []},
        {"serverContent": {"turnComplete": "yes"}},
        {"toolCall": {"functionCalls": [{"name": "book"}]}},
        {"usageMetadata": {"promptTokenCount": -1}},
    ):
        talk.it.server_event(message, NOW)
    talk.it.server_event({"mood": {}}, NOW)
    assert (talk.it.malformed, talk.it.unknown) == (4, 1)
    assert not talk.it.happened
