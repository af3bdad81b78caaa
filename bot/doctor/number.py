"""The account at the carrier, and our number: where its calls and texts are sent."""

import re
from collections.abc import Iterable, Sequence
from contextlib import aclosing
from typing import Protocol

from bot.carriers import CarrierError
from bot.carriers.our_number import CarrierAccount, Matter, OurNumber, OurNumbers
from bot.clock import utcnow
from bot.doctor.finding import Finding, not_checked, ok, warning, wrong
from bot.doctor.machine import clock

ACCOUNT, NUMBER = "carrier account", "our number"
_FIX = "run `trunkline doctor --fix`, or set it in the carrier's console"
_NAMES: dict[Matter, str] = {
    "calls": "calls that come in",
    "status": "how calls stand",
    "texts": "texts that come in",
}


class AtCarrier(Protocol):
    """As much of a carrier as is asked here."""

    @property
    def numbers(self) -> OurNumbers: ...

    async def aclose(self) -> None: ...


async def account(carriers: Iterable[AtCarrier]) -> Sequence[Finding]:
    """The account, asked once with each token that we have; and this machine's clock."""
    findings: list[Finding] = []
    on_time: Finding | None = None
    everybody = list(carriers)
    for place, carrier in enumerate(everybody, 1):
        which = f" (token {place} of {len(everybody)})" if len(everybody) > 1 else ""
        async with aclosing(carrier):
            try:
                told = await carrier.numbers.account()
            except CarrierError as error:
                findings.append(_no_account(error, which))
            else:
                findings.append(_account(told, which))
                on_time = clock(told.answered_at, utcnow())
    return findings if on_time is None else [*findings, on_time]


def _no_account(error: CarrierError, which: str) -> Finding:
    if error.reason == "credentials_refused" or error.gone:
        do = "copy TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN again from the carrier's console"
        return wrong(ACCOUNT, f"the carrier refuses our credentials{which}", do)
    return wrong(ACCOUNT, f"{error}{which}", "look whether this machine reaches the carrier's API")


def _account(account: CarrierAccount, which: str) -> Finding:
    if account.state in ("suspended", "closed"):
        do = "ask the carrier why, in its console"
        return wrong(ACCOUNT, f"the account is {account.state}", do)
    if account.is_trial:
        do = "upgrade it in the carrier's console"
        return wrong(ACCOUNT, "this is a trial account, and those cannot use media streams", do)
    return ok(ACCOUNT, f"the account is there, and takes our token{which}")


async def number(
    carrier: AtCarrier, wanted: str, *, public_url: str, fix: bool, fallback: str = ""
) -> Sequence[Finding]:
    """Our number at the carrier; with `fix` it is set up first where it is not right."""
    async with aclosing(carrier):
        try:
            ours = await carrier.numbers.find(wanted)
            if ours is None:
                do = "check TWILIO_PHONE_NUMBER, or buy the number for this very account"
                return [wrong(NUMBER, f"the account has no number {wanted}", do)]
            mended = ""
            if fix and (fallback or _faults(ours, carrier.numbers)):
                ours = await carrier.numbers.set_up(ours, fallback=fallback)
                mended = " (set just now)"
        except CarrierError as error:
            do = "look at what it says, and run `trunkline doctor` again"
            return [wrong(NUMBER, str(error), do)]
        faults = _faults(ours, carrier.numbers)
    if not ours.takes_calls:
        do = "buy a number that takes calls, or set TWILIO_PHONE_NUMBER to one"
        faults.insert(0, wrong(NUMBER, "the number takes no calls", do))
    told = faults or [ok(NUMBER, f"its calls come to us{mended}")]
    return [*told, _fallback(ours, public_url)]


def _faults(ours: OurNumber, numbers: OurNumbers) -> list[Finding]:
    """What is not sent to us as it should be."""
    faults = []
    if ours.calls_go_to:
        do = _FIX if ours.calls_can_be_freed else "take the number out of it, in the console"
        seen = f"its calls go to {ours.calls_go_to}, whatever addresses are set"
        faults.append(wrong(NUMBER, seen, do))
    if ours.takes_texts and ours.texts_go_to:
        seen = f"its texts go to {ours.texts_go_to}, whatever addresses are set"
        faults.append(warning(NUMBER, seen, _FIX))
    for matter, name in _NAMES.items():
        if matter == "texts" and not ours.takes_texts:
            continue
        address, wanted = ours.addresses[matter], numbers.wanted(matter)
        say = wrong if matter == "calls" else warning
        if address != wanted:
            seen = f"{name}: {_shown(address)}, and it must be {wanted}"
            faults.append(say(NUMBER, seen, _FIX))
        elif ours.methods[matter] != "POST":
            seen = f"{name}: {wanted} is asked with {ours.methods[matter]}, and it must be POST"
            faults.append(say(NUMBER, seen, _FIX))
    return faults


def _shown(address: str) -> str:
    """Without what may be secret in it: user, password, query."""
    place = re.sub(r"//[^/?#]*@", "//", address.partition("?")[0])
    return f"they go to {place}" if place else "no address is set"


def _fallback(ours: OurNumber, public_url: str) -> Finding:
    """Who answers when we do not: it must not be this machine."""
    address = ours.addresses["fallback"]
    do = (
        "make a TwiML Bin of what `trunkline fallback-twiml` prints, and run "
        "`trunkline doctor --fix --fallback-url` with the bin's address"
    )
    if not address:
        return warning("fallback", "nobody answers callers while this machine is down", do)
    if address.startswith(f"{public_url}/") or address == public_url:
        seen = "the fallback address is this very machine, which is down when it is asked"
        return warning("fallback", seen, do)
    return ok("fallback", "another address answers while this machine is down")


def no_number() -> Finding:
    """None is set."""
    do = "set TWILIO_PHONE_NUMBER: it is shown when the line calls out, and can be checked then"
    return not_checked(NUMBER, "TWILIO_PHONE_NUMBER is not set", do)
