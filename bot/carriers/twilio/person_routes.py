"""What Twilio asks and tells of people who are asked to take a call, each with its signature."""

from typing import Annotated

from fastapi import APIRouter, Depends, Response

from bot.calls import CallService
from bot.carriers.twilio import webhooks
from bot.carriers.twilio.addresses import PREFIX, Addresses
from bot.carriers.twilio.instructions import document
from bot.carriers.twilio.signatures import TwilioSignatures
from bot.carriers.twilio.signed import read, signed_form_by


def person_routes(
    calls: CallService, signatures: TwilioSignatures, addresses: Addresses
) -> APIRouter:
    """The routes below /twilio. Each answers 403 to a request not signed by Twilio."""
    router = APIRouter(prefix=PREFIX, include_in_schema=False)
    signed = Depends(signed_form_by(signatures, calls.forward))
    Signed = Annotated[dict[str, str], signed]  # noqa: N806
    people = calls.callbacks.people

    @router.post("/person-status")
    async def person_status(form: Signed, call: str = "", attempt: int = 0) -> Response:
        """The leg of a person who is asked to take a call has moved on."""
        people.status(read(webhooks.status_update, form), call, attempt)
        return Response(status_code=204)

    @router.post("/person-machine")
    async def person_machine(form: Signed, call: str = "", attempt: int = 0) -> Response:
        """Who has answered there."""
        people.machine_detected(read(webhooks.machine_detected, form), call, attempt)
        return Response(status_code=204)

    @router.post("/person-said")
    async def person_said(form: Signed, call: str = "", attempt: int = 0) -> Response:
        """They have answered, or not: what comes next?"""
        answer = people.said(read(webhooks.person_answer, form), call, attempt)
        return Response(document(answer, addresses), media_type="application/xml")

    @router.post("/conference")
    async def conference(form: Signed, call: str = "") -> Response:
        """Somebody has come into a conference, or left it."""
        people.joined(read(webhooks.joined_conference, form), call)
        return Response(status_code=204)

    return router
