"""Hours in words of a language: for callers, and for the model."""

import datetime as dt
from typing import Any

from processors.hours.hours import Hours
from processors.words.languages import HourWords

# Not strftime's: those follow the machine's locale.
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def spoken_moment(moment: dt.datetime, now: dt.datetime, words: HourWords) -> str:
    """A later moment as people say it, "tomorrow at 8:30 AM"; both on the clock of the business."""
    time = words.clock.format(
        hour=moment.hour,
        hour12=moment.hour % 12 or 12,
        half="AM" if moment.hour < 12 else "PM",
        minute=f"{moment:%M}",
    )
    days = (moment.date() - now.date()).days
    form = words.later
    if days < 7:
        form = (words.today, words.tomorrow, *(5 * (words.soon,)))[days]
    return form.format(
        time=time,
        weekday=words.weekdays[moment.weekday()],
        day=moment.day,
        month=words.months[moment.month - 1],
    )


def next_opening(hours: Hours, now: dt.datetime, words: HourWords) -> str:
    """When it opens next, after an aware `now`."""
    opens = hours.next_opening(now)
    if opens is None:
        return words.never
    return spoken_moment(opens.astimezone(hours.zone), now.astimezone(hours.zone), words)


def facts(hours: Hours, now: dt.datetime, words: HourWords) -> str:
    """What is so at an aware `now`, in sentences: open or closed, until when, who is on call."""
    state = hours.at(now)
    here = now.astimezone(hours.zone)
    when = words.never
    if state.changes_at is not None:
        when = spoken_moment(state.changes_at.astimezone(hours.zone), here, words)
    said = [words.closed.format(when=when)]
    if state.is_open:
        said = [words.always if state.changes_at is None else words.open.format(when=when)]
    if state.note:
        said.append(words.note.format(note=state.note))
    if on_call := hours.who_is_on_call(now):
        said.append(words.on_call.format(who=on_call.who))
    return " ".join(said)


def facts_of_days(hours: Hours, now: dt.datetime, day: dt.date | None) -> dict[str, Any]:
    """For a tool: the hours of a day, or of the seven days from today; and how it stands now."""
    here = now.astimezone(hours.zone)
    days = [here.date() + dt.timedelta(days=ahead) for ahead in range(7)] if day is None else [day]
    opens = hours.next_opening(now)
    return {
        "now": f"{here:%Y-%m-%d %H:%M}",
        "open_now": hours.at(now).is_open,
        "next_opening": f"{opens.astimezone(hours.zone):%Y-%m-%d %H:%M}" if opens else None,
        "hours": [_facts_of_day(hours, each) for each in days],
    }


def _facts_of_day(hours: Hours, day: dt.date) -> dict[str, Any]:
    spans, note = hours.on(day)
    told: dict[str, Any] = {
        "day": day.isoformat(),
        "weekday": WEEKDAYS[day.weekday()],
        "open": [str(span) for span in spans],
    }
    return {**told, "note": note} if note else told
