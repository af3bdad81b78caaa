"""Whether the model's side takes our key for a model: asked by a request that costs nothing."""

from urllib.parse import quote, urlsplit

import httpx

from bot.brains.errors import KeyRefused, ModelNotThere, ModelUnreachable
from bot.brains.openai.refusals import refusal
from bot.trust import machine_trust

AUTHORIZATION = "Authorization"
_ENDPOINT = "/realtime"
_SCHEMES = {"wss": "https", "ws": "http"}
_LOOPBACK = ("127.0.0.1", "localhost", "::1")  # no proxy reaches our own machine


def key_header(api_key: str, header: str = AUTHORIZATION) -> dict[str, str]:
    """The header with the key: a bearer, or another with the key alone; none without a key."""
    if not api_key:
        return {}
    return {header: f"Bearer {api_key}" if header == AUTHORIZATION else api_key}


async def check_model(
    *, url: str, api_key: str, model: str, within_secs: float, header: str = AUTHORIZATION
) -> None:
    """Asks for the model beside the realtime endpoint at `url`. An endpoint that does not know
    such a question is taken for one that would say yes.

    Raises:
        KeyRefused, ModelNotThere, ModelUnreachable.
    """
    parts = urlsplit(url)
    if not parts.path.endswith(_ENDPOINT):
        return
    path = f"{parts.path.removesuffix(_ENDPOINT)}/models/{quote(model, safe='')}"
    asked = parts._replace(scheme=_SCHEMES[parts.scheme], path=path).geturl()
    secure = parts.scheme == "wss"
    try:
        async with httpx.AsyncClient(
            timeout=within_secs,
            verify=machine_trust() if secure else False,
            trust_env=parts.hostname not in _LOOPBACK,
        ) as client:
            answer = await client.get(asked, headers=key_header(api_key, header))
    except httpx.HTTPError as error:
        raise ModelUnreachable(f"no connection to the model: {error!r}") from error
    if answer.is_success:
        return
    if _code(answer) == "model_not_found":
        raise ModelNotThere(f"there is no model {model} for this key")
    if refusal(answer.status_code) is KeyRefused:
        raise KeyRefused(f"the model's side answered HTTP {answer.status_code}")


def _code(answer: httpx.Response) -> str:
    try:
        return str(answer.json()["error"]["code"])
    except (ValueError, KeyError, TypeError):
        return ""
