"""How far a model may go in calling functions, and when their results are answered."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.brains.realtime.function_rounds import (
    LONGEST_ARGUMENTS,
    MOST_DEFIANT,
    MOST_FUNCTIONS,
    MOST_IN_RESPONSE,
    MOST_ROUNDS,
    FunctionRounds,
)


class Model:
    """Calls functions, each in a response of its own unless it is told otherwise."""

    def __init__(self, rounds: FunctionRounds | None = None) -> None:
        self.rounds = rounds or FunctionRounds(always=("end_call",))
        self.calls = 0

    def call(
        self,
        name: str = "lookup_hours",
        arguments: str | None = None,
        *,
        response_id: str = "",
        words_only: bool = False,
    ) -> str:
        """Returns the error it is told; empty where the function is run, and has its result."""
        self.calls += 1
        call_id = f"call_{self.calls}"
        refusal = self.rounds.called(
            call_id,
            name,
            f'{{"n": {self.calls}}}' if arguments is None else arguments,
            response_id=response_id or f"resp_{self.calls}",
            words_only=words_only,
        )
        if refusal is None:
            self.rounds.answered(call_id, speak=True)
            return ""
        assert refusal["say"].startswith("Not done: ")
        return refusal["error"]


# -- it has to speak ------------------------------------------------------------------------------


def test_after_three_rounds_without_a_word_it_has_to_speak() -> None:
    """Until it does; then it may call functions as before."""
    model = Model()
    for number in range(MOST_ROUNDS * 2):
        assert model.rounds.must_speak == (number >= MOST_ROUNDS)
        assert model.call() == ""
    model.rounds.spoke()
    assert not model.rounds.must_speak


def test_words_in_between_begin_the_count_anew() -> None:
    """A caller who hears something is not left alone."""
    model = Model()
    for _ in range(MOST_ROUNDS * 3):
        model.rounds.spoke()
        model.call()
        assert not model.rounds.must_speak


def test_several_functions_of_one_response_are_one_round() -> None:
    """The caller waits once for all of them."""
    model = Model()
    for _ in range(MOST_IN_RESPONSE):
        model.call(response_id="resp_1")
    assert not model.rounds.must_speak


SAME = [
    ('{"day": "2026-11-24"}', '{"day":"2026-11-24"}', True),
    ('{"day": "x", "party": 2}', '{"party": 2, "day": "x"}', True),
    ("{}", "", True),
    ('{"day": "2026-11-24"}', '{"day": "2026-11-25"}', False),
    ('{"day": ', '{"day": ', True),
    ('{"day": ', '{"day":', False),
    ("1e999", "1e999", True),
    ("\ud800", "\ud800", True),
]


@pytest.mark.parametrize(("first", "second", "same"), SAME)
def test_the_same_call_twice_in_a_row_has_to_be_spoken_about(
    first: str, second: str, same: bool
) -> None:
    """However its arguments are written; it will not learn more by asking again."""
    model = Model()
    for arguments in (first, second):
        assert not model.rounds.must_speak
        model.call(arguments=arguments)
    assert model.rounds.must_speak == same


def test_the_same_call_is_no_repetition_where_something_came_between() -> None:
    """Another function, another name, or words: a caller may ask the same thing again."""
    model = Model()
    model.call("lookup_hours", "{}")
    model.call("find_slots", "{}")
    assert not model.rounds.must_speak
    model.rounds.spoke()
    model.call("find_slots", "{}")
    assert not model.rounds.must_speak


# -- refused --------------------------------------------------------------------------------------


def test_so_many_functions_are_run_at_once() -> None:
    """Of fifty bookings in one response most are refused; the next response has as many again."""
    model = Model()
    for response_id in ("resp_1", "resp_2"):
        errors = [model.call(response_id=response_id) for _ in range(50)]
        assert errors[:MOST_IN_RESPONSE] == [""] * MOST_IN_RESPONSE
        assert set(errors[MOST_IN_RESPONSE:]) == {"too_many_at_once"}
        assert model.rounds.must_speak


def test_so_many_functions_are_run_in_a_call() -> None:
    """Over all its responses; what ends the call is run all the same, and counts for none."""
    model = Model()
    for _ in range(MOST_FUNCTIONS):
        assert model.call("end_call") == ""
        assert model.call() == ""
        model.rounds.spoke()
    assert model.call() == "too_many_in_this_call"
    assert model.rounds.must_speak
    assert model.call("end_call") == ""


def test_an_agent_may_have_more_or_fewer() -> None:
    """As its file says."""
    model = Model(FunctionRounds(most_in_call=2))
    assert [model.call() for _ in range(3)] == ["", "", "too_many_in_this_call"]


def test_arguments_beyond_all_measure_are_refused() -> None:
    """The model is told, and may try again."""
    model = Model()
    assert model.call(arguments="x" * LONGEST_ARGUMENTS) == ""
    assert model.call(arguments="x" * (LONGEST_ARGUMENTS + 1)) == "too_long"
    assert not model.rounds.must_speak


def test_where_words_were_asked_for_no_function_is_run() -> None:
    """An endpoint that does not know `tool_choice`; what ends the call is run all the same."""
    model = Model()
    assert model.call(words_only=True) == "speak_first"
    assert model.call("end_call", words_only=True) == ""


@pytest.mark.parametrize("how", ["words asked for", "no more in this call"])
def test_a_model_that_goes_on_all_the_same_is_given_up(how: str) -> None:
    """It has been told often enough."""
    words_only = how == "words asked for"
    model = Model(FunctionRounds(most_in_call=60 if words_only else 1))
    model.call()
    for number in range(MOST_DEFIANT):
        assert not model.rounds.is_endless, number
        model.call(words_only=words_only)
        model.rounds.spoke()
    assert model.rounds.is_endless


# -- one answer to all results --------------------------------------------------------------------


def test_results_are_answered_when_all_are_there() -> None:
    """Once."""
    rounds = FunctionRounds()
    for call_id in ("call_1", "call_2"):
        rounds.called(call_id, "lookup_hours", call_id, response_id="resp_1", words_only=False)
    rounds.answered("call_1", speak=True)
    assert rounds.owed and not rounds.take_owed(under_way=None)
    rounds.answered("call_2", speak=False)
    assert rounds.take_owed(under_way=None)
    assert not rounds.take_owed(under_way=None)


def test_results_are_not_answered_before_the_response_that_called_is_over() -> None:
    """It may call more; another response's being under way is no reason to wait."""
    model = Model()
    model.call(response_id="resp_1")
    assert not model.rounds.take_owed(under_way="resp_1")
    assert model.rounds.take_owed(under_way="resp_2")


