"""The toolbox has an answer for whatever the model asks and whatever a tool does."""

import asyncio
import json
from typing import Annotated, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools import (
    Business,
    CallControl,
    Facts,
    Refused,
    Tool,
    ToolAnswer,
    Toolbox,
    ToolCall,
    Unavailable,
    book_appointment,
    end_call,
    find_slots,
    lookup_hours,
    lookup_order,
    needs,
    press_keys,
    records,
    stop_asking,
    transfer_to_human,
    wait_on_line,
)
from tools.toolbox import LONGEST_ANSWER

ALL_TOOLS = (
    lookup_hours,
    lookup_order,
    find_slots,
    book_appointment,
    transfer_to_human,
    press_keys,
    wait_on_line,
    end_call,
)


class Shop:
    """A business that agrees to everything, and notes under which keys it was asked to book."""

    def __init__(self) -> None:
        self.keys: list[str] = []

    async def lookup_hours(self, day: object) -> Facts:
        return {"day": str(day)}

    async def lookup_order(self, order_id: str | None, email: str | None) -> Facts:
        return {"orders": [order_id, email]}

    async def find_slots(self, *args: object) -> Facts:
        return {"slots": []}

    async def book_appointment(self, *, idempotency_key: str, **told: object) -> Facts:
        self.keys.append(idempotency_key)
        return {"id": "A1"}


class Control:
    """The call's side of the port, noting what was asked of it."""

    def __init__(self, human_available: bool = True, keys_available: bool = True) -> None:
        self.human_available = human_available
        self.keys_available = keys_available
        self.people = {"billing": True, "lab": False}
        self.warm: frozenset[str] = frozenset()
        self.asking = False
        self.asked: list[tuple[str, ...]] = []

    def request_consultation(self, to: str, reason: str, brief: str) -> None:
        self.asked.append(("ask", to, reason, brief))

    def call_off_consultation(self) -> None:
        self.asked.append(("call off",))

    def request_end(self, summary: str) -> None:
        self.asked.append(("end", summary))

    def request_transfer(self, reason: str, to: str = "") -> None:
        self.asked.append(("transfer", reason, *([to] if to else [])))

    def request_keys(self, keys: str) -> None:
        self.asked.append(("keys", keys))


class People:
    """Nobody who minds being called."""

    async def opt_out(self, note: str) -> None:
        raise AssertionError


def toolbox(
    *tools: Tool,
    business: Business | None = None,
    control: CallControl | None = None,
    call_id: str = "call-1",
    deadline_secs: float = 0.2,
) -> Toolbox:
    return Toolbox(
        tools or ALL_TOOLS,
        business=business or Shop(),
        control=control or Control(),
        contacts=People(),
        call_id=call_id,
        deadline_secs=deadline_secs,
    )


def said(answer: ToolAnswer) -> str:
    assert not answer.ok
    assert answer.output["error"]
    return str(answer.output["say"])


async def test_hanging_up_is_asked_for_and_ends_the_talking() -> None:
    """`end_call` hands its summary to the call; the model does not speak after it."""
    control = Control()
    answer = await toolbox(control=control).run("end_call", '{"summary": "Booked."}', "m1")
    assert (answer.ok, answer.speak, control.asked) == (True, False, [("end", "Booked.")])


async def test_a_transfer_is_asked_for_and_ends_the_talking() -> None:
    """`transfer_to_human` hands its reason to the call; the model does not speak after it."""
    control = Control()
    answer = await toolbox(control=control).run("transfer_to_human", '{"reason": "Refund"}', "m1")
    assert (answer.ok, answer.speak, control.asked) == (True, False, [("transfer", "Refund")])


async def test_keys_are_asked_for_and_the_model_is_silent() -> None:
    """`press_keys` hands them to the call; what is no key is not asked for."""
    control = Control()
    answer = await toolbox(control=control).run("press_keys", '{"digits": "1w#"}', "m1")
    assert (answer.ok, answer.speak, control.asked) == (True, False, [("keys", "1w#")])
    answer = await toolbox(control=control).run("press_keys", '{"digits": "one"}', "m2")
    assert (answer.ok, len(control.asked)) == (False, 1)


async def test_keys_are_pressed_only_where_we_have_called() -> None:
    """The model is told so, and answers."""
    control = Control(keys_available=False)
    answer = await toolbox(control=control).run("press_keys", '{"digits": "1"}', "m1")
    assert (answer.ok, answer.speak, control.asked) == (False, True, [])


async def test_waiting_on_the_line_is_silence() -> None:
    """The model says nothing after it."""
    answer = await toolbox(control=Control()).run("wait_on_line", "{}", "m1")
    assert (answer.ok, answer.speak) == (True, False)


