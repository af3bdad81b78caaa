"""What leaves the office on paper is about one contact, and says so where it cannot tell which."""

from pathlib import Path

import pytest
from office_kit import a_batch, a_contact, opened_store

from bot.batches.papers import Papers
from bot.batches.refusals import NotThere, Refused


async def test_evidence_of_a_line_that_several_contacts_have(tmp_path: Path) -> None:
    """Nobody's is given out for another's: they are named, and number or id tells them apart."""
    async with opened_store(tmp_path) as store:
        await store.batches.add(a_batch(), [a_contact(1), a_contact(2, line=2), a_contact(3)])
        papers = Papers(store=store)
        assert (await papers.evidence("batch_a", "4"))["contact"]["id"] == "batch_a_00003"
        with pytest.raises(Refused, match="line 2 is that of several contacts of batch_a"):
            await papers.evidence("batch_a", "2")
        found = await papers.evidence("batch_a", "+15550000002")
        assert found["contact"]["id"] == "batch_a_00002"
        with pytest.raises(NotThere):
            await papers.evidence("batch_a", "3")
