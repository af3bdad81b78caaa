"""Contacts put where a test wants them, past the rules of the ledger."""

from typing import Unpack

from sqlalchemy import update

from bot.store import ContactChanges, ContactState, Store
from bot.store.batch_tables import contacts


async def set_contact(
    store: Store, contact_id: str, *, expect: ContactState, **changes: Unpack[ContactChanges]
) -> bool:
    """Changes a contact that is in the expected state; true when it did."""
    statement = update(contacts).where(contacts.c.id == contact_id, contacts.c.state == expect)
    return await store._database.change("set a contact", statement.values(**changes)) == 1