@pytest.mark.parametrize(
    ("to", "error", "asked"),
    [
        ("billing", None, [("transfer", "Refund", "billing")]),
        ("lab", "not_there_now", []),
        ("roof", "unknown_person", []),
    ],
)
async def test_a_transfer_to_a_name(to: str, error: str | None, asked: list[Any]) -> None:
    """Goes to those who are there, though nobody else takes calls; others are told to the model."""
    control = Control(human_available=False)
    arguments = f'{{"reason": "Refund", "to": "{to}"}}'
    answer = await toolbox(control=control).run("transfer_to_human", arguments, "m1")
    assert (answer.output.get("error"), control.asked) == (error, asked)


@pytest.mark.parametrize(
    ("human_available", "error"), [(True, "unknown_person"), (False, "nobody_available")]
)
async def test_a_transfer_where_no_names_are_left(human_available: bool, error: str) -> None:
    """The model leaves the name out only where that reaches somebody."""
    control = Control(human_available=human_available)
    control.people = {}
    arguments = '{"reason": "Refund", "to": "billing"}'
    answer = await toolbox(control=control).run("transfer_to_human", arguments, "m1")
    assert (answer.output["error"], control.asked) == (error, [])


@pytest.mark.parametrize(
    ("warm", "more", "asked"),
    [
        (
            True,
            '"brief": "Ann,  about a\\nrefund"',
            ("ask", "billing", "Refund", "Ann, about a refund"),
        ),
        (True, '"brief": null', ("ask", "billing", "Refund", "Refund")),
        (True, '"ask_first": false', ("transfer", "Refund", "billing")),
        (False, '"ask_first": true', ("ask", "billing", "Refund", "Refund")),
        (False, '"ask_first": null', ("transfer", "Refund", "billing")),
    ],
)
async def test_a_person_is_asked_first(warm: bool, more: str, asked: tuple[str, ...]) -> None:
    """As the agent's file says, unless the caller wishes it otherwise."""
    control = Control()
    control.warm = frozenset(["billing"] if warm else [])
    arguments = f'{{"reason": "Refund", "to": "billing", {more}}}'
    answer = await toolbox(control=control).run("transfer_to_human", arguments, "m1")
    assert (answer.ok, control.asked) == (True, [asked])


async def test_a_brief_is_short() -> None:
    """Ten seconds of speech, whatever the model writes."""
    control = Control()
    control.warm = frozenset(["billing"])
    arguments = f'{{"reason": "x", "to": "billing", "brief": "{"word " * 300}"}}'
    await toolbox(control=control).run("transfer_to_human", arguments, "m1")
    assert len(control.asked[0][3]) == 160


async def test_one_is_asked_at_a_time() -> None:
    """The model is told to wait. What is not under way is not stopped."""
    control = Control()
    control.warm, control.asking = frozenset(["billing"]), True
    arguments = '{"reason": "x", "to": "billing"}'
    tools = toolbox(transfer_to_human, stop_asking, control=control)
    answer = await tools.run("transfer_to_human", arguments, "m1")
    assert answer.output["error"] == "asking_already"
    assert (await tools.run("stop_asking", "{}", "m2")).ok
    assert control.asked == [("call off",)]
    control.asking = False
    again = toolbox(stop_asking, control=control)
    assert (await again.run("stop_asking", "{}", "m3")).output["error"] == "nobody_asked"


async def test_without_a_person_the_model_goes_on_talking() -> None:
    """Nobody to put through to: nothing is asked of the call, and the model says so."""
    control = Control(human_available=False)
    answer = await toolbox(control=control).run("transfer_to_human", '{"reason": "Refund"}', "m1")
    assert "Nobody" in said(answer)
    assert (answer.speak, control.asked) == (True, [])


