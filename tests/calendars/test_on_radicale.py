"""Appointments on a real CalDAV server: written once, never two at one time, moved in one write."""

import asyncio
import datetime as dt
from dataclasses import replace
from typing import Any

import httpx
import pytest

from bot.calendars import CalDav, CalendarBusiness
from bot.calendars import turns as turns_module
from bot.calendars.caldav import Resource
from bot.calendars.events import busy_times, lock_written
from tests.calendars.practice_kit import GRID, MONDAY, Book, Practice
from tests.calendars.radicale import PASSWORD, USER
from tools import NotFound, Refused, Unavailable

pytestmark = pytest.mark.realtime

TUESDAY = MONDAY + dt.timedelta(days=1)
MORNING = ["09:00", "09:30", "10:00", "10:30", "11:00", "11:30"]


async def slots(business: CalendarBusiness, day: dt.date = MONDAY) -> list[str]:
    found: list[str] = (await business.find_slots(day, None, None, None))["slots"]
    return found


async def test_hours_are_told_as_they_are(business: CalendarBusiness) -> None:
    """A week of them, closed days with their reason."""
    week = (await business.lookup_hours(None))["hours"]
    assert [day["open"] for day in week] == [True, True, True, True, False, True, False]
    assert week[0]["hours"][1] == {"from": "14:00", "to": "16:00"}
    assert week[4]["note"] == "We are closed for a wedding."
    assert week[6]["note"] == "Closed on Sundays."


async def test_a_booking_stands_in_the_calendar(
    practice: Practice, business: CalendarBusiness, book: Book
) -> None:
    """Its reference is eight digits, its time is taken, and people read who comes."""
    assert await slots(business) == [*MORNING, "14:00", "14:30", "15:00", "15:30"]
    booked = await book("k1", phone="+4930123456", notes="first visit", party=2)
    assert booked | {"id": ""} == {
        "id": "",
        "standing": True,
        "state": "booked",
        "day": "2026-11-23",
        "weekday": "Monday",
        "time": "10:00",
        "name": "Ann Miller",
        "party": 2,
    }
    assert len(str(booked["id"])) == 8
    files = await practice.files()
    assert list(files) == [f"trunkline-{booked['id']}.ics"]  # neither hold nor turn is left
    (text,) = files.values()
    assert "DTSTART:20261123T090000Z" in text
    assert "first visit" in text
    assert "10:00" not in await slots(business)


async def test_fifty_callers_want_the_same_time(practice: Practice, dav: CalDav) -> None:
    """One has it. The others are told why not, and which times they can have instead."""
    business = practice.business(dav)
    outcomes = await asyncio.gather(
        *(
            business.book_appointment(
                name=f"Caller {n}",
                day=MONDAY,
                time=dt.time(10),
                party=None,
                phone=None,
                notes=None,
                idempotency_key=f"k{n}",
            )
            for n in range(50)
        ),
        return_exceptions=True,
    )
    refused = [each for each in outcomes if isinstance(each, Refused)]
    assert len(refused) == 49
    assert all(each.reason == "10:00 is not free on that day." for each in refused)
    offered = [each["time"] for each in refused[0].alternatives]
    assert offered == ["10:30", "09:30", "11:00"]
    assert "offer the alternatives" in refused[0].facts()["say"]
    assert len(await practice.files()) == 1


