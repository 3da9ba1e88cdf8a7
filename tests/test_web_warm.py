"""Kernels forked from a warm process: quick, separate, and ended with whom they serve."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from jupyter_client.kernelspec import KernelSpec
from web_help import PROJECT, process_is_there

from mgg_kernel.ui import rehearsal
from mgg_kernel.web import forking
from mgg_kernel.web.forking import STARTED, ForkingKernelManager, WarmProcess, fork_kernels_from
from mgg_kernel.web.pages import PAGES

ARGV = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
LIGHT = "light_rehearsal"
"""A rehearsal that imports nothing: most of these tests are of the forking alone."""

LIGHT_SOURCE = """\
import numpy

def rehearse():
    numpy.random.seed(1)

def begin():
    numpy.begun = True
"""


@pytest.fixture(scope="module")
def _importable(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    folder = tmp_path_factory.mktemp("rehearsal")
    (folder / f"{LIGHT}.py").write_text(LIGHT_SOURCE)
    (folder / "no_rehearsal.py").write_text('raise RuntimeError("cannot be imported")\n')
    before = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = os.pathsep.join([str(folder), str(PROJECT)])
    yield
    os.environ.pop("PYTHONPATH")
    if before is not None:
        os.environ["PYTHONPATH"] = before


@pytest.fixture
def warm(_importable: None) -> Iterator[WarmProcess]:
    made = WarmProcess(LIGHT)
    fork_kernels_from(made)
    yield made
    fork_kernels_from(None)
    made.stop()


@asynccontextmanager
async def kernel(folder: Path, **environment: str) -> AsyncIterator[ForkingKernelManager]:
    manager = ForkingKernelManager(connection_file=str(folder / f"{os.urandom(4).hex()}.json"))
    manager._kernel_spec = KernelSpec(argv=ARGV, display_name="MGG", language="python")
    await manager.start_kernel(env={**os.environ, **environment}, cwd=str(folder))
    try:
        yield manager
    finally:
        await manager.shutdown_kernel(now=True)


async def says(manager: ForkingKernelManager, source: str) -> str:
    """What the kernel prints."""
    client = manager.client()
    client.start_channels()
    await client.wait_for_ready(timeout=20)
    heard: list[str] = []

    def hear(message: dict) -> None:
        if message["header"]["msg_type"] == "stream":
            heard.append(message["content"]["text"])

    answer = await client.execute_interactive(source, output_hook=hear, timeout=20)
    client.stop_channels()
    assert answer["content"]["status"] == "ok", answer
    return "".join(heard).strip()


async def gone(pid: int) -> None:
    async with asyncio.timeout(10):
        while process_is_there(pid):
            await asyncio.sleep(0.02)


def pid_of(manager: ForkingKernelManager) -> int:
    pid = manager.provisioner.pid
    assert isinstance(pid, int)
    return pid


def test_a_forked_kernel_has_its_own_environment_folder_and_chance(warm, tmp_path, monkeypatch):
    monkeypatch.setenv("MGG_DATABASE_URL", "postgresql://secret@nowhere/x")
    source = "import os, random, numpy\nprint(os.environ['MGG_ACTOR'], os.getcwd(), "
    source += "os.getppid(), random.random(), numpy.random.random(), sep='|')"

    async def both() -> list[list[str]]:
        async with kernel(tmp_path, MGG_ACTOR="wang") as one, kernel(tmp_path, MGG_ACTOR="li") as b:
            return [(await says(k, source)).split("|") for k in (one, b)]

    before = STARTED["forked"]
    wang, li = asyncio.run(both())
    assert STARTED["forked"] == before + 2
    assert (wang[0], li[0]) == ("wang", "li")
    assert wang[1] == li[1] == str(tmp_path)
    assert wang[2] == li[2] == str(warm.pid)
    assert wang[3] != li[3]
    assert wang[4] != li[4]
    environment = Path(f"/proc/{warm.pid}/environ").read_bytes()
    assert b"secret@nowhere" not in environment
    assert b"MGG_" not in environment


def test_a_kernel_is_interrupted_and_ended_like_any_other(warm, tmp_path):
    source = (
        "import time\ntry:\n    time.sleep(60)\nexcept KeyboardInterrupt:\n    print('stopped')"
    )

    async def interrupted() -> tuple[str, int]:
        async with kernel(tmp_path) as manager:
            said = asyncio.create_task(says(manager, source))
            client = manager.client()
            client.start_channels()
            async with asyncio.timeout(20):
                while (await client.get_iopub_msg())["content"].get("execution_state") != "busy":
                    pass
                while not said.done():
                    await manager.interrupt_kernel()
                    await asyncio.sleep(0.2)
            client.stop_channels()
            assert await manager.is_alive()
            return await said, pid_of(manager)

    said, pid = asyncio.run(interrupted())
    assert "stopped" in said
    assert not process_is_there(pid)


def test_a_kernel_that_is_killed_is_seen_to_have_ended(warm, tmp_path):
    async def killed() -> bool:
        async with kernel(tmp_path) as manager:
            os.kill(pid_of(manager), signal.SIGKILL)
            async with asyncio.timeout(10):
                while await manager.is_alive():
                    await asyncio.sleep(0.02)
            return manager.provisioner.process.poll() == 0

    assert asyncio.run(killed())


def test_kernels_end_with_their_line_to_the_server_and_live_without_the_warm_process(
    warm, tmp_path
):
    async def lines() -> None:
        async with kernel(tmp_path) as manager:
            warm.stop()
            assert await says(manager, "print(6 * 7)") == "42"
            # As when the server dies, whatever signal killed it.
            manager.provisioner.process._line.close()
            await gone(pid_of(manager))

    asyncio.run(lines())


def test_without_the_warm_process_kernels_are_ordinary_and_counted_and_then_it_is_back(
    warm, tmp_path, monkeypatch
):
    async def through() -> tuple[int | None, int | None]:
        async with kernel(tmp_path) as first:
            assert pid_of(first)
        lost = warm.pid
        os.kill(lost, signal.SIGKILL)
        before = dict(STARTED)
        async with kernel(tmp_path) as second:
            assert await says(second, "print(1)") == "1"
        assert STARTED["ordinary"] + STARTED["forked"] == sum(before.values()) + 1
        monkeypatch.setattr(forking, "REST_S", 0.0)
        before = dict(STARTED)
        async with kernel(tmp_path) as third:
            assert await says(third, "print(2)") == "2"
        assert STARTED["forked"] == before["forked"] + 1
        return lost, warm.pid

    lost, now = asyncio.run(through())
    assert now not in (None, lost)


@pytest.mark.usefixtures("_importable")
def test_a_rehearsal_that_fails_costs_no_page(tmp_path):
    made = WarmProcess("no_rehearsal")
    fork_kernels_from(made)
    before = dict(STARTED)

    async def ordinary() -> str:
        async with kernel(tmp_path) as manager:
            return await says(manager, "print('here')")

    try:
        assert asyncio.run(ordinary()) == "here"
    finally:
        fork_kernels_from(None)
        made.stop()
    assert STARTED["ordinary"] == before["ordinary"] + 1
    assert STARTED["forked"] == before["forked"]


def test_a_warm_process_that_does_not_answer_is_given_up(warm, tmp_path, monkeypatch):
    monkeypatch.setattr(forking, "FORK_S", 0.2)

    async def through() -> None:
        async with kernel(tmp_path):
            pass
        stuck = warm.pid
        os.kill(stuck, signal.SIGSTOP)
        before = STARTED["ordinary"]
        async with kernel(tmp_path) as manager:
            assert await says(manager, "print(3)") == "3"
        assert STARTED["ordinary"] == before + 1
        await gone(stuck)

    asyncio.run(through())


def test_the_rehearsal_knows_every_page_and_leaves_one_thread():
    assert set(rehearsal.PAGES) == {page.name for page in PAGES}
    source = "import os, sys; sys.modules['debugpy'] = None; from mgg_kernel.ui import rehearsal; "
    source += "rehearsal.rehearse(); "
    source += "print(len(os.listdir('/proc/self/task')), 'polars' in sys.modules)"
    made = asyncio.run(_output(source))
    assert made == "1 False"


async def _output(source: str) -> str:
    run = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        source,
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, **forking._ONE_THREAD},
    )
    out, _ = await run.communicate()
    assert run.returncode == 0
    return out.decode().strip()
