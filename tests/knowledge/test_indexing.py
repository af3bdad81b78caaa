"""What is in the folder is what is found: read once, read anew when it changes, named when not."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from files_kit import a_pdf, encrypted
from knowledge_kit import FarSide, Room

from bot.child import ChildFailed, Output, in_this_process
from bot.knowledge import Report
from bot.knowledge.indexing import VECTORS_AGAIN, VECTORS_AGAIN_AT_LAST
from bot.store import Store

HOURS = "# Hours\n\nOpen from nine to five."


@pytest.fixture
def far_side() -> FarSide:
    return FarSide()


@pytest.fixture
def room(store: Store, tmp_path: Path, far_side: FarSide) -> Room:
    room = Room(store, tmp_path / "knowledge", far_side.embedder)
    room.put("hours.md", HOURS)
    room.put("more/parking.txt", "Parking is free.")
    return room


async def test_only_what_changes_is_read(room: Room, far_side: FarSide) -> None:
    """A file that changed, one that came, one that went; all else stays as it was read."""
    report = await room.indexer.refresh("clinic")
    assert report == Report(client="clinic", read=("hours.md", "more/parking.txt"))
    assert await room.texts("free parking") == ["Parking is free.", "Open from nine to five."]
    room.read.clear()
    far_side.asked.clear()
    assert await room.indexer.refresh("clinic") == Report(client="clinic")

    room.put("hours.md", "Open from ten to six.")
    room.put("new.txt", "Dogs may come along.")
    (room.root / "clinic/more/parking.txt").unlink()
    report = await room.indexer.refresh("clinic")
    assert (report.read, report.gone) == (("hours.md", "new.txt"), ("more/parking.txt",))
    assert room.read == ["hours.md", "new.txt"]
    assert far_side.asked == [["Open from ten to six."], ["Dogs may come along."]]
    assert await room.texts("Open when?") == ["Open from ten to six.", "Dogs may come along."]


async def test_what_cannot_be_read_is_named_and_the_rest_stands(
    room: Room, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each by its name and with the reason; and once it can be read, it is."""
    monkeypatch.setattr("bot.knowledge.folder.MOST_BYTES", 5_000)
    room.put("locked.pdf", encrypted(a_pdf([(11, "Secret.")]), "secret"))
    room.put("scan.pdf", a_pdf([]))
    room.put("huge.txt", "word " * 2000)
    room.put("photo.jpeg", b"\xff\xd8")
    room.put("questions.toml", "")  # of `trunkline knowledge test`, and of no caller
    room.put(".hidden.md", "no")
    (room.root / "clinic/link.txt").symlink_to("/etc/hostname")
    (room.root / "clinic/lost.txt").symlink_to("/nowhere/at/all.txt")
    report = await room.indexer.refresh("clinic")
    assert report.read == ("hours.md", "more/parking.txt")
    assert {name: why.split(":")[0] for name, why in report.problems.items()} == {
        "huge.txt": "it is larger than 0 MB",
        "link.txt": "it is a link to a place outside this folder",
        "locked.pdf": "it is encrypted",
        "lost.txt": "it cannot be read",
        "photo.jpeg": "only these are read",
        "scan.pdf": "no text was found in it; pages that are pictures are not read",
    }
    assert await room.texts("open") != []
    room.read.clear()
    assert (await room.indexer.refresh("clinic")).problems == report.problems
    assert room.read == []  # nor tried again while they stay as they are

    room.put("locked.pdf", a_pdf([(11, "Secret.")]))
    report = await room.indexer.refresh("clinic")
    assert report.read == ("locked.pdf",)
    assert "locked.pdf" not in report.problems


async def test_a_folder_that_is_gone_takes_nothing_along(room: Room) -> None:
    """A disk that is not there is no wish to forget; an empty folder is one."""
    await room.indexer.refresh("clinic")
    folder = room.root / "clinic"
    folder.rename(room.root / "away")
    assert (await room.indexer.refresh("clinic")).missing
    assert await room.texts("open") != []
    folder.write_text("no folder")
    assert (await room.indexer.refresh("clinic")).missing
    folder.unlink()
    folder.mkdir()
    assert len((await room.indexer.refresh("clinic")).gone) == 2
    assert await room.texts("open") == []


async def test_the_old_reading_is_found_until_all_is_read(
    room: Room, store: Store, tmp_path: Path
) -> None:
    """A reader that breaks off in the middle changes nothing; the next one reads all."""
    await room.indexer.refresh("clinic")
    room.put("hours.md", "Open from ten to six.")
    room.put("more/parking.txt", "Parking costs a dollar.")
    calls = 0

    async def breaks_off(function: str, content: bytes, asked: Mapping[str, Any]) -> Output:
        nonlocal calls
        calls += 1
        if calls == 2:
            raise RuntimeError("the process dies")
        return await in_this_process(function, content, asked)

    other = Room(store, room.root, room.embedder, breaks_off)
    with pytest.raises(RuntimeError):
        await other.indexer.refresh("clinic")
    assert "Open from nine to five." in await room.texts("open")
    assert "Parking is free." in await room.texts("parking")
    report = await room.indexer.refresh("clinic")
    assert report.read == ("hours.md", "more/parking.txt")
    assert await room.texts("open") == ["Open from ten to six.", "Parking costs a dollar."]


