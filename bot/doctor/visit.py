"""One visit of the doctor: which checks there are for these settings, and what all of them find."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import SecretStr

from bot.brains import Brain, Speaker, find_brain
from bot.brains.catalog import open_brains
from bot.calls.failing_over import with_fallback
from bot.doctor import machine, number, surroundings
from bot.doctor.agents_files import AgentsFound, agents_files
from bot.doctor.database import database
from bot.doctor.documents import CHECK, documents
from bot.doctor.examination import Check, examine
from bot.doctor.finding import Finding, not_checked, ok, warning, wrong
from bot.doctor.model import model
from bot.doctor.reach import PUBLIC, reach
from bot.model_checks import models_of
from bot.phone_company import carrier_of, carriers_by_token
from bot.store import StoreError, file_of
from config import Agent, Settings, doubts
from config.settings import is_given, not_set

_ACCOUNT = ("twilio_account_sid", "twilio_auth_token")
TWICE_SECS = 30.0  # for two requests of the carrier, each with its retries
_EXAMPLE = "set it in .env (`trunkline settings` explains each)"


@dataclass(frozen=True, kw_only=True)
class Visit:
    """What is wanted of a visit."""

    needed: Collection[str]  # settings without which the service does not start
    fix: bool = False  # our number is set up where it is not right
    fallback_url: str = ""  # and this is what answers while we are down
    served: bool = True  # False: the service does not run yet, so nobody can reach it
    sent_to: str = ""  # see `reach`


async def visit(settings: Settings, wish: Visit) -> list[Finding]:
    """Everything that is found, in an order for reading. Nothing is changed without `fix`."""
    secrets = secrets_of(settings)
    brains = open_brains(settings)
    agents: dict[str, Agent] = {}

    async def of_files() -> Sequence[Finding]:
        found: AgentsFound = await agents_files(settings, brains)
        agents.update(found.agents)
        return found.findings

    # First and alone: it reads many files, and what is timed later must not wait for it.
    files = await examine([Check(name="agents", ask=of_files, within_secs=60.0)], secrets=secrets)
    for brain in brains.values():
        brain.prepare()
    rest = await examine(_checks(settings, wish, brains, agents), secrets=secrets)
    return [*_settings(settings, wish.needed), *files, *rest]


def _settings(settings: Settings, needed: Collection[str]) -> list[Finding]:
    missing = settings.lacks(needed)
    findings = [wrong("settings", not_set([name]), _EXAMPLE) for name in missing]
    findings += [warning("settings", told, "mend it in .env") for told in doubts(settings)]
    return findings or [ok("settings", "all that the service needs is set")]


def _checks(
    settings: Settings, wish: Visit, brains: Mapping[str, Brain], agents: Mapping[str, Agent]
) -> list[Check]:
    return [
        *_of_models(settings, brains, agents),
        *_of_carrier(settings, wish),
        _of_reach(settings, wish),
        Check(name="human line", ask=partial(surroundings.human, settings)),
        Check(name="business", ask=partial(surroundings.business, settings)),
        Check(name=CHECK, ask=partial(documents, settings, agents)),
        Check(name="mail", ask=partial(surroundings.mail, settings)),
        Check(name="database", ask=partial(database, settings.database_url)),
        Check(name="disk", ask=partial(machine.disks, list(_places(settings)))),
        Check(name="versions", ask=machine.versions),
    ]


def _of_models(
    settings: Settings, brains: Mapping[str, Brain], agents: Mapping[str, Agent]
) -> Iterator[Check]:
    """One for each model that agents speak with; the voice is that of an agent who has it."""
    for (brain, name), answers in models_of(agents.values(), settings.inbound_agent).items():
        speaker = next(
            Speaker(brain=brain, model=name, voice=each.voice)
            for agent in agents.values()
            for each in (agent, with_fallback(agent))
            if each is not None and (each.brain, each.model) == (brain, name)
        )
        yield Check(
            name=f"model {name}",
            ask=partial(model, brains, speaker, answers=answers),
            missing=_not_set(find_brain(brain, brains).lacks(name)),
        )


def _of_carrier(settings: Settings, wish: Visit) -> Iterator[Check]:
    missing = _missing(settings, *_ACCOUNT)

    async def account() -> Sequence[Finding]:
        return await number.account(carriers_by_token(settings))

    async def our_number() -> Sequence[Finding]:
        if not settings.twilio_phone_number:
            return [number.no_number()]
        return await number.number(
            carrier_of(settings),
            settings.twilio_phone_number,
            public_url=settings.public_url,
            fix=wish.fix,
            fallback=wish.fallback_url,
        )

    yield Check(name=number.ACCOUNT, ask=account, missing=missing, within_secs=TWICE_SECS)
    missing = _missing(settings, *_ACCOUNT, "public_url")
    yield Check(name=number.NUMBER, ask=our_number, missing=missing, within_secs=TWICE_SECS)


def _of_reach(settings: Settings, wish: Visit) -> Check:
    async def from_outside() -> Sequence[Finding]:
        if not wish.served:
            do = "start `trunkline serve`, then run `trunkline doctor`"
            return [not_checked(PUBLIC, "the service does not run yet", do)]
        return await reach(settings, sent_to=wish.sent_to)

    missing = _missing(settings, "public_url", "twilio_auth_token") if wish.served else ""
    return Check(name=PUBLIC, ask=from_outside, missing=missing)


def _missing(settings: Settings, *names: str) -> str:
    """Which of these are not set, as a beginning of a sentence; empty: none."""
    return _not_set([name.upper() for name in names if not is_given(getattr(settings, name))])


def _not_set(missing: Sequence[str]) -> str:
    return f"{' and '.join(missing)} {'is' if len(missing) == 1 else 'are'}" if missing else ""


def _places(settings: Settings) -> Iterator[tuple[str, Path]]:
    """What is kept, and where on this machine."""
    try:
        if (file := file_of(settings.database_url)) is not None:
            yield "calls", file
    except StoreError:
        pass  # the check of the database tells
    if not settings.recordings.startswith("s3://"):
        yield "recordings", Path(settings.recordings or settings.var_dir / "recordings")
    yield "prepared lines", settings.var_dir


def secrets_of(settings: Settings) -> frozenset[str]:
    """All that must not be shown: every secret setting, and passwords in addresses."""
    found: set[str] = set()
    for _, value in settings:
        for each in value if isinstance(value, tuple) else (value,):
            if isinstance(each, SecretStr):
                found.add(each.get_secret_value())
    found.add(urlsplit(settings.database_url).password or "")
    return frozenset(found - {""})
