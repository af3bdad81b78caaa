"""The service with its console, users in it, and browsers."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import httpx
from argon2 import PasswordHasher

from bot.app import Service
from bot.clock import utcnow
from bot.simulator.loopback_client import loopback_client
from bot.store import Store, UserRecord, UserRole
from bot.testing.line import Line, serving
from tests.server.service_kit import opened

PASSWORD = "quiet harbour at noon"


@cache
def hash_of(password: str) -> str:
    return PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(password)


async def add_user(store: Store, name: str, role: UserRole, password: str = PASSWORD) -> None:
    hashed = hash_of(password) if password else ""
    user = UserRecord(name=name, password_hash=hashed, role=role, made_at=utcnow())
    assert await store.console_users.add(user)


@dataclass(frozen=True)
class Desk:
    """A running service, where it is, and its store."""

    service: Service
    url: str
    store: Store

    def browser(self, **headers: str) -> httpx.AsyncClient:
        """One that nobody has signed in with. It keeps cookies and follows no redirects."""
        return browser(self.url, **headers)


def browser(url: str, **headers: str) -> httpx.AsyncClient:
    return loopback_client(base_url=url, headers={"Origin": url, **headers}, timeout=20)


@asynccontextmanager
async def open_desk(folder: Path, **overrides: Any) -> AsyncIterator[Desk]:
    """The service over a database in this folder, with one user of each role, named after it."""
    async with opened(folder, **overrides) as service, serving(service) as url:
        store = await Store.open(f"sqlite:///{folder}/trunkline.db")
        try:
            for role in ("viewer", "operator", "owner"):
                await add_user(store, role, role)
            yield Desk(service, url, store)
        finally:
            await store.close()


async def add_users(line: Line) -> None:
    """One who looks and one who acts, each named after their role."""
    store = await Store.open(line.settings.database_url)
    await add_user(store, "viewer", "viewer")
    await add_user(store, "operator", "operator")
    await store.close()


async def sign_in(client: httpx.AsyncClient, name: str, password: str = PASSWORD) -> httpx.Response:
    return await client.post("/console/sign-in", data={"name": name, "password": password})


@asynccontextmanager
async def signed_in(desk: Desk, name: str) -> AsyncIterator[httpx.AsyncClient]:
    async with desk.browser() as client:
        assert (await sign_in(client, name)).status_code == 303
        yield client


@asynccontextmanager
async def user(line: Line, name: str) -> AsyncIterator[httpx.AsyncClient]:
    """A browser in which this user has signed in."""
    async with browser(line.url) as client:
        assert (await sign_in(client, name)).status_code == 303
        yield client
