"""What the model is asked when a call is over, and what is read from its answer."""

import json
from typing import Any

import orjson

from config import Agent


def summary_request(agent: Agent) -> str:
    """Instructions for the text that becomes the outcome's summary and fields."""
    wanted = {"summary": "one or two sentences on what the call was about and how it ended"}
    wanted |= agent.outcome.fields
    return (
        "The call is over. Answer with one JSON object and nothing else, and with these "
        f"keys; each value says what to put there: {json.dumps(wanted, ensure_ascii=False)}. "
        "Use only what was said in the call."
    )


def read_summary(text: str, agent: Agent) -> tuple[str, dict[str, Any]]:
    """Summary and fields from the model's answer; whatever cannot be read is left out."""
    start, end = text.find("{"), text.rfind("}")
    try:
        answer = orjson.loads(text[start : end + 1])  # unlike json it takes no NaN, as databases
    except ValueError:
        return "", {}
    if not isinstance(answer, dict):
        return "", {}
    fields = {name: answer[name] for name in agent.outcome.fields if name in answer}
    return str(answer.get("summary") or "").strip(), fields
