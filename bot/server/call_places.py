"""The API: a place at the sound of a live call, to listen or to speak in the agent's stead."""

from fastapi import APIRouter, HTTPException
from pydantic import BaseModel, Field

from bot.calls import Act
from bot.server.passes import Purpose
from bot.server.reaching import THE_API, NoSuchCall, NotReached, Reaching


class Place(BaseModel):
    """The way to it."""

    token: str = Field(description="for the first message over the websocket; good once")
    sound: str = Field(description="the path of the websocket, below PUBLIC_URL")
    good_secs: int = Field(description="for so long the token is taken")


def call_places(reaching: Reaching) -> APIRouter:
    """The routes below /calls/{id}, for holders of TRUNKLINE_API_KEY. 409 with a sentence where the
    call has no such place as it stands, or cannot be reached from here."""
    router = APIRouter(prefix="/calls/{call_id}", tags=["calls"])

    async def place(call_id: str, purpose: Purpose) -> Place:
        try:
            return Place(**vars(await reaching.invite(call_id, purpose, who=THE_API)))
        except NoSuchCall:
            raise HTTPException(404, "no call has this id") from None
        except NotReached as error:
            raise HTTPException(409, str(error)) from error

    @router.post("/listen")
    async def listen(call_id: str) -> Place:
        """To hear both sides. Nothing of the call changes by that."""
        return await place(call_id, "listen")

    @router.post("/take-over")
    async def take_over(call_id: str) -> Place:
        """To speak in the agent's place: it is silent from when the websocket is there."""
        return await place(call_id, "take_over")

    @router.post("/give-back", status_code=202)
    async def give_back(call_id: str) -> dict[str, str]:
        """Has the agent speak again, whoever speaks in its place."""
        try:
            await reaching.act(call_id, Act.of("give_back", ""), who=THE_API)
        except NoSuchCall:
            raise HTTPException(404, "no call has this id") from None
        except NotReached as error:
            raise HTTPException(409, str(error)) from error
        return {"status": "taken"}

    return router
