"""What operators decide: settings from the environment, agents from files."""

from config.agents import (
    SHIPPED,
    AgentError,
    file_content,
    fill,
    make_agent,
    read_agents,
)
from config.settings import Settings, SettingsError, doubts, load_settings
from processors.agent import Agent, names_in
from processors.words.languages import LANGUAGES, language_of

__all__ = [
    "LANGUAGES",
    "SHIPPED",
    "Agent",
    "AgentError",
    "Settings",
    "SettingsError",
    "doubts",
    "file_content",
    "fill",
    "language_of",
    "load_settings",
    "make_agent",
    "names_in",
    "read_agents",
]
