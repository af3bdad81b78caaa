"""Which response is under way, and what is asked for next."""

from hypothesis import given
from hypothesis import strategies as st

from bot.brains.openai.responses import Responses, State, Wish


def begins(
    responses: Responses, response_id: str, *, ours: bool, answers_all: bool = True
) -> Wish | None:
    """A response starts; what the server knows is all there is to answer, unless told so."""
    wish = responses.created(response_id, ours=ours, answers_all=answers_all)
    if wish is None:
        responses.of(response_id).cancel()
    return wish


ANSWER = Wish(kind="answer")
LINE = Wish(kind="say", text="Are you still there?")


def test_one_at_a_time() -> None:
    """Nothing is asked while something is asked or under way."""
    responses = Responses()
    responses.wish(ANSWER)
    responses.wish(LINE)
    assert responses.next_to_ask() == ANSWER
    assert responses.next_to_ask() is None
    begins(responses, "resp_1", ours=True)
    assert (responses.active, responses.next_to_ask()) == (responses.of("resp_1"), None)
    responses.done("resp_1")
    assert responses.next_to_ask() == LINE


def test_two_answers_waiting_are_one() -> None:
    """What is new is answered once; lines are kept each for itself."""
    responses = Responses()
    for wish in (ANSWER, LINE, ANSWER, LINE):
        responses.wish(wish)
    asked = []
    while (wish := responses.next_to_ask()) is not None:
        asked.append(wish)
        begins(responses, f"resp_{len(asked)}", ours=True)
        responses.done(f"resp_{len(asked)}")
    assert asked == [ANSWER, LINE, LINE]


def test_a_conflict_puts_the_wish_back_to_the_front() -> None:
    """The order in which things were wanted is kept."""
    responses = Responses()
    responses.wish(LINE)
    responses.wish(ANSWER)
    responses.next_to_ask()
    begins(responses, "resp_server", ours=False)
    responses.refused(for_good=False)
    assert responses.next_to_ask() is None
    responses.done("resp_server")
    assert responses.next_to_ask() == LINE


def test_a_refusal_for_good_drops_the_wish() -> None:
    """What the server will never do is not asked for twice."""
    responses = Responses()
    responses.wish(LINE)
    responses.next_to_ask()
    responses.refused(for_good=True)
    assert (responses.busy, responses.next_to_ask()) == (False, None)


def test_cancelled_between_asking_and_beginning() -> None:
    """It is cancelled as it begins, and only that one."""
    responses = Responses()
    responses.wish(ANSWER)
    responses.next_to_ask()
    assert responses.call_off() is None
    responses.wish(LINE)
    assert begins(responses, "resp_1", ours=True) is None
    assert responses.of("resp_1").is_cancelled
    responses.done("resp_1")
    assert responses.next_to_ask() == LINE
    assert begins(responses, "resp_2", ours=True) == LINE


def test_called_off_and_then_refused_is_not_asked_again() -> None:
    """The caller has spoken since: what was wanted before them is not wanted any more."""
    responses = Responses()
    responses.wish(LINE)
    responses.next_to_ask()
    responses.call_off()
    responses.refused(for_good=False)
    assert (responses.busy, responses.next_to_ask()) == (False, None)


def test_a_response_of_the_servers_own_while_ours_is_called_off() -> None:
    """The new one answers the caller who cut in: it stays, ours is the one to drop."""
    responses = Responses()
    responses.wish(ANSWER)
    responses.next_to_ask()
    responses.call_off()
    assert begins(responses, "resp_server", ours=False) == ANSWER
    assert not responses.of("resp_server").is_cancelled


def test_a_cancelled_response_is_cancelled_once() -> None:
    """Asking twice would be an error."""
    responses = Responses()
    begins(responses, "resp_1", ours=False)
    assert responses.call_off() is responses.of("resp_1")
    responses.of("resp_1").cancel()
    assert responses.call_off() is None
    assert responses.busy


def test_an_answer_that_the_server_cannot_give_still_waits() -> None:
    """It began before it knew of the result that is to be answered."""
    responses = Responses()
    responses.wish(ANSWER)
    begins(responses, "resp_server", ours=False, answers_all=False)
    responses.done("resp_server")
    assert responses.next_to_ask() == ANSWER


def test_a_response_nobody_asked_for_is_called_off() -> None:
    """It carries our mark and stands for no wish."""
    responses = Responses()
    assert begins(responses, "resp_1", ours=True) is None
    assert responses.of("resp_1").is_cancelled


def test_the_end_of_another_response_frees_nothing() -> None:
    """A filler beside the conversation ends while an answer is under way."""
    responses = Responses()
    begins(responses, "resp_1", ours=False)
    responses.done("resp_aside")
    assert responses.active is responses.of("resp_1")


def test_what_was_asked_for_elsewhere_counts() -> None:
    """The opening is asked for when the session opens."""
    responses = Responses()
    responses.asked(LINE)
    assert responses.busy
    assert begins(responses, "resp_1", ours=True) == LINE


ACTIONS = st.lists(
    st.sampled_from(
        ["answer", "say", "ask", "ours", "server", "done", "cancel", "conflict", "refuse"]
    ),
    max_size=40,
)


@given(ACTIONS)
def test_a_free_session_with_wishes_always_asks(actions: list[str]) -> None:
    """Whatever happens in whatever order, nothing waits for ever and nothing runs twice."""
    responses = Responses()
    asked = False
    active: str | None = None
    for number, action in enumerate(actions):
        match action:
            case "answer":
                responses.wish(ANSWER)
            case "say":
                responses.wish(LINE)
            case "ask":
                wish = responses.next_to_ask()
                assert wish is None or not (asked or active)
                asked = asked or wish is not None
            case "ours" if asked and not active:
                active = f"resp_{number}"
                begins(responses, active, ours=True)
                asked = False
            case "server" if not active:
                active = f"resp_{number}"
                begins(responses, active, ours=False)
            case "done" if active:
                responses.done(active)
                active = None
            case "cancel":
                stopped = responses.call_off()
                assert stopped is None or stopped.id == active
            case "conflict" | "refuse" if asked:
                responses.refused(for_good=action == "refuse")
                asked = False
        assert responses.busy == bool(asked or active)
    if not responses.busy:
        responses.wish(ANSWER)
        assert responses.next_to_ask() is not None


def test_a_response_has_one_fate() -> None:
    """What was cancelled stays so, whatever comes of it later; what was withdrawn even more so."""
    response = Responses().of("resp_1")
    assert response.state is State.UNNOTICED
    response.begin()
    assert response.state is State.UNDER_WAY
    response.wait()
    assert (response.state, response.is_cancelled) == (State.WAITING, False)
    response.go_on()
    assert response.state is State.UNDER_WAY
    for change in (response.cancel, response.begin, response.go_on, response.cancel):
        change()
        assert (response.state, response.is_withdrawn) == (State.CANCELLED, False)
    for change in (response.withdraw, response.begin, response.go_on, response.cancel):
        change()
        assert response.state is State.WITHDRAWN
    assert response.is_cancelled


def test_another_response_of_the_same_name_has_brought_nothing() -> None:
    """A server may count anew."""
    responses = Responses()
    response = responses.of("resp_1")
    response.begin()
    response.has_words = response.has_sound = response.is_fruitful = True
    responses.done("resp_1")
    responses.of("resp_1").begin()
    assert not (response.is_over or response.has_words or response.has_sound)
    assert not response.is_fruitful
