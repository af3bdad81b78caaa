"""Names and numbers are read back before they are taken: tables, and the tool that asks for it."""

import json
from dataclasses import dataclass, field
from typing import Any

import pytest

from tools import NumberNeeded, Refused, ToolAnswer, Toolbox, send_text, take_message
from tools.reading_back import ReadBack, in_groups, spelled

US, SPAIN, GERMANY = "+15550001111", "+34911234567", "+4930123456"


@pytest.mark.parametrize(
    ("number", "home", "said"),
    [
        ("+15550104477", US, "5 5 5, 0 1 0, 4 4 7 7"),
        ("+15550104477", SPAIN, "plus 1, 5 5 5, 0 1 0, 4 4 7 7"),
        ("+15550104477", "", "plus 1, 5 5 5, 0 1 0, 4 4 7 7"),
        ("+34612345678", SPAIN, "6 1 2, 3 4, 5 6, 7 8"),
        ("+34612345678", US, "plus 3 4, 6 1 2, 3 4, 5 6, 7 8"),
        ("+493012345678", GERMANY, "0 3 0, 1 2 3, 4 5 6, 7 8"),
        ("+33612345678", "+33123456789", "0 6, 1 2, 3 4, 5 6, 7 8"),
        ("12345678", US, "1 2 3, 4 5 6, 7 8"),  # no number of any country
    ],
)
def test_numbers_in_groups(number: str, home: str, said: str) -> None:
    """As people of that country say them, never more than four digits in one breath."""
    assert in_groups(number, home=home) == said


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("Ana Ruiz", "A-N-A, R-U-I-Z"),
        ("O'Neill", "O, N-E-I-L-L"),
        ("Müller-Lüdenscheidt", "M-Ü-L-L-E-R, L-Ü-D-E-N-S-C-H-E-I-D-T"),
        ("  ", ""),
    ],
)
def test_names_spelled(name: str, letters: str) -> None:
    assert spelled(name) == letters


def test_two_wrong_numbers_lead_to_the_keypad() -> None:
    """The third that is read back; the same one again is no miss."""
    back = ReadBack()
    for number, wants in (("+1", False), ("+1", False), ("+2", False), ("+3", True)):
        back.ask("Ana", number)
        assert back.wants_keypad is wants


@dataclass
class Desk:
    """The ports of messages and texts, noting what they were given."""

    caller_number: str = "+15552223333"
    our_number: str = US
    refusal: str = ""
    taken: list[dict[str, Any]] = field(default_factory=list)
    sent: list[tuple[str, str]] = field(default_factory=list)

    def number_of(self, said: str) -> str:
        digits = "".join(each for each in said if each.isdigit())
        if len(digits) != 10:
            raise NumberNeeded("no whole number")
        return f"+1{digits}"

    async def take(self, **told: Any) -> None:
        self.taken.append(told)

    async def send(self, text: str, *, number: str, idempotency_key: str) -> None:
        if self.refusal:
            raise Refused(self.refusal)
        self.sent.append((text, number))


def box_of(desk: Desk | None) -> Toolbox:
    return Toolbox(
        (take_message, send_text),
        business=None,  # type: ignore[arg-type]
        control=None,  # type: ignore[arg-type]
        contacts=None,  # type: ignore[arg-type]
        messages=desk,
        texts=desk,
        call_id="call_1",
    )


async def take(box: Toolbox, n: int = 0, **arguments: Any) -> ToolAnswer:
    told = {"name": "Maria Diaz", "reason": "Move the appointment."} | arguments
    return await box.run("take_message", json.dumps(told), f"m{n}{sorted(told.items())}")


async def test_a_message_is_taken_only_after_it_was_read_back() -> None:
    """Whatever the model claims: what it claims to have confirmed must have been asked."""
    desk = Desk()
    box = box_of(desk)
    first = await take(box, number="555 010 4477", confirmed=True)
    assert first.output["error"] == "read_back_first"
    assert "M-A-R-I-A, D-I-A-Z" in first.output["say"]
    assert "5 5 5, 0 1 0, 4 4 7 7" in first.output["say"]
    assert desk.taken == []
    assert (await take(box, number="555 010 4477", confirmed=True)).ok
    assert desk.taken[0]["number"] == "+15550104477"


async def test_a_corrected_name_is_read_back_again() -> None:
    desk = Desk()
    box = box_of(desk)
    await take(box, number="5550104477")
    corrected = await take(box, name="Maria Dias", number="5550104477", confirmed=True)
    assert (corrected.ok, desk.taken) == (False, [])
    assert (await take(box, name="maria dias", number="5550104477", confirmed=True)).ok


async def test_the_number_they_call_from() -> None:
    """Only its end is asked about."""
    desk = Desk()
    box = box_of(desk)
    answer = await take(box)
    assert "ending in 3 3 3 3" in answer.output["say"]
    assert "5 5 5" not in answer.output["say"]
    assert (await take(box, confirmed=True)).ok
    assert desk.taken[0]["number"] == desk.caller_number


async def test_after_two_misses_the_keypad_is_offered() -> None:
    box = box_of(Desk())
    said = [
        str((await take(box, number=f"555010447{n}")).output["say"]).count("keypad")
        for n in range(3)
    ]
    assert said == [0, 0, 1]


async def test_a_caller_without_a_number_is_asked_for_one() -> None:
    answer = await take(box_of(Desk(caller_number="")))
    assert answer.output["error"] == "number_needed"


async def test_urgent_says_so() -> None:
    desk = Desk()
    box = box_of(desk)
    await take(box, urgent=True)
    answer = await take(box, urgent=True, confirmed=True)
    assert desk.taken[0]["urgent"] is True
    assert "at once" in answer.output["say"]


async def test_a_line_that_takes_none() -> None:
    """Says so, and never pretends."""
    answer = await take(box_of(None))
    assert answer.output["error"] == "no_messages"


async def test_a_text_goes_to_the_number_they_call_from() -> None:
    desk = Desk()
    answer = await box_of(desk).run("send_text", '{"text": "12 Elm Street"}', "m1")
    assert (answer.ok, desk.sent) == (True, [("12 Elm Street", "")])


async def test_another_number_is_read_back_first() -> None:
    desk = Desk()
    box = box_of(desk)
    asked = {"text": "12 Elm Street", "number": "5550104477", "confirmed": True}
    first = await box.run("send_text", json.dumps(asked), "m1")
    assert (first.ok, desk.sent) == (False, [])
    assert (await box.run("send_text", json.dumps(asked), "m2")).ok
    assert desk.sent == [("12 Elm Street", "+15550104477")]


async def test_a_text_that_is_refused() -> None:
    """The model learns why, and that nothing was sent."""
    box = box_of(Desk(refusal="They have had three texts today"))
    answer = await box.run("send_text", '{"text": "Hi"}', "m1")
    assert answer.output["error"] == "refused"
