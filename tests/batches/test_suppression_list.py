"""Numbers that are never called: they come from many places, and stay."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from batch_kit import NOON, opened_store

from bot.batches.errors import Malformed, NotThere, RequestRefused
from bot.batches.suppression_list import SuppressionList
from bot.store import Store, Suppression
from tests.batches.workbook_kit import xlsx

ADA, BOB = "+12125550101", "+12125550102"


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with opened_store(tmp_path) as store:
        yield store


@pytest.fixture
async def kept(store: Store) -> SuppressionList:
    return SuppressionList(store=store, now=lambda: NOON)


async def test_a_number_is_added_once(kept: SuppressionList) -> None:
    """However it is written; the first entry stays."""
    assert await kept.add(ADA, source="cli", note="she rang")
    assert not await kept.add("(212) 555-0101", source="api", country="US")
    [entry] = await kept.list()
    assert (entry.number, entry.source, entry.note) == (ADA, "cli", "she rang")
    with pytest.raises(Malformed):
        await kept.add("12", source="cli")


@pytest.mark.parametrize(
    "file",
    [
        b"number\n+12125550101\n+12125550102\n+12125550101\nnobody\n",
        b"Patient;Mobile;Town\nA;+12125550101;x\nB;+12125550102;y\nA;+12125550101;z\nC;nobody;w\n",
        b"+12125550101\n+12125550102\n+12125550101\nnobody\n",
    ],
    ids=["one column", "several", "no header"],
)
async def test_a_file_of_numbers(kept: SuppressionList, file: bytes) -> None:
    """With or without names of columns: what is a number is added, what is not is told."""
    listed = await kept.import_file(file, "list.csv", note="old list")
    assert (listed.added, listed.known) == (2, 1)
    assert len(listed.problems) == 1
    entries = await kept.list()
    assert [(entry.number, entry.note) for entry in entries] == [
        (ADA, "old list"),
        (BOB, "old list"),
    ]


async def test_hidden_rows_are_on_the_list_too(kept: SuppressionList) -> None:
    """Here it is the row that protects somebody; and who is not read is told of."""
    table = [["Old list"], ["Number"], [ADA], [BOB], ["nobody"]]
    file = xlsx({"One": table}, rows_given={4: 'hidden="1"'})
    listed = await kept.import_file(file, "list.xlsx")
    assert (listed.added, listed.unread) == (2, 1)
    assert [note[:20] for note in listed.notes] == ["line 1 stands above ", "1 hidden row (line 4"]


async def test_a_file_is_read_as_that_of_a_batch(kept: SuppressionList) -> None:
    """What Excel does to numbers is undone, of several columns and cells all numbers count, and
    what cannot be read is named by its line, column and cell.
    """
    file = b"""Name;Home Phone;Mobile
