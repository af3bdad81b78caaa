"""Tools from elsewhere: operations of OpenAPI documents, and what MCP servers offer."""

from bot.outside.outside import Outside

__all__ = ["Outside"]