@pytest.mark.parametrize(
    ("name", "arguments", "sentence"),
    [
        ("book_flight", "{}", "There is no such tool."),
        ("lookup_hours", "{", "must be valid JSON"),
        ("lookup_hours", "[]", "must be one JSON object"),
        ("lookup_hours", "null", "must be one JSON object"),
        ("lookup_hours", '{"day": "tomorrow"}', "day must be a date that exists, like 2026-11-24."),
        ("lookup_hours", '{"day": "2026-02-30"}', "day must be a date that exists"),
        ("lookup_hours", '{"day": 20261124}', "day must be a date"),
        ("lookup_hours", '{"city": "Rome"}', "lookup_hours takes only day."),
        ("lookup_order", "{}", "Ask the caller for the order number"),
        ("lookup_order", '{"order_id": 1042}', "order_id must be a valid string."),
        ("book_appointment", "", "name is missing. day is missing. time is missing."),
        (
            "book_appointment",
            '{"name": "", "day": "2026-11-24", "time": "25:00", "party": 0}',
            "name must have at least 1 character. time must be a time of the 24-hour clock, like "
            "19:45. party must be greater than or equal to 1. Mend this",
        ),
        (
            "book_appointment",
            '{"name": "D", "day": "2026-11-24", "time": 1945, "party": "four"}',
            "party must be a valid integer",
        ),
    ],
)
async def test_what_does_not_fit_is_answered_with_how_to_mend_it(
    name: str, arguments: str, sentence: str
) -> None:
    """Each kind of wrong arguments gives a sentence that names what is wrong."""
    assert sentence in said(await toolbox().run(name, arguments, "m1"))


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("19:45", "19:45:00"),
        ("19:45:00", "19:45:00"),
        ("7:45 pm", "19:45:00"),
        ("7 P.M.", "19:00:00"),
        ("12 am", "00:00:00"),
        ("12:30pm", "12:30:00"),
        ("9:05", "09:05:00"),
        ("7", None),
        ("13 pm", None),
        ("24:00", None),
        ("10:60", None),
        ("2026-11-24T19:45", None),
        ("19:45Z", None),
        ("", None),
    ],
)
async def test_a_time_is_understood_only_when_there_is_one_way_to(
    written: str, read: str | None
) -> None:
    """Twelve hours with their half, or twenty-four; never a bare number or another zone."""
    told: list[str] = []

    class Noting(Shop):
        async def book_appointment(self, *, idempotency_key: str, **wish: object) -> Facts:
            told.append(str(wish["time"]))
            return {"id": 1}

    arguments = f'{{"name": "D", "day": "2026-11-24", "time": "{written}"}}'
    answer = await toolbox(business=Noting()).run("book_appointment", arguments, "m1")
    assert answer.ok is (read is not None)
    assert told == ([read] if read else [])


async def test_null_and_empty_mean_not_given() -> None:
    """Models fill what they do not know with null or ""; an optional argument forgives it."""
    answer = await toolbox().run("lookup_hours", '{"day": ""}', "m1")
    assert answer.output == {"day": "None"}
    answer = await toolbox().run("lookup_order", '{"order_id": null, "email": "a@b.c"}', "m2")
    assert answer.output == {"orders": [None, "a@b.c"]}


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)
wishes = st.fixed_dictionaries(
    {},
    optional={
        name: json_values | st.sampled_from(["2026-11-24", "19:45", "7 pm", 4])
        for name in ("name", "day", "time", "party", "phone", "notes", "order_id", "summary", "x")
    },
)


@given(
    name=st.sampled_from([tool.__name__ for tool in ALL_TOOLS]) | st.text(),
    arguments=st.text(st.characters(codec=None)) | wishes.map(json.dumps),
    model_call_id=st.text(st.characters(codec=None)),
)
async def test_no_arguments_break_the_toolbox(
    name: str, arguments: str, model_call_id: str
) -> None:
    """Whatever stands in a function call, the answer is not empty and nothing is raised."""
    answer = await toolbox().run(name, arguments, model_call_id)
    assert answer.output
    assert answer.ok or said(answer)


async def test_the_key_is_of_the_call_and_the_models_call() -> None:
    """32 hex digits, the same for the same pair and different for any other."""
    keys = []
    for call_id, model_call_id in [("c1", "m1"), ("c1", "m1"), ("c1", "m2"), ("c2", "m1")]:
        shop = Shop()
        box = toolbox(business=shop, call_id=call_id)
        wish = '{"name": "D", "day": "2026-11-24", "time": "10:00"}'
        await box.run("book_appointment", wish, model_call_id)
        keys += shop.keys
    assert keys[0] == keys[1] and len(set(keys)) == 3
    assert all(len(key) == 32 and int(key, 16) >= 0 for key in keys)


async def test_a_booking_that_succeeded_is_not_asked_for_again() -> None:
    """The second call of the same booking is answered from the first, and says so."""
    shop = Shop()
    box = toolbox(business=shop)
    for model_call_id in ("m1", "m2"):
        wish = '{"name": "D", "day": "2026-11-24", "time": "10:00"}'
        answer = await box.run("book_appointment", wish, model_call_id)
    assert answer.ok and "note" in answer.output
    assert len(shop.keys) == 1


