"""Who asks to be called no more is written down before they are told so, or as soon as can be."""

import asyncio
from pathlib import Path

import pytest

from bot.calls import OptOuts
from bot.calls.opt_outs import ANSWER_SECS, LAST_WORDS_SECS, OtherParty
from bot.store import Store, StoreError, Suppression
from tests.calls.call_kit import CALLER
from tools import NumberNeeded, Refused, Unavailable


class AwayList:
    """A list whose database is away for some seconds, or refuses for good."""

    def __init__(self, *, for_secs: float, temporary: bool = True) -> None:
        self.back_at = asyncio.get_running_loop().time() + for_secs
        self.temporary = temporary
        self.entries: list[Suppression] = []

    async def add(self, suppression: Suppression) -> bool:
        if asyncio.get_running_loop().time() < self.back_at:
            raise StoreError("the database is away", temporary=self.temporary)
        self.entries.append(suppression)
        return True


def other_party(opt_outs: OptOuts, number: str = CALLER) -> OtherParty:
    return OtherParty(opt_outs=opt_outs, number=number, call_id="call_1", our_number="+12125550100")


async def test_an_opt_out_is_on_disk_when_it_returns(store: Store, tmp_path: Path) -> None:
    """For the other party's number, with the call it was said in; the first one stays."""
    party = other_party(OptOuts(store.suppressions))
    await party.opt_out("please stop")
    await party.opt_out("again")
    beside = await Store.open(f"sqlite:///{tmp_path}/calls.db")
    found = await beside.suppressions.get(CALLER)
    await beside.close()
    assert found is not None
    assert (found.source, found.call_id, found.note) == ("call", "call_1", "please stop")


@pytest.mark.parametrize(
    "number",
    [
        "anonymous",
        "",
        "Restricted",
        "+266696687",
        "+7378742833",
        "+2562533",
        "+8656696",
        "+86282452253",
        "sip:anonymous@anonymous.invalid",
    ],
)
async def test_a_withheld_number_cannot_be_suppressed(store: Store, number: str) -> None:
    """The model is told that nothing is done, and to ask for it; what they say is listed."""
    party = other_party(OptOuts(store.suppressions), number)
    with pytest.raises(Refused, match="withheld") as caught:
        await party.opt_out("")
    facts = caught.value.facts()
    assert facts["error"] == "number_needed"
    assert "Nothing is noted yet" in facts["say"] and "as number" in facts["say"]
    assert await store.suppressions.list() == []
    await party.opt_out("no more", "212 555 0142")
    [entry] = await store.suppressions.list()
    assert (entry.number, entry.source, entry.call_id) == ("+12125550142", "call", "call_1")
    assert "no more" in entry.note and "said" in entry.note


@pytest.mark.parametrize("said", ["12", "two one two", "+266696687", "911"])
async def test_a_number_that_cannot_be_read_is_asked_for_again(store: Store, said: str) -> None:
    """Nothing is called done that is not."""
    with pytest.raises(NumberNeeded):
        await other_party(OptOuts(store.suppressions), "anonymous").opt_out("", said)
    assert await store.suppressions.list() == []


async def test_another_number_that_they_say_is_listed_too(store: Store) -> None:
    """Beside the one they call from."""
    await other_party(OptOuts(store.suppressions)).opt_out("both", "(212) 555-0142")
    entries = {entry.number: entry.note for entry in await store.suppressions.list()}
    assert entries.keys() == {CALLER, "+12125550142"}
    assert entries[CALLER] == "both"


async def test_a_number_within_a_sip_address_is_listed_too(store: Store) -> None:
    """A batch would call the number, not the address."""
    address = "sip:+12125550142@carrier.example"
    await other_party(OptOuts(store.suppressions), address).opt_out("")
    assert {entry.number for entry in await store.suppressions.list()} == {
        address,
        "+12125550142",
    }


async def test_a_database_that_comes_back_soon_costs_nothing() -> None:
    """It is waited for while the other side is on the line."""
    away = AwayList(for_secs=ANSWER_SECS / 2)
    await other_party(OptOuts(away)).opt_out("")  # type: ignore[arg-type]
    assert [entry.number for entry in away.entries] == [CALLER]


async def test_an_opt_out_outlasts_the_call() -> None:
    """The model hears that it is not written yet; it is as soon as the database is back."""
    away = AwayList(for_secs=600)
    opt_outs = OptOuts(away)  # type: ignore[arg-type]
    with pytest.raises(Unavailable) as caught:
        await other_party(opt_outs).opt_out("")
    assert caught.value.maybe_done
    await asyncio.sleep(640)
    assert [entry.number for entry in away.entries] == [CALLER]


async def test_a_service_that_stops_waits_for_opt_outs() -> None:
    """For so long; it does not hang for ever."""
    soon, never = AwayList(for_secs=ANSWER_SECS + 5), AwayList(for_secs=10_000)
    for away in (soon, never):
        opt_outs = OptOuts(away)  # type: ignore[arg-type]
        with pytest.raises(Unavailable):
            await other_party(opt_outs).opt_out("")
        began = asyncio.get_running_loop().time()
        await opt_outs.finish()
        assert round(asyncio.get_running_loop().time() - began, 3) <= LAST_WORDS_SECS
    assert (len(soon.entries), len(never.entries)) == (1, 0)


async def test_what_the_database_refuses_is_said_at_once() -> None:
    """Trying again would not help."""
    refusing = AwayList(for_secs=10_000, temporary=False)
    opt_outs = OptOuts(refusing)  # type: ignore[arg-type]
    with pytest.raises(Unavailable) as caught:
        await other_party(opt_outs).opt_out("")
    assert not caught.value.maybe_done
