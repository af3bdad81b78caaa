"""Who stands beside the line: the person who takes over, the business, the mail server."""

from collections.abc import Sequence

from bot.businesses import open_business
from bot.doctor.finding import Finding, ok, warning, wrong
from bot.front_desk import mail_server_of
from bot.outbox import NotDelivered
from bot.outbox.mail import greet
from bot.phone_company import number_in
from bot.same_number import same_number
from config import Settings, SettingsError
from tools import BusinessError, NotFound

HUMAN, BUSINESS, MAIL = "human line", "business", "mail"
ANSWER_SECS = 8.0


async def human(settings: Settings) -> Sequence[Finding]:
    """Who takes over; nobody is called."""
    try:
        person = number_in("HUMAN_TRANSFER_NUMBER", settings.human_transfer_number)
    except SettingsError as error:
        return [wrong(HUMAN, str(error), "set HUMAN_TRANSFER_NUMBER to a number that answers")]
    do = "set HUMAN_TRANSFER_NUMBER to the number of a person"
    if person is None:
        return [warning(HUMAN, "nobody takes over when a caller asks for a person", do)]
    if same_number(person, settings.twilio_phone_number):
        return [wrong(HUMAN, "HUMAN_TRANSFER_NUMBER is our own number: it would call itself", do)]
    return [ok(HUMAN, "somebody is set to take over (nobody was called)")]


async def business(settings: Settings) -> Sequence[Finding]:
    """Its opening hours are asked for. One on a calendar is part of what agents' files point to."""
    if settings.business:
        return []
    do = "start it, or set BUSINESS_API_BASE (`trunkline business` is a sample)"
    try:
        async with open_business(settings) as there:
            await there.lookup_hours(None)
    except NotFound:
        pass
    except BusinessError as error:
        seen = f"the business does not answer as it should: {error}"
        return [warning(BUSINESS, seen, do)]
    return [ok(BUSINESS, "the business answers")]


async def mail(settings: Settings) -> Sequence[Finding]:
    """The mail server, where one is set; no letter is sent."""
    server = mail_server_of(settings)
    if server is None:
        return []
    try:
        await greet(server, within_secs=ANSWER_SECS)
    except NotDelivered as error:
        do = "check the MAIL_ settings, and that this machine may reach that port"
        return [wrong(MAIL, f"e-mail does not go out: {error}", do)]
    return [ok(MAIL, "the mail server takes our e-mail")]