A;2125550401.0;"2125550402 / 2125550403"
B;'2125550404;1.2125550405E+10
C;;212-555-0406 cell
D;1.2E+10;2125550407 x12
E;;
F;+86282452253;
"""
    listed = await kept.import_file(file, "dnc.csv")
    assert [entry.number[-3:] for entry in await kept.list()] == [f"40{n}" for n in range(1, 8)]
    assert (listed.added, listed.known) == (7, 0)
    assert [line for line, _ in listed.problems] == [5, 6, 7]
    assert listed.problems[0][1].startswith("Home Phone: '1.2E+10': a spreadsheet has cut")
    assert "withheld" in listed.problems[2][1]


async def test_a_list_that_lost_its_pluses(kept: SuppressionList) -> None:
    """As in a batch, a whole column of them is read with theirs."""
    numbers = "".join(f"4930901820{n}\n" for n in range(10, 15))
    listed = await kept.import_file(f"number\n{numbers}".encode(), "n.csv", country="DE")
    assert (listed.added, listed.problems) == (5, [])
    assert all(entry.number.startswith("+4930901820") for entry in await kept.list())


async def test_nobody_has_a_withheld_number(kept: SuppressionList) -> None:
    """It is not put on the list, as if it kept somebody from being called."""
    for number in ("+86282452253", "sip:anonymous@anonymous.invalid"):
        with pytest.raises(Malformed, match="withheld"):
            await kept.add(number, source="cli")
    assert await kept.list() == []


async def test_no_numbers_in_a_file(kept: SuppressionList) -> None:
    """What holds none is refused as a whole."""
    with pytest.raises(Malformed, match="no column of telephone numbers"):
        await kept.import_file(b"town,street\nx,y\n", "list.csv")
    with pytest.raises(Malformed, match="empty"):
        await kept.import_file(b"", "list.csv")


async def test_an_export_is_taken_in_as_it_was(
    kept: SuppressionList, store: Store, tmp_path: Path
) -> None:
    """When and how somebody opted out is evidence, and moves with the list."""
    opted_out = Suppression(
        number=ADA, at=NOON, source="call", call_id="call_1", note="=HYPERLINK(1)"
    )
    await store.suppressions.add(opted_out)
    exported = "".join([piece async for piece in await kept.export()])
    assert ",=HYPERLINK" not in exported
    (tmp_path / "other").mkdir()
    async with opened_store(tmp_path / "other") as other:
        elsewhere = SuppressionList(store=other, now=lambda: NOON)
        assert (await elsewhere.import_file(exported.encode(), "e.csv")).added == 1
        assert await elsewhere.list() == [opted_out]


async def test_a_bad_row_keeps_nobody_else_off_the_list(kept: SuppressionList) -> None:
    """A time without a zone, or none at all, is told of; the numbers below it are taken."""
    header = "number,at,source,note,call_id\n"
    bad = ("2026-11-24T09:00:00", "soon", "0001-01-01T00:00:00+05:00", "")
    rows = "".join(f"+1212555030{n},{at},call,,\n" for n, at in enumerate(bad))
    last = f"{ADA},2026-11-24T09:00:00+01:00,call,,call_1\n"
    listed = await kept.import_file((header + rows + last).encode(), "e.csv")
    assert [line for line, _ in listed.problems] == [2, 3, 4, 5]
    assert "has no offset" in listed.problems[0][1]
    assert listed.added == 1
    [ada] = await kept.list()
    assert (ada.number, ada.at) == (ADA, datetime(2026, 11, 24, 8, tzinfo=UTC))


async def test_what_people_asked_for_stays(kept: SuppressionList, store: Store) -> None:
    """A keeper may take off what a keeper put on, and nothing else."""
    await kept.add(BOB, source="cli")
    await kept.remove(f"{BOB[:2]} {BOB[2:5]}-{BOB[5:]}", by="ann")
    assert await kept.list() == []
    for source in ("call", "key"):
        number = f"+121255502{len(source):02}"
        await store.suppressions.add(Suppression(number=number, at=NOON, source=source))
        for nothing in ("", "  "):
            with pytest.raises(
                RequestRefused, match="stands for ever, unless they have consented anew"
            ):
                await kept.remove(number, by="ann", consent=nothing)
        assert await store.suppressions.get(number) is not None
    with pytest.raises(NotThere):
        await kept.remove(ADA, by="ann")


async def test_an_opt_out_is_taken_back_with_new_consent(
    kept: SuppressionList, store: Store
) -> None:
    """It was a slip of theirs: what they say now is kept with what they said then."""
    entry = Suppression(number=ADA, at=NOON, source="call", call_id="call_1", note="stop")
    await store.suppressions.add(entry)
    await kept.remove(ADA, by="ann", consent=" Rang on 25 Nov:\n call me again ")
    assert await kept.list() == []
    [taken] = await kept.taken_back(ADA)
    assert (taken.source, taken.call_id, taken.note) == ("call", "call_1", "stop")
    assert (taken.by, taken.consent) == ("ann", "Rang on 25 Nov: call me again")
    assert await kept.taken_back(BOB) == []
    assert await kept.add(ADA, source="cli")  # and may be taken back in turn
    assert len(await kept.taken_back()) == 1