async def test_a_clear_no_is_not_held_against_the_next_attempt() -> None:
    """A refused booking asked for again is a new question: a table may have become free."""

    class Full(Shop):
        async def book_appointment(self, *, idempotency_key: str, **told: object) -> Facts:
            self.keys.append(idempotency_key)
            if len(self.keys) == 1:
                raise Refused("We are full.")
            return {"id": "A1"}

    shop = Full()
    box = toolbox(business=shop)
    wish = '{"name": "D", "day": "2026-11-24", "time": "10:00"}'
    assert (await box.run("book_appointment", wish, "m1")).output["reason"] == "We are full."
    assert (await box.run("book_appointment", wish, "m2")).output["appointment"] == {"id": "A1"}
    assert len(set(shop.keys)) == 2


async def test_a_doubt_lasts_until_the_business_has_answered() -> None:
    """An attempt that surely wrote nothing does not undo the doubt of the one before it."""

    class Shaky(Shop):
        async def book_appointment(self, *, idempotency_key: str, **told: object) -> Facts:
            self.keys.append(idempotency_key)
            if len(self.keys) < 3:
                raise Unavailable("no answer", maybe_done=len(self.keys) == 1)
            return {"id": "A1"}

    shop = Shaky()
    box = toolbox(business=shop)
    wish = '{"name": "D", "day": "2026-11-24", "time": "10:00"}'
    assert "NOT confirmed" in said(await box.run("book_appointment", wish, "m1"))
    assert "NOT confirmed" in said(await box.run("book_appointment", wish, "m2"))
    assert (await box.run("book_appointment", wish, "m3")).ok
    assert len(shop.keys) == 3 and len(set(shop.keys)) == 1


async def crash(call: ToolCall) -> ToolAnswer:
    """Fails."""
    raise RuntimeError("a bug")


async def say_nothing(call: ToolCall) -> ToolAnswer:
    """Answers with nothing."""
    return ToolAnswer(output={})


async def not_json(call: ToolCall) -> ToolAnswer:
    """Answers with what is not JSON."""
    return ToolAnswer(output={"a": {1, 2}})


async def give_up(call: ToolCall) -> ToolAnswer:
    """Raises a TimeoutError of its own."""
    raise TimeoutError


@pytest.mark.parametrize("tool", [crash, say_nothing, not_json, give_up])
async def test_a_tool_with_a_bug_is_answered_for(tool: Tool) -> None:
    """The caller hears a sentence; the author finds the traceback in the log."""
    assert "went wrong" in said(await toolbox(tool).run(tool.__name__, "{}", "m1"))


async def test_a_write_with_a_bug_is_in_doubt() -> None:
    """It may have written before it failed: the model neither promises nor denies."""

    @records()
    async def write(call: ToolCall) -> ToolAnswer:
        """Writes, perhaps."""
        raise RuntimeError("a bug")

    assert "NOT confirmed" in said(await toolbox(write).run("write", "{}", "m1"))


@pytest.mark.parametrize("ok", [True, False])
async def test_an_answer_that_nobody_could_listen_to_is_not_told(ok: bool) -> None:
    """Whether it was done is: what was written must not be taken for undone."""

    @records()
    async def write(call: ToolCall) -> ToolAnswer:
        """Writes, and tells all about it."""
        return ToolAnswer(output={"told": "x" * LONGEST_ANSWER}, ok=ok)

    answer = await toolbox(write).run("write", "{}", "m1")
    assert answer.ok == ok
    assert str(answer.output["note"]).startswith("It was done" if ok else "It was not done")


async def test_a_lookup_is_cancelled_at_its_deadline() -> None:
    """Nobody waits for it any more, so it does not go on."""
    ended = asyncio.Event()

    async def wait(call: ToolCall) -> ToolAnswer:
        """Waits for ever."""
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()
        raise AssertionError

    assert "too long" in said(await toolbox(wait, deadline_secs=0.05).run("wait", "{}", "m1"))
    assert ended.is_set()


async def test_finishing_gives_up_on_a_write_that_never_ends() -> None:
    """After `within_secs` the attempt is cancelled: a call leaves nothing running behind."""
    ended = asyncio.Event()

    @records()
    async def write(call: ToolCall) -> ToolAnswer:
        """Writes for ever."""
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()
        raise AssertionError

    box = toolbox(write, deadline_secs=0.05)
    assert "NOT confirmed" in said(await box.run("write", "{}", "m1"))
    assert not ended.is_set()
    await box.finish(within_secs=0.05)
    assert ended.is_set()
    assert len(asyncio.all_tasks()) == 1


