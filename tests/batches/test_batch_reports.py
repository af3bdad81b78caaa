"""Evidence is about one contact, and says so where it cannot tell which."""

from pathlib import Path

import pytest
from batch_kit import a_batch, a_contact, opened_store

from bot.batches.batch_reports import BatchReports
from bot.batches.errors import NotThere, RequestRefused


async def test_evidence_of_a_line_that_several_contacts_have(tmp_path: Path) -> None:
    """Nobody's is given out for another's: they are named, and number or id tells them apart."""
    async with opened_store(tmp_path) as store:
        await store.batches.add(a_batch(), [a_contact(1), a_contact(2, line=2), a_contact(3)])
        reports = BatchReports(store=store)
        assert (await reports.evidence("batch_a", "4"))["contact"]["id"] == "batch_a_00003"
        with pytest.raises(RequestRefused, match="line 2 is that of several contacts of batch_a"):
            await reports.evidence("batch_a", "2")
        found = await reports.evidence("batch_a", "+15550000002")
        assert found["contact"]["id"] == "batch_a_00002"
        with pytest.raises(NotThere):
            await reports.evidence("batch_a", "3")
