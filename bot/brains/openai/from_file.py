"""A brain made of its file: a server that speaks OpenAI's protocol, somewhere."""

from collections.abc import Mapping

from bot.brains.openai.brain import OpenAIBrain
from bot.brains.openai.members import Member
from config.brains import BrainFile
from config.environment import filled, needed_by


def brain_of_file(file: BrainFile, variables: Mapping[str, str]) -> OpenAIBrain:
    """The brain. Raises BrainError."""
    member = file.read(Member)
    wanted = [*needed_by(member.url), *([member.key] if member.key else [])]
    return OpenAIBrain(
        url=filled(member.url, variables),
        api_key=variables.get(member.key, "") if member.key else "",
        name=file.name,
        member=member,
        missing=tuple(name for name in wanted if not variables.get(name)),
    )