async def test_a_tool_is_told_the_calls_language_and_key() -> None:
    """`ToolCall` carries what a tool cannot get from its arguments."""
    seen: list[ToolCall] = []

    async def look(call: ToolCall) -> ToolAnswer:
        """Looks."""
        seen.append(call)
        return ToolAnswer(output={"seen": True})

    people = People()
    box = Toolbox(
        [look],
        business=Shop(),
        control=Control(),
        contacts=people,
        call_id="c",
        language="de",
        variables={"name": "Ann"},
    )
    await box.run("look", "", "m1")
    assert seen[0].language == "de" and len(seen[0].idempotency_key) == 32
    assert (seen[0].contacts, seen[0].variables) == (people, {"name": "Ann"})


def test_a_tool_without_words_for_the_model_is_refused() -> None:
    """Its author is told at start-up which words are missing."""

    async def silent(call: ToolCall) -> ToolAnswer:
        raise AssertionError

    async def vague(call: ToolCall, *, day: Any) -> ToolAnswer:
        """Does something."""
        raise AssertionError

    async def unnamed(call: ToolCall, *, day: Annotated[str, 7]) -> ToolAnswer:
        """Does something."""
        raise AssertionError

    @records("ordr")
    async def order(call: ToolCall, *, order: Annotated[str, "What."]) -> ToolAnswer:
        """Orders something."""
        raise AssertionError

    with pytest.raises(ValueError, match=r"order is marked @records\('ordr'\)"):
        toolbox(order)
    with pytest.raises(ValueError, match="silent needs a docstring"):
        toolbox(silent)
    for tool in (vague, unnamed):
        with pytest.raises(ValueError, match="Parameter day of tool"):
            toolbox(tool)


async def introduce(call: ToolCall) -> ToolAnswer:
    """Finds out who it is."""
    return ToolAnswer(output={"known": True})


@needs(introduce)
async def tell(call: ToolCall) -> ToolAnswer:
    """Tells what not everybody may hear."""
    return ToolAnswer(output={"told": True})


async def test_what_needs_another_tool_is_refused_until_that_has_succeeded() -> None:
    """It does not run before, and says which tool comes first; a failure does not count."""

    async def introduce(call: ToolCall) -> ToolAnswer:
        """Finds out who it is, at the second attempt."""
        attempts.append(1)
        if len(attempts) == 1:
            raise Unavailable("not now", maybe_done=False)
        return ToolAnswer(output={"known": True})

    attempts: list[int] = []
    box = toolbox(introduce, tell)
    assert "introduce" in said(await box.run("tell", "{}", "m1"))
    await box.run("introduce", "{}", "m2")
    assert said(await box.run("tell", "{}", "m3"))
    await box.run("introduce", "{}", "m4")
    assert (await box.run("tell", "{}", "m5")).output == {"told": True}


async def test_what_has_succeeded_in_another_process_counts() -> None:
    """A call that goes on elsewhere need not begin anew."""
    box = Toolbox(
        [introduce, tell],
        business=Shop(),
        control=Control(),
        contacts=People(),
        call_id="c",
        succeeded=["introduce"],
    )
    assert (await box.run("tell", "{}", "m1")).ok


async def test_writes_about_the_same_thing_take_each_others_place() -> None:
    """Yes, no, and yes again are three writes; yes and yes again are one."""
    written: list[str] = []

    @records(about="the question")
    async def say_yes(call: ToolCall) -> ToolAnswer:
        """Yes."""
        written.append(call.idempotency_key)
        return ToolAnswer(output={"said": "yes"})

    @records(about="the question")
    async def say_no(call: ToolCall) -> ToolAnswer:
        """No."""
        written.append(call.idempotency_key)
        return ToolAnswer(output={"said": "no"})

    box = toolbox(say_yes, say_no)
    for number, name in enumerate(("say_yes", "say_yes", "say_no", "say_yes", "say_yes")):
        assert (await box.run(name, "{}", f"m{number}")).ok
    assert len(written) == len(set(written)) == 3


async def test_a_write_whose_call_was_cut_off_is_told_of_later() -> None:
    """The phone call may end while it is under way: how it ended is known all the same."""
    may_end = asyncio.Event()

    @records()
    async def write(call: ToolCall) -> ToolAnswer:
        """Writes, in a while."""
        await may_end.wait()
        return ToolAnswer(output={"written": True})

    late: list[tuple[str, ToolAnswer]] = []
    box = Toolbox(
        [write],
        business=Shop(),
        control=Control(),
        contacts=People(),
        call_id="c",
        on_late=lambda key, name, answer: late.append((key, answer)),
    )
    running = asyncio.create_task(box.run("write", "{}", "m1"))
    await asyncio.sleep(0.01)
    running.cancel()
    await asyncio.wait({running})
    may_end.set()
    await box.finish()
    await asyncio.sleep(0)
    assert [(key, answer.ok) for key, answer in late] == [("m1", True)]
