"""What `trunkline models` finds, and what it says is to be done."""

from session_kit import KEY, services

from bot.brains.cascade import Accounts
from bot.brains.cascade.inventory import look
from bot.simulator.services import SpeechServices


async def test_what_answers_is_there_and_the_rest_says_what_to_do() -> None:
    """By the names that an agent's file gives them."""
    far: SpeechServices = services()
    async with far:
        accounts = Accounts(
            openai_key="sk-test",
            chat_url=f"{far.http_url}/v1",
            chat_key=KEY,
            piper_url=far.http_url,
        )
        found = {each.name: each for each in await look(accounts)}
    assert found["local"].there and "local:tiny-chat" in found["local"].seen
    assert found["piper"].there and "en_US-joe-medium" in found["piper"].seen
    assert found["openai"].there and found["openai"].does == ("hears", "thinks", "speaks")
    assert not found["deepgram"].there and "DEEPGRAM_API_KEY" in found["deepgram"].do
    assert found["elevenlabs"].does == ("speaks",)
    assert found["moonshine"].there  # a tool of these tests


async def test_a_server_that_wants_a_key_says_so() -> None:
    """It is there, and of no use."""
    async with services() as far:
        accounts = Accounts(chat_url=f"{far.http_url}/v1", piper_url=far.http_url)
        found = {each.name: each for each in await look(accounts)}
    assert not found["local"].there and "HTTP 401" in found["local"].seen


async def test_servers_that_are_not_there_or_answer_nonsense_are_missing() -> None:
    """With a sentence each, and no traceback."""
    async with services() as far:
        wrong = Accounts(chat_url=far.http_url, piper_url="http://127.0.0.1:1")
        found = {each.name: each for each in await look(wrong)}
    assert not found["local"].there and "HTTP 404" in found["local"].seen
    assert "CHAT_URL" in found["local"].do
    assert not found["piper"].there and "nobody answers" in found["piper"].seen
    assert "piper.http_server" in found["piper"].do
