"""How long a session lets wait for its first sound, outside any call."""

from bot.brains.errors import ModelRefused
from bot.brains.openai.conversation import OpenAIConversation
from bot.brains.openai.session import OpenAISession
from bot.brains.realtime import events as happened
from bot.clock import utcnow

LINE = "Hello."


async def hear_first_sound(session: OpenAISession) -> None:
    """Returns when the first sound of a short line has come.

    Raises:
        ModelError: the session ended, or the model said no.
    """
    conversation = OpenAIConversation()
    conversation.asking.say(LINE)
    conversation.asking.ask()
    session.post(conversation.to_send.popleft())
    async for event in session.events():
        conversation.server_event(event, utcnow())
        while conversation.happened:
            match conversation.happened.popleft():
                case happened.AgentSound():
                    return
                case happened.Complaint(code=code, message=message):
                    raise ModelRefused(f"{code}: {message}")
                case happened.Generating(under_way=False):
                    raise ModelRefused("the model answered without any sound")
