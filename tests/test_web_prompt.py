"""Waiting for a kernel no longer than it takes, against real kernels."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from jupyter_client.manager import AsyncKernelManager

from mgg_kernel.web.prompt_client import PromptClient


@asynccontextmanager
async def kernel() -> AsyncIterator[tuple[AsyncKernelManager, PromptClient]]:
    manager = AsyncKernelManager(client_factory=PromptClient)
    await manager.start_kernel()
    client = manager.client()
    client.start_channels()
    try:
        yield manager, client
    finally:
        client.stop_channels()
        await manager.shutdown_kernel(now=True)


def test_nothing_is_lost_of_what_is_said_once_it_is_ready() -> None:
    async def said() -> list[str]:
        heard: list[str] = []
        async with kernel() as (_, client):
            await client.wait_for_ready(timeout=60)
            for number in range(20):
                asked = client.execute(f"print({number})")
                while True:
                    message = await client.get_iopub_msg(timeout=20)
                    if message["parent_header"].get("msg_id") != asked:
                        continue
                    if message["msg_type"] == "stream":
                        heard.append(message["content"]["text"].strip())
                    if message["content"].get("execution_state") == "idle":
                        break
        return heard

    assert asyncio.run(said()) == [str(number) for number in range(20)]


def test_a_kernel_that_has_ended_is_not_waited_for() -> None:
    async def ended() -> float:
        async with kernel() as (manager, client):
            await client.wait_for_ready(timeout=60)
            await manager.shutdown_kernel(now=True)
            began = time.monotonic()
            with pytest.raises(RuntimeError, match="has ended"):
                await client.wait_for_ready(timeout=60)
            return time.monotonic() - began

    assert asyncio.run(ended()) < 20


def test_a_kernel_that_is_busy_for_too_long_is_given_up() -> None:
    async def late() -> None:
        async with kernel() as (_, client):
            await client.wait_for_ready(timeout=60)
            client.execute("import time; time.sleep(60)")
            with pytest.raises(RuntimeError, match="not answered in 1 s"):
                await client.wait_for_ready(timeout=1)

    asyncio.run(late())
