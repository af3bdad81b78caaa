"""Runbooks: errands that people have run by phone, each as an agent and a story to play it.

The agents are in `config/runbooks`; who asks where an order is speaks with the receptionist, and
the table is one of the stories of the demo.
"""

import json
from collections.abc import Mapping
from pathlib import Path

from bot.simulator.caller import CallerScript, Say, StayOn, WaitForAgent
from bot.simulator.model import Call, ModelScript, Step
from bot.simulator.stories import PICKED_UP_MS, Expectations, Story, a_table_for_four

AGENTS = Path(__file__).parents[2] / "config" / "runbooks"

# The papers of the principal of `dentist.toml`: client -> name of a file -> what it says.
PAPERS: Mapping[str, Mapping[str, str]] = {
    "alex": {
        "insurance-card.txt": (
            "INSURANCE CARD\n\nInsurer: Delta Smile, plan Family Plus.\n"
            "Member: Alex Morgan, born 3 May 1988.\nMember number: DS 4471 902.\n"
            "Valid from January 2026.\n"
        ),
        "health.md": (
            "# Health\n\nAllergic to penicillin. Takes no medicine.\n\n"
            "# Last visit\n\nThe last cleaning was in March; X-rays were taken then.\n"
        ),
    }
}


def runbooks() -> tuple[Story, ...]:
    """All of them."""
    return (
        a_table_for_four(),
        a_biryani(),
        a_dentist_with_a_card(),
        a_subscription_cancelled(),
        where_is_my_order(),
    )


def a_biryani() -> Story:
    """Outbound: the agent orders a biryani, confirms the price, and hears when it is ready."""
    summary = "One chicken biryani was ordered for 14.50, ready in twenty minutes."
    return _errand(
        name="biryani",
        title="The agent orders a biryani to collect",
        agent="order",
        number="+15554446666",
        first_line="Hi, I'd like to order something to collect, please.",
        they_say=(
            "Saffron House, hello.",
            "Sure, what would you like?",
            "One chicken biryani, that is fourteen fifty.",
            "And the name, please?",
            "Thank you, it will be ready in twenty minutes.",
        ),
        steps=(
            Step(hears=("what would you|like",), say="One chicken biryani, please."),
            Step(hears=("fourteen|14|fifty",), say="Fourteen fifty is fine, thank you."),
            Step(hears=("name",), say="The name is Alex Morgan."),
            Step(
                hears=("twenty|20|ready|minutes",),
                say="Twenty minutes, perfect. Thank you very much. Goodbye.",
                calls=(Call(name="end_call", arguments={"summary": summary}),),
            ),
        ),
        summary={"summary": summary, "price": "14.50", "ready_in": "20 minutes"},
        tools=("end_call",),
        fields={"price": "14.50", "ready_in": "20 minutes"},
    )


def a_dentist_with_a_card() -> Story:
    """Outbound: the dentist asks for the insurance, which is in the documents of the caller."""
    summary = "A check-up for Alex Morgan was booked for Tuesday at ten."
    ask = "What is the member number of Alex Morgan's dental insurance?"
    return _errand(
        name="dentist",
        title="The agent calls a dentist, with an insurance card at hand",
        agent="dentist",
        number="+15554447777",
        first_line="Hi, I'm calling to make an appointment, please.",
        they_say=(
            "Riverside Dental, good morning.",
            "Of course. For whom, and when?",
            "Tuesday at ten is free. Which insurance, and what is the member number?",
            "Thank you, that is booked. See you on Tuesday at ten.",
        ),
        steps=(
            Step(
                hears=("whom|when",),
                say="For Alex Morgan, a check-up, on Tuesday morning if you can.",
            ),
            Step(
                hears=("insurance|member|number",),
                say="One moment, I have the card here.",
                calls=(Call(name="lookup_context", arguments={"question": ask}),),
            ),
            Step(
                after_tool="lookup_context",
                result_has="DS 4471 902",
                say="Delta Smile, and the number is D S, four four seven one, nine oh two.",
            ),
            Step(after_tool="lookup_context", say="I am sorry, I do not have the card here."),
            Step(
                hears=("booked|tuesday|see you",),
                say="Tuesday at ten, thank you very much. Goodbye.",
                calls=(Call(name="end_call", arguments={"summary": summary}),),
            ),
        ),
        summary={"summary": summary, "appointment": "Tuesday 10:00"},
        tools=("lookup_context", "end_call"),
        fields={"appointment": "Tuesday 10:00"},
    )


