"""An MCP server of the package `mcp` itself: over HTTP, or as a program with a standard input.

python -m tests.outside.mcp_server
"""

import asyncio
import os
from typing import Any

from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp_types import ToolAnnotations


def clinic(notes: list[str] | None = None) -> MCPServer:
    """A clinic that knows its doctors and takes notes."""
    taken = [] if notes is None else notes
    server = MCPServer("clinic")

    @server.tool(annotations=ToolAnnotations(read_only_hint=True))
    def doctors(speciality: str) -> dict[str, Any]:
        """Who works here."""
        if speciality == "none":
            raise ToolError("We have no such doctor.")
        return {"speciality": speciality, "doctors": ["Dr. Osei"]}

    @server.tool(annotations=ToolAnnotations(read_only_hint=True))
    async def slow(secs: float) -> str:
        """Takes its time."""
        await asyncio.sleep(secs)
        return "done"

    @server.tool(annotations=ToolAnnotations(read_only_hint=True))
    def long_story(words: int) -> str:
        """Tells much."""
        return "word " * words

    @server.tool()
    def take_note(text: str) -> str:
        """Writes something down."""
        taken.append(text)
        return f"note {len(taken)}"

    @server.tool(annotations=ToolAnnotations(read_only_hint=True))
    def die() -> str:
        """Ends the program."""
        os._exit(1)

    return server


if __name__ == "__main__":
    clinic().run("stdio")
