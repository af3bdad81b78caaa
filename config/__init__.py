"""What operators decide: settings from the environment, agents from files."""

from config.agents import SHIPPED, Agent, AgentError, fill, read_agents
from config.settings import Settings, SettingsError, load_settings

__all__ = [
    "SHIPPED",
    "Agent",
    "AgentError",
    "Settings",
    "SettingsError",
    "fill",
    "load_settings",
    "read_agents",
]
