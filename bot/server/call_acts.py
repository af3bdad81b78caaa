"""The API: reaching into a live call with words and keys, and putting its caller through."""

from fastapi import APIRouter, HTTPException
from pydantic import BaseModel, ConfigDict, Field

from bot.calls import Act, ActKind
from bot.server.reaching import ASKED_FOR, THE_API, NoSuchCall, NotReached, Reaching

_MOST = 4_000  # characters; each act has a bound of its own below that


class Words(BaseModel):
    """What is to be said, or told to the agent."""

    model_config = ConfigDict(extra="forbid")

    text: str = Field(max_length=_MOST, repr=False)


class Keys(BaseModel):
    """Keys that the other side is to hear."""

    model_config = ConfigDict(extra="forbid")

    keys: str = Field(max_length=100, repr=False, description="0-9 * #; w waits half a second")


class PuttingThrough(BaseModel):
    """Why the caller is put through; kept in the call's record."""

    model_config = ConfigDict(extra="forbid")

    reason: str = Field("", max_length=500)


def call_acts(reaching: Reaching) -> APIRouter:
    """The routes below /calls/{id}, for holders of TRUNKLINE_API_KEY. Each answers 202 when the
    call takes the act, and 409 with a sentence when it does not."""
    router = APIRouter(prefix="/calls/{call_id}", tags=["calls"])

    async def act(call_id: str, kind: ActKind, text: str) -> dict[str, str]:
        try:
            wanted = Act.of(kind, text)
        except ValueError as error:
            raise HTTPException(422, str(error)) from error
        try:
            await reaching.act(call_id, wanted, who=THE_API)
        except NoSuchCall:
            raise HTTPException(404, "no call has this id") from None
        except NotReached as error:
            raise HTTPException(409, str(error)) from error
        return {"status": "taken"}

    @router.post("/say", status_code=202)
    async def say(call_id: str, wanted: Words) -> dict[str, str]:
        """Has the agent say this line, word for word, after what it is saying."""
        return await act(call_id, "say", wanted.text)

    @router.post("/whisper", status_code=202)
    async def whisper(call_id: str, wanted: Words) -> dict[str, str]:
        """Tells the agent what to do from now on; the other side does not hear it."""
        return await act(call_id, "whisper", wanted.text)

    @router.post("/context", status_code=202)
    async def context(call_id: str, wanted: Words) -> dict[str, str]:
        """Tells the agent a fact; it does not speak because of it."""
        return await act(call_id, "context", wanted.text)

    @router.post("/keys", status_code=202)
    async def keys(call_id: str, wanted: Keys) -> dict[str, str]:
        """Has the carrier play keys to the other side."""
        return await act(call_id, "keys", wanted.keys)

    @router.post("/transfer", status_code=202)
    async def transfer(call_id: str, wanted: PuttingThrough | None = None) -> dict[str, str]:
        """Puts the caller through to the person of HUMAN_TRANSFER_NUMBER."""
        reason = (wanted or PuttingThrough()).reason
        return await act(call_id, "transfer", reason or ASKED_FOR)

    return router
