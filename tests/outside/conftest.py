"""A call's toolbox with tools from elsewhere, on real sockets."""

from collections.abc import Iterable
from types import SimpleNamespace
from typing import Any, cast

import pytest

from tests.outside.service_kit import Boxed
from tools import Business, CallControl, Contacts, Tool, Toolbox


@pytest.fixture
def boxed() -> Boxed:
    def make(tools: Iterable[Tool], **more: Any) -> Toolbox:
        nobody = SimpleNamespace()
        return Toolbox(
            tools,
            business=cast(Business, nobody),
            control=cast(CallControl, nobody),
            contacts=cast(Contacts, nobody),
            call_id="call_1",
            **more,
        )

    return make