def a_subscription_cancelled() -> Story:
    """Outbound: three offers are declined, and the confirmation number is read back."""
    summary = "The membership was cancelled; the confirmation number is K7 T4 09."
    return _errand(
        name="cancel",
        title="The agent cancels a subscription, whatever is offered",
        agent="cancel",
        number="+15554448888",
        first_line="Hi, I'd like to cancel a subscription, please.",
        they_say=(
            "Pulse Fitness, member services.",
            "Which membership is it, please?",
            "I could give you half price for three months.",
            "Then how about a pause, for free?",
            "And if we add a personal trainer?",
            "All right, it is cancelled. The number is K seven T four zero nine.",
            "Yes, that is right. Goodbye.",
        ),
        steps=(
            Step(
                hears=("which|membership is",),
                say="The gym membership of Alex Morgan, number M two oh nine three one.",
            ),
            Step(hears=("half|price|discount",), say="That is kind, but please cancel it."),
            Step(hears=("pause|free",), say="No pause either, thank you. Please cancel it."),
            Step(hears=("trainer|personal|add",), say="No, thank you. Just the cancellation."),
            Step(
                hears=("cancelled|number|confirmation",),
                say="Let me read that back: K, seven, T, four, zero, nine. Is that right?",
            ),
            Step(
                hears=("right|yes|goodbye",),
                say="Thank you. Goodbye.",
                calls=(Call(name="end_call", arguments={"summary": summary}),),
            ),
        ),
        summary={"summary": summary, "confirmation": "K7T409", "ends": "end of the month"},
        tools=("end_call",),
        fields={"confirmation": "K7T409", "ends": "end of the month"},
    )


def where_is_my_order() -> Story:
    """Inbound: somebody asks the receptionist for an order, and is told what the business knows."""
    return Story(
        name="where-is-my-order",
        title="Somebody asks where an order is",
        agent="reception",
        direction="inbound",
        number="+15552223333",
        caller=CallerScript(
            actions=(
                WaitForAgent(silence_ms=500),
                Say("Hello, where is my order?"),
                WaitForAgent(),
                Say("The number is ten forty-two."),
                WaitForAgent(silence_ms=1000),
                Say("No, that is all, thank you, goodbye."),
                StayOn(),
            )
        ),
        model=ModelScript(
            steps=(
                Step(hears=("where|order",), say="I will look. What is the order number?"),
                Step(
                    hears=("ten|1042|forty|number",),
                    say="Thank you, one moment.",
                    calls=(Call(name="lookup_order", arguments={"order_id": "1042"}),),
                ),
                Step(
                    after_tool="lookup_order",
                    result_has="Arrives tomorrow",
                    say="Your contact lenses were shipped and arrive tomorrow before noon. "
                    "Anything else?",
                ),
                Step(after_tool="lookup_order", say="I find no order of that number."),
                Step(
                    hears=("all|thank|goodbye|no",),
                    say="Thank you for calling. Goodbye.",
                ),
            ),
            summary=json.dumps({"summary": "Order 1042 arrives tomorrow before noon."}),
        ),
        expects=Expectations(reasons=("goodbye",), tools=("lookup_order",)),
    )


def _errand(
    *,
    name: str,
    title: str,
    agent: str,
    number: str,
    first_line: str,
    they_say: tuple[str, ...],
    steps: tuple[Step, ...],
    summary: Mapping[str, str],
    tools: tuple[str, ...],
    fields: Mapping[str, str],
) -> Story:
    """A call that we place: they answer, and each of their lines waits for ours."""
    picks_up, *rest = they_say
    talk = [action for line in rest for action in (WaitForAgent(), Say(line))]
    return Story(
        name=name,
        title=title,
        agent=agent,
        direction="outbound",
        number=number,
        caller=CallerScript(actions=(Say(picks_up), *talk, StayOn())),
        model=ModelScript(steps=steps, summary=json.dumps(summary)),
        expects=Expectations(
            reasons=("end_call", "goodbye"),
            first_line=first_line,
            first_words_ms=PICKED_UP_MS,
            tools=tools,
            fields=fields,
        ),
    )
