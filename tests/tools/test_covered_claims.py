"""Which claims a tool makes true: by its mark, or by its name."""

from inspect import iscoroutinefunction

import pytest

import tools
from processors.words.claims import KINDS
from tools.claims import EVERY, covered_by_name
from tools.signature import signature_of
from tools.tool import ToolAnswer, ToolCall, covers, records


@pytest.mark.parametrize(
    ("name", "covered", "others"),
    [
        ("createBooking", {"booked", "standing"}, {"cancelled", "texted"}),
        ("post_bookings", {"booked", "standing"}, {"cancelled"}),
        ("book_table", {"booked"}, {"moved"}),
        ("cancelBooking", {"cancelled"}, {"booked", "standing"}),
        ("delete_appointment", {"cancelled"}, {"booked"}),
        ("rescheduleVisit", {"moved", "standing"}, {"cancelled", "booked"}),
        ("confirm_reservation", {"confirmed", "standing"}, {"cancelled", "booked"}),
        ("sendSMS", {"texted"}, {"mailed", "message"}),
        ("send_email", {"mailed"}, {"texted"}),
        ("createTicket", {"message"}, {"booked"}),
        ("unsubscribe", {"removed"}, {"booked"}),
    ],
)
def test_a_write_covers_what_its_name_tells(name: str, covered: set[str], others: set[str]) -> None:
    """Tools of documents and servers elsewhere have no mark."""
    told = set(covered_by_name(name, writes=True))
    assert covered <= told
    assert not told & (others | {EVERY})


@pytest.mark.parametrize("name", ["termin_buchen", "frobnicate", "updateAppointment", "setStatus"])
def test_a_write_whose_name_does_not_tell_covers_every_claim(name: str) -> None:
    """An agent is not told that it lied when it may have told the truth."""
    assert covered_by_name(name, writes=True) == (EVERY,)


@pytest.mark.parametrize("name", ["find_bookings", "listAppointments", "get_message", "lookup"])
def test_looking_up_covers_nothing(name: str) -> None:
    """Whatever it looks up."""
    assert covered_by_name(name, writes=False) == ()


def test_a_read_may_still_be_named_for_what_it_does() -> None:
    """Of an author's tool that was not marked as one that records."""
    assert "booked" in covered_by_name("reserve_table", writes=False) or "held" in (
        covered_by_name("reserve_table", writes=False)
    )
    assert covered_by_name("set_mood", writes=False) == ()


def test_a_mark_goes_before_the_name() -> None:
    """An author knows better."""

    @covers("mailed")
    @records()
    async def book_it(call: ToolCall) -> ToolAnswer:
        """Does something."""
        return ToolAnswer(output={"done": True})

    assert signature_of(book_it).covers == ("mailed",)


def test_the_shipped_tools_cover_every_kind_that_they_do() -> None:
    """All but e-mail, which no shipped tool sends; and no kind that there is not."""
    covered = {
        kind
        for name in tools.__all__
        if iscoroutinefunction(tool := getattr(tools, name))
        for kind in signature_of(tool).covers
    }
    assert covered == set(KINDS) - {"mailed"}
    for tool in (tools.lookup_hours, tools.find_slots, tools.lookup_order, tools.end_call):
        assert signature_of(tool).covers == ()
