"""A SQLite file is kept for this machine once: by the service, or by the parent of its workers."""

from pathlib import Path

from service_kit import opened

from bot.app import WorkerContext
from bot.calls import Admission, HealthStatus, NoPeers
from bot.clock import utcnow


async def test_a_service_alone_keeps_its_file(tmp_path: Path) -> None:
    """As long as it is open."""
    sign = tmp_path / "trunkline.db.host"
    async with opened(tmp_path):
        assert sign.exists()
    assert not sign.exists()


async def test_a_worker_does_not(tmp_path: Path) -> None:
    """Its parent does, and goes on when the worker is gone."""
    sign = tmp_path / "trunkline.db.host"
    sign.write_text("of the parent")
    context = WorkerContext(
        worker=0,
        admission=Admission(max_calls=2, inbound_reserve=0),
        peers=NoPeers(),
        standing=HealthStatus,
        since=utcnow(),
        replaced_at=None,
    )
    async with opened(tmp_path, context=context):
        assert sign.read_text() == "of the parent"
    assert sign.read_text() == "of the parent"