def test_a_session_that_is_lost_keeps_no_result_waiting() -> None:
    """The response that called has no end any more."""
    model = Model()
    model.call(response_id="resp_1")
    model.rounds.session_lost()
    assert model.rounds.take_owed(under_way="resp_1")


def test_what_was_refused_is_spoken_about_too() -> None:
    """Also where nothing was run."""
    model = Model(FunctionRounds(most_in_call=1))
    model.call()
    model.rounds.called_off()
    model.call()
    assert model.rounds.take_owed(under_way=None)


def test_a_result_that_nobody_is_to_speak_about_is_not_answered() -> None:
    """The call goes elsewhere."""
    rounds = FunctionRounds()
    rounds.called_in_its_stead("ours_1")
    rounds.answered("ours_1", speak=False)
    assert not rounds.take_owed(under_way=None)


@given(st.lists(st.sampled_from(["call", "result", "done", "interrupted", "lost"]), max_size=40))
def test_every_result_is_answered_once_or_the_caller_spoke(actions: list[str]) -> None:
    """Whatever comes in whatever order: nothing is answered early, and nothing stays owed."""
    rounds = FunctionRounds(most_in_call=10_000)
    waiting: list[str] = []
    active: str | None = None
    answers = 0
    for number, action in enumerate(actions):
        match action:
            case "call":
                active = active or f"resp_{number}"
                rounds.called(f"c{number}", "x", str(number), response_id=active, words_only=False)
                waiting.append(f"c{number}")
            case "result" if waiting:
                rounds.answered(waiting.pop(0), speak=True)
            case "done":
                active = None
            case "interrupted":
                rounds.called_off()
            case "lost":
                active = None
                rounds.session_lost()
        if rounds.take_owed(under_way=active):
            assert not waiting and active is None
            answers += 1
    assert answers <= len(actions)
    while waiting:
        rounds.answered(waiting.pop(), speak=True)
    rounds.take_owed(under_way=None)
    assert not rounds.owed