async def test_two_processes_do_not_read_twice(room: Room, store: Store) -> None:
    """Of two that see the same change at the same time one reads, and both find it."""
    other = Room(store, room.root, room.embedder)
    one, two = await asyncio.gather(room.indexer.refresh("clinic"), other.indexer.refresh("clinic"))
    assert {one.busy, two.busy} == {True, False}
    assert sorted(room.read + other.read) == ["hours.md", "more/parking.txt"]
    assert await room.texts("open") == await other.texts("open") != []
    assert (await other.indexer.refresh("clinic")) == Report(client="clinic")


async def test_without_vectors_the_words_are_found(
    room: Room, far_side: FarSide, store: Store
) -> None:
    """A model that is away keeps nobody waiting: what was read is found by its words at once, and
    by its meaning once the model is back."""
    far_side.status = 503
    report = await room.indexer.refresh("clinic")
    assert "503" in report.without_vectors
    assert await room.texts("open") == ["Open from nine to five."]
    assert await room.texts("donde aparcar") == []
    far_side.status = 200
    assert (await room.indexer.refresh("clinic")).read == ()  # not at once
    await asyncio.sleep(VECTORS_AGAIN.total_seconds())
    assert (await room.indexer.refresh("clinic")).read == ("hours.md", "more/parking.txt")
    assert (await room.texts("donde aparcar"))[0] == "Parking is free."


async def test_a_model_that_is_away_is_asked_less_and_less(
    room: Room, far_side: FarSide, store: Store
) -> None:
    """It may take minutes to say so: all else is read without it, and nothing is read anew but the
    file that it is tried with."""
    far_side.status = 401
    report = await room.indexer.refresh("clinic")
    assert report.read == ("hours.md", "more/parking.txt") and "401" in report.without_vectors
    assert len(far_side.asked) == 1
    (room.root / "other").mkdir()
    (room.root / "other/new.txt").write_text("New.")
    assert "401" in (await room.indexer.refresh("other")).without_vectors
    assert len(far_side.asked) == 1  # for another client neither

    secs = VECTORS_AGAIN.total_seconds()
    for pause_secs in (secs, 2 * secs, 4 * secs):
        far_side.asked.clear()
        await asyncio.sleep(pause_secs - 1)
        assert (await room.indexer.refresh("clinic")).read == ()
        await asyncio.sleep(1)
        assert (await room.indexer.refresh("clinic")).read == ("hours.md",)
        assert len(far_side.asked) == 1

    far_side.status = 200
    await asyncio.sleep(8 * secs)
    assert (await room.indexer.refresh("clinic")).read == ("hours.md", "more/parking.txt")
    far_side.status = 401  # it is away anew, and soon tried again
    room.put("new.txt", "Dogs may come along.")
    await room.indexer.refresh("clinic")
    far_side.status = 200
    await asyncio.sleep(secs)
    assert (await room.indexer.refresh("clinic")).read == ("new.txt",)


async def test_one_text_that_the_model_refuses_takes_no_vectors_from_others(
    room: Room, far_side: FarSide
) -> None:
    """Nor is it offered again soon."""
    room.put("a.txt", "refused")
    far_side.refuses = "refused"
    assert "400" in (await room.indexer.refresh("clinic")).without_vectors
    assert (await room.texts("donde aparcar"))[0] == "Parking is free."
    assert await room.texts("refused") == ["refused"]
    await asyncio.sleep(VECTORS_AGAIN.total_seconds())
    assert await room.indexer.refresh("clinic") == Report(client="clinic")
    await asyncio.sleep(VECTORS_AGAIN_AT_LAST.total_seconds())
    assert (await room.indexer.refresh("clinic")).read == ("a.txt",)


async def test_a_failure_of_the_machine_is_tried_again_by_the_next_process(
    room: Room, store: Store
) -> None:
    """Once: a file that breaks its reader does not do so for ever."""

    async def no_room(function: str, content: bytes, asked: Mapping[str, Any]) -> Output:
        raise ChildFailed("this machine has no room for it")

    first = Room(store, room.root, room.embedder, no_room)
    assert (await first.indexer.refresh("clinic")).problems.keys() == {
        "hours.md",
        "more/parking.txt",
    }
    assert (await first.indexer.refresh("clinic")).read == ()
    assert first.read == ["hours.md", "more/parking.txt"]
    assert (await room.indexer.refresh("clinic")).read == ("hours.md", "more/parking.txt")
