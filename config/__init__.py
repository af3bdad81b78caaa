"""What operators decide: settings from the environment, agents from files."""

from config.agents import (
    HOURS,
    SHIPPED,
    AgentError,
    AgentFile,
    as_written,
    file_content,
    fill,
    find_agents,
    make_agent,
    read_agents,
    read_file,
    refuse_shared_numbers,
)
from config.loading import doubts, load_settings, sound_settings
from config.settings import Settings, SettingsError
from processors.agent import Agent, names_in
from processors.words.languages import LANGUAGES, language_of

__all__ = [
    "HOURS",
    "LANGUAGES",
    "SHIPPED",
    "Agent",
    "AgentError",
    "AgentFile",
    "Settings",
    "SettingsError",
    "as_written",
    "doubts",
    "file_content",
    "fill",
    "find_agents",
    "language_of",
    "load_settings",
    "make_agent",
    "names_in",
    "read_agents",
    "read_file",
    "refuse_shared_numbers",
    "sound_settings",
]
