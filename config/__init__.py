"""What operators decide: settings from the environment, agents from files."""

from config.agents import (
    SHIPPED,
    VOICES,
    Agent,
    AgentError,
    fill,
    names_in,
    no_such_voice,
    read_agents,
)
from config.settings import Settings, SettingsError, doubts, load_settings

__all__ = [
    "SHIPPED",
    "VOICES",
    "Agent",
    "AgentError",
    "Settings",
    "SettingsError",
    "doubts",
    "fill",
    "load_settings",
    "names_in",
    "no_such_voice",
    "read_agents",
]
