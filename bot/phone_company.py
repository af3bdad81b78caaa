"""The phone company by the account of the settings, and the numbers that they name."""

from collections.abc import Iterator

from bot.carriers import parse_target
from bot.carriers.our_number import StreamTrial
from bot.carriers.twilio.addresses import Addresses
from bot.carriers.twilio.rest import TwilioCarrier
from bot.carriers.twilio.signatures import TwilioSignatures
from bot.carriers.twilio.stream_trial import try_stream
from config import Settings, SettingsError


def carrier_of(settings: Settings) -> TwilioCarrier:
    """The carrier, by the account of the settings."""
    has_key = bool(settings.twilio_api_key_sid)
    return TwilioCarrier(
        account_sid=settings.twilio_account_sid,
        addresses=addresses_of(settings),
        auth_token=None if has_key else settings.twilio_auth_token[0].get_secret_value(),
        api_key_sid=settings.twilio_api_key_sid or None,
        api_key_secret=settings.twilio_api_key_secret.get_secret_value() or None,
        api_url=settings.twilio_api_url,
    )


def carriers_by_token(settings: Settings) -> Iterator[TwilioCarrier]:
    """The carrier once for each Auth Token, asked with that token and no API key: the tokens prove
    that a request is the carrier's, and only it can say whether they are right.
    """
    for token in settings.twilio_auth_token:
        yield TwilioCarrier(
            account_sid=settings.twilio_account_sid,
            addresses=addresses_of(settings),
            auth_token=token.get_secret_value(),
            api_url=settings.twilio_api_url,
        )


async def try_stream_of(settings: Settings, *, sent_to: str, within_secs: float) -> StreamTrial:
    """Opens the media stream of the service at PUBLIC_URL as the carrier would."""
    return await try_stream(
        public_url=settings.public_url,
        auth_token=settings.twilio_auth_token[0].get_secret_value(),
        account_sid=settings.twilio_account_sid,
        sent_to=sent_to,
        within_secs=within_secs,
    )


def addresses_of(settings: Settings) -> Addresses:
    """Where the carrier reaches us."""
    return Addresses(public_url=settings.public_url)


def signatures_of(settings: Settings) -> TwilioSignatures:
    """What tells the carrier's requests from those of others."""
    tokens = [token.get_secret_value() for token in settings.twilio_auth_token]
    return TwilioSignatures(auth_tokens=tokens, public_url=settings.public_url)


def number_in(setting: str, value: str) -> str | None:
    """The number that this setting names, E.164 or sip:; None: none. Raises SettingsError."""
    try:
        return parse_target(value) if value else None
    except ValueError as error:
        raise SettingsError(f"{setting}: {error}") from error