async def test_fifty_callers_of_five_processes(practice: Practice) -> None:
    """Processes know nothing of each other but through the calendar: ten times, fifty callers."""
    times = [dt.time.fromisoformat(time) for time in [*MORNING, "14:00", "14:30", "15:00", "15:30"]]
    processes = [CalDav(user=USER, password=PASSWORD) for _ in range(5)]
    lines = [practice.business(dav) for dav in processes]

    async def call(n: int) -> str:
        try:
            await lines[n % 5].book_appointment(
                name=f"Caller {n}",
                day=MONDAY,
                time=times[n // 5],
                party=None,
                phone=None,
                notes=None,
                idempotency_key=f"k{n}",
            )
        except Refused:
            return "refused"
        return "booked"

    outcomes = await asyncio.gather(*(call(n) for n in range(50)))
    for dav in processes:
        await dav.__aexit__(None, None, None)
    assert sorted(outcomes) == ["booked"] * 10 + ["refused"] * 40
    starts = [text.split("DTSTART:")[1][:15] for text in (await practice.files()).values()]
    assert len(starts) == len(set(starts)) == 10


async def test_places_are_given_out_as_long_as_there_are_any(
    practice: Practice, dav: CalDav
) -> None:
    """Three at the same time, also where they overlap by a part."""
    business = practice.business(dav, grid=replace(GRID, places=3, minutes=60))

    async def take(n: int, time: str) -> str:
        try:
            await business.book_appointment(
                name="x",
                day=MONDAY,
                time=dt.time.fromisoformat(time),
                party=None,
                phone=None,
                notes=None,
                idempotency_key=f"{n}",
            )
        except Refused:
            return "full"
        return "booked"

    outcomes = await asyncio.gather(*(take(n, "10:00" if n % 2 else "10:30") for n in range(20)))
    assert outcomes.count("booked") == 3
    assert await take(99, "11:00") in ("booked", "full")  # beside those that began at 10:00
    assert await take(100, "09:00") == "booked"


async def test_the_same_request_books_once(
    practice: Practice, business: CalendarBusiness, book: Book
) -> None:
    """A booking whose answer was lost is asked for again, under the same key."""
    first, second = await book("k1"), await book("k1")
    assert first == second
    assert len(await practice.files()) == 1


async def test_a_time_is_held_confirmed_and_booked(
    practice: Practice, business: CalendarBusiness, book: Book
) -> None:
    """It is free for who holds it and for nobody else, and the hold ends with the booking."""
    held = await business.hold_slot(day=MONDAY, time=dt.time(10), party=None, holder="h1")
    assert held == {"held": True, "day": "2026-11-23", "time": "10:00", "minutes": 5}
    assert "10:00" not in await slots(business)
    with pytest.raises(Refused):
        await book("k2", holder="h2")
    with pytest.raises(Refused):
        await business.hold_slot(day=MONDAY, time=dt.time(10), party=None, holder="h2")
    await book("k1", holder="h1")
    assert len(await practice.files()) == 1


async def test_a_holder_holds_one_time(business: CalendarBusiness) -> None:
    """The next one takes the place of the one before, on another day too."""
    await business.hold_slot(day=MONDAY, time=dt.time(10), party=None, holder="h1")
    await business.hold_slot(day=TUESDAY, time=dt.time(11), party=None, holder="h1")
    assert "10:00" in await slots(business)
    assert "11:00" not in await slots(business, TUESDAY)


async def test_a_hold_ends_by_itself(
    practice: Practice, business: CalendarBusiness, book: Book
) -> None:
    """Who hung up keeps nobody out."""
    await business.hold_slot(day=MONDAY, time=dt.time(10), party=None, holder="h1")
    practice.now += dt.timedelta(minutes=5)
    assert "10:00" in await slots(business)
    await book("k2", holder="h2")


async def test_a_move_is_one_write(
    practice: Practice, business: CalendarBusiness, book: Book
) -> None:
    """The same event at another time; its reference stays."""
    booked = await book("k1")
    moved = await business.reschedule_appointment(
        str(booked["id"]), day=TUESDAY, time=dt.time(11), idempotency_key="k2"
    )
    assert (moved["id"], moved["day"], moved["time"]) == (booked["id"], "2026-11-24", "11:00")
    assert len(await practice.files()) == 1
    assert "10:00" in await slots(business)
    assert "11:00" not in await slots(business, TUESDAY)


async def test_a_move_that_is_refused_leaves_the_old_time(
    business: CalendarBusiness, book: Book
) -> None:
    """Nothing is given up for a time that cannot be had."""
    mine, _ = await book("k1", "10:00"), await book("k2", "11:00")
    with pytest.raises(Refused) as taken:
        await business.reschedule_appointment(
            str(mine["id"]), day=MONDAY, time=dt.time(11), idempotency_key="k3"
        )
    assert taken.value.alternatives[0]["time"] == "11:30"
    assert (await business.appointment(str(mine["id"])))["time"] == "10:00"


async def test_many_move_to_the_same_time(business: CalendarBusiness, book: Book) -> None:
    """One comes there; all others stay where they are."""
    times = [*MORNING, "14:00", "14:30"]
    booked = [await book(f"k{time}", time) for time in times]
    outcomes = await asyncio.gather(
        *(
            business.reschedule_appointment(
                str(each["id"]), day=MONDAY, time=dt.time(15), idempotency_key=f"m{n}"
            )
            for n, each in enumerate(booked)
        ),
        return_exceptions=True,
    )
    assert sum(isinstance(each, Refused) for each in outcomes) == len(times) - 1
    stand = [(await business.appointment(str(each["id"])))["time"] for each in booked]
    assert sorted(stand)[-1] == "15:00"
    assert len(set(stand)) == len(times)


async def test_confirmed_cancelled_and_over(
    practice: Practice, business: CalendarBusiness, book: Book
) -> None:
    """To cancel twice is no error; what is cancelled or past is not changed."""
    which = str((await book("k1"))["id"])
    confirmed = await business.confirm_appointment(which, idempotency_key="c")
    assert confirmed["state"] == "confirmed"
    for _ in range(2):
        cancelled = await business.cancel_appointment(which, idempotency_key="x")
        assert (cancelled["state"], cancelled["standing"]) == ("cancelled", False)
    assert "10:00" in await slots(business)
    with pytest.raises(Refused, match="was cancelled"):
        await business.confirm_appointment(which, idempotency_key="c2")
    late = str((await book("k2"))["id"])
    practice.now += dt.timedelta(hours=6)
    with pytest.raises(Refused, match="already past"):
        await business.cancel_appointment(late, idempotency_key="x2")
    with pytest.raises(NotFound):
        await business.appointment("00000000")


async def test_what_people_enter_takes_time(practice: Practice, business: CalendarBusiness) -> None:
    """With a zone, in UTC, floating, repeated with exceptions; not what is free or cancelled."""
    zone = ("BEGIN:VTIMEZONE", "TZID:Home", "BEGIN:STANDARD", "DTSTART:19700101T000000")
    zone = (*zone, "TZOFFSETFROM:+0100", "TZOFFSETTO:+0100", "END:STANDARD", "END:VTIMEZONE")
    await practice.put(
        "zoned", "DTSTART;TZID=Home:20261123T090000", "DURATION:PT30M", "SUMMARY:a", head=zone
    )
    await practice.put("utc", "DTSTART:20261123T083000Z", "DTEND:20261123T090000Z", "SUMMARY:b")
    await practice.put("floating", "DTSTART:20261123T100000", "DTEND:20261123T103000", "SUMMARY:c")
    await practice.put(
        "weekly",
        "DTSTART;TZID=Europe/Berlin:20261102T110000",
        "DTEND;TZID=Europe/Berlin:20261102T120000",
        "RRULE:FREQ=WEEKLY",
        "EXDATE;TZID=Europe/Berlin:20261130T110000",
        "SUMMARY:team",
    )
    await practice.put(
        "free", "DTSTART:20261123T130000Z", "DTEND:20261123T140000Z", "TRANSP:TRANSPARENT"
    )
    await practice.put(
        "off", "DTSTART:20261123T130000Z", "DTEND:20261123T140000Z", "STATUS:CANCELLED"
    )
    assert await slots(business) == ["10:30", "14:00", "14:30", "15:00", "15:30"]
    assert await slots(business, MONDAY + dt.timedelta(days=7)) == [
        *MORNING,
        *("14:00", "14:30", "15:00", "15:30"),
    ]


async def test_a_whole_day_closes_the_day(practice: Practice, dav: CalDav) -> None:
    """However many places there are; one that is marked free does not."""
    business = practice.business(dav, grid=replace(GRID, places=5))
    await practice.put("holiday", "DTSTART;VALUE=DATE:20261123", "SUMMARY:Betriebsausflug")
    await practice.put("birthday", "DTSTART;VALUE=DATE:20261124", "TRANSP:TRANSPARENT")
    found = await business.find_slots(MONDAY, None, None, None)
    assert found["slots"] == []
    assert found["alternatives"][0] == {"day": "2026-11-24", "weekday": "Tuesday", "time": "11:30"}
    assert await slots(business, TUESDAY)


async def test_another_calendar_takes_time_as_well(practice: Practice, dav: CalDav) -> None:
    """That of the owner, say, in which nothing is written."""
    other = await practice.server.calendar("private")
    business = practice.business(dav, also_busy=[other])
    private = Practice(server=practice.server, calendar=other)
    await private.put("dentist", "DTSTART:20261123T080000Z", "DTEND:20261123T093000Z")
    assert (await slots(business))[0] == "10:30"


async def test_what_cannot_be_read_closes_its_day() -> None:
    """Nobody can say which time it takes."""
    start, end = GRID.day_bounds(MONDAY)
    broken = Resource(url="x", etag="", text="BEGIN:VCALENDAR\nBEGIN:VEVENT\nEND:VCALENDAR")
    (taken,) = busy_times([broken], start, end, GRID.zone)
    assert taken.whole_day


async def test_an_appointment_that_a_person_entered(
    practice: Practice, business: CalendarBusiness
) -> None:
    """It is known by its UID, moved and cancelled like any; one that repeats is not."""
    await practice.put(
        "abc@phone",
        "DTSTART;TZID=Europe/Berlin:20261123T100000",
        "DTEND;TZID=Europe/Berlin:20261123T104500",
        "SUMMARY:Ann Miller 0170 555 12 34",
        "ATTENDEE:mailto:ann@example.com",
    )
    await practice.put(
        "series", "DTSTART:20261123T140000Z", "DTEND:20261123T143000Z", "RRULE:FREQ=WEEKLY"
    )
    (found,) = (await business.find_appointments("+491705551234", None))["appointments"]
    assert (found["id"], found["name"][:10]) == ("abc@phone", "Ann Miller")
    moved = await business.reschedule_appointment(
        "abc@phone", day=TUESDAY, time=dt.time(9), idempotency_key="k"
    )
    assert (moved["day"], moved["time"]) == ("2026-11-24", "09:00")
    assert (await slots(business, TUESDAY))[:2] == ["10:00", "10:30"]  # three quarters of an hour
    text = (await practice.files())["abc%40phone.ics"]
    assert "ann@example.com" in text
    assert "DTSTART:20261124T080000Z" in text
    with pytest.raises(Refused, match="repeats"):
        await business.cancel_appointment("series", idempotency_key="k")


async def test_appointments_are_found_by_number_or_reference(
    practice: Practice, business: CalendarBusiness, book: Book
) -> None:
    """Coming ones only, in their order, however the reference is said."""
    second = await book("k1", "11:00", phone="+4930123456")
    first = await book("k2", "10:00", phone="+49 30 123456")
    await book("k3", "14:00", phone="+4930999999")
    found = (await business.find_appointments("+4930123456", None))["appointments"]
    assert [each["id"] for each in found] == [first["id"], second["id"]]
    spoken = f"{str(first['id'])[:4]}-{str(first['id'])[4:]}"
    (one,) = (await business.find_appointments(None, spoken))["appointments"]
    assert one["id"] == first["id"]
    with pytest.raises(NotFound):
        await business.find_appointments("+4930000000", None)
    await business.cancel_appointment(str(first["id"]), idempotency_key="x")
    with pytest.raises(NotFound):
        await business.find_appointments(None, str(first["id"]))


@pytest.mark.parametrize(
    ("day", "time", "why"),
    [
        (MONDAY, "07:00", "already past"),
        (MONDAY - dt.timedelta(days=1), "10:00", "already past"),
        (MONDAY, "08:30", "Nothing begins at 08:30"),
        (MONDAY, "10:10", "Nothing begins at 10:10"),
        (dt.date(2026, 11, 27), "10:00", "for a wedding"),
        (dt.date(2026, 11, 29), "10:00", "Closed on Sundays"),
        (dt.date(2027, 6, 1), "10:00", "at most 90 days"),
    ],
)
async def test_why_a_time_cannot_be_had(book: Book, day: dt.date, time: str, why: str) -> None:
    """A sentence for each reason."""
    with pytest.raises(Refused, match=why):
        await book("k1", time, day=day)


async def test_too_soon(practice: Practice, book: Book) -> None:
    """Half past nine is half an hour away, and an hour is wanted."""
    practice.now += dt.timedelta(hours=1)
    with pytest.raises(Refused, match="too soon") as refused:
        await book("k1", "09:30")
    assert refused.value.alternatives[0]["time"] == "10:00"


async def test_a_turn_of_a_dead_process_is_taken_away(
    practice: Practice,
    dav: CalDav,
    business: CalendarBusiness,
    book: Book,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The first who meets it waits for it to grow old; nobody else has to."""
    monkeypatch.setattr(turns_module, "STALE_SECS", 0.5)
    name = "trunkline-turn-20261123"
    left = lock_written(uid=name, token="dead", now=practice.now)
    await dav.create(f"{practice.calendar}{name}.ics", left)
    began = asyncio.get_running_loop().time()
    await book("k1")
    assert asyncio.get_running_loop().time() - began >= 0.5
    assert len(await practice.files()) == 1


async def test_a_turn_of_somebody_alive_is_waited_for(
    practice: Practice, dav: CalDav, book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And after some time the caller is told that it cannot be done now; nothing is in doubt."""
    monkeypatch.setattr(turns_module, "PATIENCE_SECS", 0.5)
    name = "trunkline-turn-20261123"
    await dav.create(
        f"{practice.calendar}{name}.ics", lock_written(uid=name, token="x", now=practice.now)
    )
    with pytest.raises(Unavailable) as failed:
        await book("k1")
    assert not failed.value.maybe_done


async def test_a_server_that_does_not_keep_two_apart(practice: Practice) -> None:
    """Some ignore If-None-Match: nothing is booked there, and check says so."""

    async def ignoring(request: httpx.Request) -> None:
        request.headers.pop("If-None-Match", None)

    client = httpx.AsyncClient(trust_env=False, event_hooks={"request": [ignoring]})
    async with CalDav(user=USER, password=PASSWORD, client=client) as dav:
        business = practice.business(dav)
        assert "does not keep two writers apart" in await business.fault()
        with pytest.raises(Unavailable):
            await business.hold_slot(day=MONDAY, time=dt.time(10), party=None, holder="h")
    assert await practice.files() == {}


async def test_a_calendar_that_will_do(practice: Practice, dav: CalDav) -> None:
    """Looked at with its server, and left as it was."""
    assert await practice.business(dav).fault() == ""
    nowhere = f"{practice.calendar}nowhere/"
    assert nowhere in await practice.business(dav, also_busy=[nowhere]).fault()
    assert await practice.files() == {}


async def test_somebody_changes_it_in_the_same_moment(
    practice: Practice,
    dav: CalDav,
    business: CalendarBusiness,
    book: Book,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What a person has just written is not written over."""
    which = str((await book("k1"))["id"])
    write = dav.replace

    async def late(resource: Any, text: str) -> str:
        await dav.put(resource.url, resource.text.replace("Ann", "Dr. Ann"))
        return await write(resource, text)

    monkeypatch.setattr(dav, "replace", late)
    with pytest.raises(Refused, match="just changed"):
        await business.cancel_appointment(which, idempotency_key="x")
    assert "Dr. Ann" in (await practice.files())[f"trunkline-{which}.ics"]


async def test_a_server_that_is_gone(mortal: Practice, dav: CalDav) -> None:
    """A verdict, soon, and nothing in doubt."""
    business = mortal.business(dav)
    mortal.server.kill()
    with pytest.raises(Unavailable) as failed:
        await business.hold_slot(day=MONDAY, time=dt.time(10), party=None, holder="h")
    assert not failed.value.maybe_done
    with pytest.raises(Unavailable):
        await business.find_slots(MONDAY, None, None, None)


async def test_what_is_wrong_with_the_address(mortal: Practice, dav: CalDav) -> None:
    """A folder, a wrong password, nobody there: each in a sentence."""
    assert await dav.fault(mortal.calendar) == ""
    assert "no calendar" in await dav.fault(mortal.calendar.removesuffix("practice/"))
    async with CalDav(user=USER, password="wrong") as stranger:
        assert "user or the password" in await stranger.fault(mortal.calendar)
    mortal.server.kill()
    assert "cannot be reached" in await dav.fault(mortal.calendar)
