"""The digest in words: templates in plain text."""

from datetime import datetime
from zoneinfo import ZoneInfo

from bot.digest.day import Day
from bot.digest.flags import flags_of
from bot.outbox.mail import Letter
from bot.store import CallRecord, MessageRecord

MOST_LINES = 40  # of one list

_DAY = """\
{title}

Calls      {calls} ({inbound} in, {outbound} out){results}{nuisance}
Messages   {messages}
Texts      {texts}
Cost       {cost}
{noticed}{open_messages}"""

_CALL = """\
{direction} call, {number}, {at}, {length}

Outcome    {outcome}
Summary    {summary}
To look at {flags}
Cost       {cost}
{messages}
trunkline calls show {id}
"""


def letter_of_day(day: Day, zone: ZoneInfo | None) -> Letter:
    """The digest of a day; times are of this zone (None: of the machine)."""
    title = f"{day.until.astimezone(zone):%A, %d %B %Y}"
    waiting = day.open_messages
    parts = [f"{title}: {_count(day.calls, 'call')}"]
    if waiting:
        parts.append(f"{_count(waiting, 'message')} waiting")
    if day.noticed:
        parts.append(f"{len(day.noticed)} to look at")
    results = "".join(f"\n           {name} {count}" for name, count in day.results.most_common())
    noticed = [
        f"{one.at.astimezone(zone):%H:%M}  {one.number or 'no number'}  "
        f"{', '.join(map(str, one.flags))}  [{one.call_id}]"
        for one in day.noticed
    ]
    text = _DAY.format(
        title=title,
        calls=day.calls,
        inbound=day.inbound,
        outbound=day.outbound,
        results=results,
        nuisance=_nuisance(day),
        messages=f"{len(day.messages)}, {waiting} waiting" if day.messages else "none",
        texts=", ".join(f"{count} {name}" for name, count in day.texts.most_common()) or "none",
        cost=", ".join(f"{money:.2f} {name}" for name, money in day.cost.items()) or "none",
        noticed=_listed("To look at", noticed),
        open_messages=_listed(
            "Messages waiting for somebody",
            [_line(one, zone) for one in day.messages if one.acknowledged_at is None],
        ),
    )
    return Letter(subject=", ".join(parts), text=text)


def letter_of_call(
    call: CallRecord, messages: list[MessageRecord], zone: ZoneInfo | None
) -> Letter:
    """The digest of one call."""
    flags = ", ".join(map(str, flags_of(call)))
    inbound = call.direction == "inbound"
    number = (call.from_number if inbound else call.to_number) or "no number"
    result = f"{call.outcome.result} ({call.outcome.reason})" if call.outcome else "under way"
    fields = call.outcome.fields if call.outcome else {}
    told = "".join(f"\n{name}: {value}" for name, value in fields.items() if value)
    listed = _listed("Messages", [_line(one, zone) for one in messages])
    text = _CALL.format(
        direction="Incoming" if inbound else "Outgoing",
        number=number,
        at=f"{call.started_at.astimezone(zone):%Y-%m-%d %H:%M}",
        length=_length(call.answered_at, call.ended_at),
        outcome=result,
        summary=(call.outcome.summary if call.outcome else "") or "-",
        flags=flags or "nothing",
        cost=f"{call.cost.total:.2f} {call.cost.currency}" if call.cost else "-",
        messages=f"{told}\n{listed}" if told or listed else "",
        id=call.id,
    )
    mark = " (look at it)" if flags else ""
    return Letter(subject=f"Call {number}: {result}{mark}", text=text)


def _nuisance(day: Day) -> str:
    """Who was kept from the line, where there was anybody."""
    told = ", ".join(
        f"{count} {reason.replace('_', ' ')}" for reason, count in day.nuisance.most_common()
    )
    return f"\nNuisance   {told}" if told else ""


def _listed(title: str, lines: list[str]) -> str:
    if not lines:
        return ""
    more = len(lines) - MOST_LINES
    shown = lines[:MOST_LINES] + ([f"and {more} more"] if more > 0 else [])
    return f"\n{title}\n" + "".join(f"  {line}\n" for line in shown)


def _line(message: MessageRecord, zone: ZoneInfo | None) -> str:
    urgent = "URGENT " if message.urgency == "urgent" else ""
    at = f"{message.taken_at.astimezone(zone):%d %b %H:%M}"
    reason = " ".join(message.reason.split())
    return f"{at}  {urgent}{message.name}, {message.number or 'no number'}: {reason}"


def _length(since: datetime | None, until: datetime | None) -> str:
    if since is None or until is None:
        return "not answered"
    secs = round((until - since).total_seconds())
    return f"{secs // 60}:{secs % 60:02} min"


def _count(number: int, noun: str) -> str:
    return f"{number or 'no'} {noun}{'' if number == 1 else 's'}"
