"""Whether the model's side takes our key for a model: asked by a request that costs nothing."""

import re
from urllib.parse import quote, urlsplit

import httpx

from bot.brains.errors import KeyRefused, ModelNotThere, ModelUnreachable
from bot.brains.gemini.refusals import refusal
from bot.trust import machine_trust

_ENDPOINT = re.compile(r"/ws/google\.ai\.generativelanguage\.(v\w+)\.\S+$")
_SCHEMES = {"wss": "https", "ws": "http"}
_LOOPBACK = ("127.0.0.1", "localhost", "::1")  # no proxy reaches our own machine


async def check_model(*, url: str, api_key: str, model: str, within_secs: float) -> None:
    """Asks for the model beside the endpoint at `url`. An endpoint of another form is taken for one
    that would say yes.

    Raises:
        KeyRefused, ModelNotThere, ModelUnreachable.
    """
    parts = urlsplit(url)
    endpoint = _ENDPOINT.search(parts.path)
    if endpoint is None:
        return
    before = parts.path[: endpoint.start()]
    path = f"{before}/{endpoint[1]}/models/{quote(model.removeprefix('models/'), safe='')}"
    asked = parts._replace(scheme=_SCHEMES[parts.scheme], path=path).geturl()
    try:
        async with httpx.AsyncClient(
            timeout=within_secs,
            verify=machine_trust() if parts.scheme == "wss" else False,
            trust_env=parts.hostname not in _LOOPBACK,
        ) as client:
            answer = await client.get(asked, headers={"x-goog-api-key": api_key})
    except httpx.HTTPError as error:
        raise ModelUnreachable(f"no connection to the model: {error!r}") from error
    if answer.status_code == httpx.codes.NOT_FOUND:
        raise ModelNotThere(f"there is no model {model} for this key")
    if refusal(answer.status_code) is KeyRefused or _names_the_key(answer):
        raise KeyRefused(f"the model's side answered HTTP {answer.status_code}")


def _names_the_key(answer: httpx.Response) -> bool:
    """A key that it does not know is answered with 400, and a reason."""
    return answer.status_code == httpx.codes.BAD_REQUEST and "API_KEY_INVALID" in answer.text
