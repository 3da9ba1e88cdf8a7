"""When a dashboard's kernel ends: soon without a page, late with one that nobody uses."""

import asyncio
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from mgg_kernel.web.kernels import PageKernelManager


class Recording(PageKernelManager):
    """Notes what it would end, since there is no process behind these kernels."""

    async def shutdown_kernel(self, kernel_id, *, now=False, restart=False):
        self.ended.append(kernel_id)


@pytest.mark.parametrize(
    ("idle_s", "connections", "state", "ends"),
    [
        (60, 0, "idle", False),
        (121, 0, "idle", True),
        (121, 0, "busy", False),
        (1800, 1, "idle", False),
        (3601, 1, "idle", True),
        (3601, 1, "busy", False),
        (0, 1, "dead", True),
    ],
)
def test_a_kernel_ends_when_nobody_needs_it(idle_s, connections, state, ends):
    manager = Recording(cull_idle_timeout=3600, cull_connected=True, orphan_timeout=120)
    manager.ended = []
    kernel = SimpleNamespace(
        last_activity=datetime.now(UTC) - timedelta(seconds=idle_s),
        execution_state=state,
        kernel_name="mgg",
        kernel_spec=SimpleNamespace(metadata={}),
    )
    manager._kernels = {"k": kernel}
    manager._kernel_connections = {"k": connections}
    asyncio.run(manager.cull_kernel_if_idle("k"))
    assert manager.ended == (["k"] if ends else [])
