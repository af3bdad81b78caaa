"""The fixtures are what the real wires carry."""

import json

import pytest

from bot.simulator.model import assert_valid_server_event
from tests.wire import captured, openai_events
from tests.wire.openai_events import Event


@pytest.mark.parametrize("event", openai_events.all_kinds(), ids=lambda event: event["type"])
def test_server_events_are_those_of_the_openai_package(event: Event) -> None:
    """Every field is known there and has its type."""
    assert_valid_server_event(event)
    assert json.loads(json.dumps(event)) == event


def test_twilio_writes_numbers_as_strings() -> None:
    """Outside `start.mediaFormat`, as its documentation says."""

    def numbers(value: object) -> list[object]:
        if isinstance(value, dict):
            return [n for name, v in value.items() if name != "mediaFormat" for n in numbers(v)]
        return [value] if isinstance(value, (int, float)) else []

    for kind in ("connected", "start", "media", "dtmf", "mark", "stop"):
        assert numbers(captured.twilio(kind)) == []
