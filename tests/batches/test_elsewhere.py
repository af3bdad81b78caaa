"""The same appointment is not reminded of twice, whichever batch it is in."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from batch_kit import NOON, a_contact

from bot.batches.dispositions import SETTLED, Disposition
from bot.batches.gate.elsewhere import LOOK_AGAIN, NOTHING, elsewhere, is_about_the_same
from bot.store.batch_records import BatchState, ContactRecord, OtherContact

TEN = {"day": "2026-12-01", "time": "10:00"}
ELEVEN = {"day": "2026-12-01", "time": "11:00"}
LATER = {"day": "2026-12-08", "time": "10:00"}
DAY = {"day": "2026-12-01"}
TWO = {"all_appointments": "Ann Lee: 2026-12-01 10:00; Bob Lee: 2026-12-01 11:00"}


def this(**changes: Any) -> ContactRecord:
    """Somebody of the batch that is about to call."""
    return a_contact(1, batch_id="batch_z", **changes)


def other(disposition: str = "confirmed", **changes: Any) -> OtherContact:
    """The same number in an earlier batch."""
    values: dict[str, Any] = {"disposition": disposition, "state": "done"}
    return OtherContact(
        contact=a_contact(1, **(values | changes)), batch_state="done", started_at=NOON
    )


def settled(mine: ContactRecord, *others: OtherContact) -> str:
    return elsewhere(mine, others, started_at=NOON, now=NOON).settled


def test_a_batch_is_named_as_people_know_it() -> None:
    """By its name, where it has one."""
    named = replace(other(appointments=("A1",)), batch_name="December")
    assert settled(this(appointments=("A1",)), named) == 'confirmed in "December", line 2'


@pytest.mark.parametrize(
    ("mine", "theirs"),
    [
        ({"appointments": ("A1",)}, {"appointments": ("A1",)}),
        ({"appointments": ("A1",)}, {"appointments": ("A2", "A1")}),
        ({"variables": TEN}, {"variables": TEN}),
        ({"appointments": ("A1",), "variables": TEN}, {"appointments": ("B9",), "variables": TEN}),
        ({"appointments": ("A1",), "variables": TEN}, {"appointments": ("A1",)}),
        ({"appointments": ("A1",)}, {"appointments": ("A1",), "variables": TEN}),
        ({"appointments": ("A1",), "variables": TEN}, {"variables": TEN}),
        ({"variables": TEN}, {"variables": DAY}),
        ({"variables": DAY}, {"variables": TEN}),
        ({"variables": TEN}, {"variables": TWO}),
        ({"variables": TWO}, {"variables": TWO}),
        ({"deadline": NOON}, {"deadline": NOON}),
    ],
)
def test_what_is_settled_elsewhere_is_settled(mine: Any, theirs: Any) -> None:
    """For the same id, or the same day and time; the reason names the batch and the line."""
    assert settled(this(**mine), other(**theirs)) == "confirmed in batch_a, line 2"


@pytest.mark.parametrize(
    ("mine", "theirs"),
    [
        ({"appointments": ("A1",)}, {"appointments": ("A2",)}),
        ({"appointments": ("A1", "A2")}, {"appointments": ("A1",)}),  # one is left
        ({"variables": TEN}, {"variables": ELEVEN}),
        ({"variables": TWO}, {"variables": TEN}),
        ({"variables": TEN}, {}),
        ({}, {}),
        ({}, {"appointments": ("A1",)}),
        # it was moved, and is reminded of anew
        (
            {"appointments": ("A1",), "variables": LATER},
            {"appointments": ("A1",), "variables": TEN},
        ),
        ({"deadline": NOON}, {"deadline": NOON + timedelta(hours=1)}),
        # only the second one of theirs was settled
        (
            {"appointments": ("A1",)},
            {"appointments": ("A1", "A2"), "detail": {"which": 2}},
        ),
        (
            {"variables": TEN},
            {"appointments": ("A1", "A2"), "variables": TWO, "detail": {"which": 2}},
        ),
    ],
)
def test_another_appointment_is_another_call(mine: Any, theirs: Any) -> None:
    """Nobody goes without a reminder for something else that they have said."""
    assert settled(this(**mine), other(**theirs)) == ""


def test_several_batches_settle_together() -> None:
    """One appointment here, the other one there."""
    mine = this(appointments=("A1", "A2"))
    one, two = other(appointments=("A1",)), other("cancelled", appointments=("A2",))
    assert settled(mine, one, two) == "cancelled in batch_a, line 2"
    assert settled(mine, one) == settled(mine, two) == ""


@pytest.mark.parametrize("disposition", list(Disposition))
def test_only_what_is_settled_counts(disposition: Disposition) -> None:
    """Who was not reached may be called by another batch; who opted out is on the suppression
    list, until they take it back themselves.
    """
    said = settled(this(appointments=("A1",)), other(disposition, appointments=("A1",)))
    assert bool(said) == (disposition in SETTLED - {Disposition.OPT_OUT})


def test_who_is_not_there_is_not_there_on_another_day() -> None:
    """The time of the appointment changes nothing about it."""
    theirs = other("wrong_person", appointments=("A1",), variables=TEN)
    assert settled(this(appointments=("A1",), variables=LATER), theirs)


# -- two batches at once --------------------------------------------------------------------------


def calling(
    *,
    batch_id: str = "batch_a",
    batch_state: BatchState = "running",
    started_at: datetime | None = NOON,
    **contact: Any,
) -> OtherContact:
    values: dict[str, Any] = {"batch_id": batch_id, "appointments": ("A1",), "state": "waiting"}
    return OtherContact(
        contact=a_contact(1, **(values | contact)), batch_state=batch_state, started_at=started_at
    )


def test_of_two_batches_the_one_that_began_first_calls() -> None:
    """The other one waits for what becomes of it; of two that begin at once never both wait."""
    mine = this(appointments=("A1",))
    for theirs, waits in (
        (calling(started_at=NOON - timedelta(hours=1)), True),
        (calling(started_at=NOON + timedelta(hours=1)), False),
        (calling(), True),
        (calling(batch_id="batch_zz"), False),
    ):
        found = elsewhere(mine, [theirs], started_at=NOON, now=NOON)
        assert bool(found.calling) == waits
    assert elsewhere(mine, [calling()], started_at=None, now=NOON).calling == "batch_a"


def test_it_waits_until_the_other_is_due() -> None:
    """Or looks again in a while."""
    mine, due = this(appointments=("A1",)), NOON + timedelta(hours=3)
    for due_at, until in ((due, due), (NOON, NOON + LOOK_AGAIN), (None, NOON + LOOK_AGAIN)):
        found = elsewhere(mine, [calling(due_at=due_at)], started_at=NOON, now=NOON)
        assert found.until == until


@pytest.mark.parametrize(
    "theirs",
    [
        calling(batch_state="paused"),
        calling(batch_state="planned"),
        calling(batch_state="cancelled"),
        calling(state="done", disposition="no_answer"),
        calling(state="skipped"),
        calling(appointments=("A2",)),
    ],
)
def test_a_batch_that_does_not_call_them_is_not_waited_for(theirs: OtherContact) -> None:
    """It may never go on."""
    mine = this(appointments=("A1",))
    assert elsewhere(mine, [theirs], started_at=NOON, now=NOON) == NOTHING


def test_one_appointment_in_common_is_enough() -> None:
    """To wait for: and for the count that an import shows."""
    mine = this(appointments=("A1", "A2"))
    assert is_about_the_same(mine, a_contact(2, appointments=("A2",)))
    assert not is_about_the_same(mine, a_contact(2, appointments=("A3",)))
