"""Erasing a person from the page of a call, the doctor's page, and who may."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from console_kit import Desk, open_desk, signed_in

from bot.clock import utcnow
from bot.console.phone import caller_name
from bot.doctor.finding import Finding, ok, wrong
from bot.store import CallRecord, Outcome, TurnRecord

THEIRS, OURS = "+12125550123", "+15550001111"


async def stored(desk: Desk, call_id: str, *, number: str = THEIRS, is_open: bool = False) -> None:
    now = utcnow()
    record = CallRecord(
        id=call_id,
        direction="inbound",
        agent="reception",
        from_number=number,
        to_number=OURS,
        started_at=now - timedelta(minutes=5),
        status="in-progress",
    )
    await desk.store.add_call(record)
    for n in range(3):
        at = now - timedelta(minutes=4, seconds=-20 * n)
        said = TurnRecord(
            key=f"k{n}", role="agent", text="I did not get that.", started_at=at, ended_at=at
        )
        await desk.store.put_turn(call_id, said)
    if not is_open:
        outcome = Outcome(result="completed", reason="goodbye", summary="")
        await desk.store.end_call(
            call_id, status="completed", outcome=outcome, ended_at=now - timedelta(minutes=1)
        )


async def test_an_owner_erases_the_person_of_a_call(tmp_path: Path) -> None:
    """First what that is; then for good. Nobody else may, and not while a call goes on."""
    async with open_desk(tmp_path) as desk:
        await stored(desk, "call_old")
        await stored(desk, "call_now", is_open=True)
        page, path = "/console/calls/call_old", "/console/calls/call_old/erase"
        for name in ("viewer", "operator"):
            async with signed_in(desk, name) as other:
                assert "Erase" not in (await other.get(page)).text
                assert (await other.get(path)).status_code == 403
                assert (await other.post(path)).status_code == 403
        async with signed_in(desk, "owner") as owner:
            shown = await owner.get(page)
            assert path in shown.text
            assert "said the same 3 times" in shown.text  # a flag
            asked = (await owner.get(path)).text
            assert THEIRS in asked
            assert "A call with this number is under way." in asked
            assert "Erase for good" not in asked
            assert (await owner.post(path)).status_code == 409
            over = Outcome(result="completed", reason="goodbye", summary="")
            await desk.store.end_call(
                "call_now", status="completed", outcome=over, ended_at=utcnow()
            )
            assert "Erase for good" in (await owner.get(path)).text
            done = await owner.post(path)
            assert (done.status_code, done.headers["location"]) == (303, page)
            left = (await owner.get(page)).text
            assert THEIRS not in left
            assert "I did not get that." not in left
            assert (await owner.get(path)).status_code == 404
        (entry,) = await desk.store.audit.find(subject="call_old")
        assert (entry.who, entry.act, entry.details) == ("owner", "person_erased", {"calls": 2})


async def test_nobody_is_erased_by_a_withheld_number(tmp_path: Path) -> None:
    """All who withhold theirs have the same: what stands in its place names none of them. A user
    who called from a browser has an address of their own.
    """
    async with open_desk(tmp_path) as desk, signed_in(desk, "owner") as owner:
        for number in ("anonymous", "+266696687"):
            await stored(desk, f"call_{number[1:]}", number=number)
            await stored(desk, f"call_other_{number[1:]}", number=number)
            page = f"/console/calls/call_{number[1:]}"
            assert f"{page}/erase" not in (await owner.get(page)).text
            assert (await owner.get(f"{page}/erase")).status_code == 404
            assert (await owner.post(f"{page}/erase")).status_code == 404
            other = await desk.store.get_call(f"call_other_{number[1:]}")
            assert other is not None
            assert len(other.turns) == 3
        await stored(desk, "call_browser", number=caller_name("maria"))
        assert "/erase" in (await owner.get("/console/calls/call_browser")).text
        assert (await owner.post("/console/calls/call_browser/erase")).status_code == 303


async def test_the_doctor_has_a_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every finding with what to do; a visit is begun by hand, by operators and owners."""
    visits = 0

    async def visited(*asked: object) -> Sequence[Finding]:
        nonlocal visits
        visits += 1
        return [ok("disk", "There is room."), wrong("our number", "It is <gone>.", "Set it up.")]

    monkeypatch.setattr("bot.web.visit_apart", visited)
    async with open_desk(tmp_path) as desk:
        async with signed_in(desk, "viewer") as viewer:
            assert (await viewer.get("/console/doctor")).status_code == 403
            assert (await viewer.post("/console/doctor")).status_code == 403
        async with signed_in(desk, "operator") as operator:
            assert "Look now" in (await operator.get("/console/doctor")).text
            assert visits == 0
            page = (await operator.post("/console/doctor")).text
            for told in ("1 ok", "1 wrong", "our number", "It is &lt;gone&gt;.", "Set it up."):
                assert told in page
        (entry,) = await desk.store.audit.find(who="operator", limit=1)
        assert (entry.who, visits) == ("operator", 1)
