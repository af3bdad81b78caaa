"""What a call with a contact asks of its agent, whoever of the two has placed it."""

from bot.batches.gate.facts import place_of_contact
from bot.batches.settings import BatchSettings
from bot.calls import CallRequest
from bot.store import ContactRecord


def request_for(contact: ContactRecord, settings: BatchSettings) -> CallRequest:
    """What the call to a contact asks of the agent. For tools alone are the ids of appointments,
    and `zone`, which tells them which three o'clock is meant, where it is known for certain.
    """
    private = {"appointments": ",".join(contact.appointments)}
    zones = place_of_contact(contact, settings).zones
    if len(zones) == 1:
        private["zone"] = next(iter(zones))
    return CallRequest(
        variables={k: v for k, v in contact.variables.items() if k not in private},
        private=private,
        on_machine=settings.machines.then,
        voicemail=settings.machines.message,
    )
