"""What operators decide: settings from the environment, agents from files."""

from config.agents import (
    SHIPPED,
    Agent,
    AgentError,
    fill,
    names_in,
    read_agents,
)
from config.languages import LANGUAGES, Language, language_of
from config.settings import Settings, SettingsError, doubts, load_settings

__all__ = [
    "LANGUAGES",
    "SHIPPED",
    "Agent",
    "AgentError",
    "Language",
    "Settings",
    "SettingsError",
    "doubts",
    "fill",
    "language_of",
    "load_settings",
    "names_in",
    "read_agents",
]
