"""A database that fails is told of in a sentence, on every route that needs it."""

import re
import sqlite3
from pathlib import Path

from service_kit import WITH_KEY, ask, opened, routes

UPLOAD = {"content-type": "multipart/form-data; boundary=x"}
JSON = {"content-type": "application/json"}
ORDER = b'{"to": "+12125550123", "agent": "errand", "instructions": "Say hello."}'
FILE = (
    b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n'
    b"name,phone,consent,date,time\r\nAnn,+12125550123,web form,2026-12-24,10:00\r\n--x--\r\n"
)
BODIES = {  # of routes that want one
    "/calls": ORDER,
    "/batches": FILE,
    "/batches/{batch_id}/contacts": FILE,
    "/suppressions/import": FILE,
    "/suppressions": b'{"number": "+12125550123"}',
    "/blocked": b'{"number": "+12125550123"}',
    "/calls/{call_id}/say": b'{"text": "Hello."}',
    "/calls/{call_id}/whisper": b'{"text": "Hello."}',
    "/calls/{call_id}/context": b'{"text": "Hello."}',
    "/calls/{call_id}/keys": b'{"keys": "1"}',
    "/calls/{call_id}/transfer": b"{}",
    "/batches/{batch_id}/pace": b'{"concurrency": 2}',
    "/batches/{batch_id}/budget": b'{"budget_usd": 2}',
}
# The phone is answered without it, and the rest of the numbers is wanted all the more then; a link
# is refused before anything is looked up. Of the console: tests/console/test_console_door.py.
NOT_ABOUT_IT = ("/openapi.json", "/health/", "/twilio/", "/metrics", "/acknowledge/", "/console")


async def test_every_route_says_so(tmp_path: Path) -> None:
    """503, what failed, and that it may be tried again; also where nobody thought of it."""
    async with opened(tmp_path, human_transfer_number="+15550002222") as service:
        with sqlite3.connect(tmp_path / "trunkline.db") as database:
            names = database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            for (name,) in names.fetchall():
                database.execute(f'DROP TABLE IF EXISTS "{name}"')
        asked = 0
        for method, template in routes(service.web):
            if template.startswith(NOT_ABOUT_IT):
                continue
            path = re.sub(r"\{[^}]*\}", "x", template.replace("{number}", "+12125550123"))
            body = BODIES.get(template, b"") if method == "POST" else b""
            headers = WITH_KEY | (UPLOAD if body is FILE else JSON)
            answer = await ask(service.web, method, path, headers=headers, body=body)
            assert answer is not None
            assert answer.status == 503, (method, template, answer.body)
            assert answer.json["reason"] == "database_away", (method, template)
            assert answer.json["retry"] is True
            assert "database" in answer.json["detail"]
            assert answer.headers["retry-after"] == "10"
            asked += 1
        assert asked > 20
