"""``/health`` and ``/metrics``: for probes that cannot log in, and that learn no secret."""

import asyncio
import hmac
from typing import Any

from jupyter_server.auth.decorator import allow_unauthenticated
from tornado.web import RequestHandler

from mgg_kernel.errors import MggError
from mgg_kernel.settings import Settings
from mgg_kernel.web.forking import STARTED
from mgg_kernel.workspace.monitor import MonitorReport

__all__ = ["Health", "Metrics", "exposition"]

_LEVEL = {"ok": 0, "warn": 1, "bad": 2}


class _Probe(RequestHandler):
    def initialize(self, gate: Any, settings: Settings) -> None:
        """Take the accounts' door to the database, and the settings."""
        self._gate = gate
        self._settings = settings
        self.set_header("Cache-Control", "no-store")


class Health(_Probe):
    """Whether the dashboards and their database work: 200 or 503, and nothing else."""

    @allow_unauthenticated
    async def get(self) -> None:
        """Answer a probe."""
        try:
            await asyncio.to_thread(self._gate.ping)
        except MggError:
            self.set_status(503)
            self.finish({"status": "down"})
            return
        self.finish({"status": "ok"})


class Metrics(_Probe):
    """The monitoring as Prometheus reads it; without MGG_METRICS_TOKEN there is no such page."""

    @allow_unauthenticated
    async def get(self) -> None:
        """Answer who sends the token as a bearer."""
        token = self._settings.metrics_token
        if token is None:
            self.send_error(404)
            return
        wanted = f"Bearer {token.get_secret_value()}".encode()
        if not hmac.compare_digest(self.request.headers.get("Authorization", "").encode(), wanted):
            self.set_header("WWW-Authenticate", "Bearer")
            self.send_error(401)
            return
        try:
            report = await asyncio.to_thread(self._gate.monitor)
        except MggError:
            self.send_error(503)
            return
        self.set_header("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
        self.finish(exposition(report))


def exposition(report: MonitorReport) -> str:
    """Return the checks in Prometheus's text format: 0 ok, 1 warn, 2 bad, and their numbers."""
    lines = ["# TYPE mgg_check_state gauge"]
    lines += [f'mgg_check_state{{check="{one.name}"}} {_LEVEL[one.state]}' for one in report.checks]
    lines.append("# TYPE mgg_check_value gauge")
    lines += [
        f'mgg_check_value{{check="{one.name}",unit="{one.unit}"}} {float(one.value)!r}'
        for one in report.checks
        if one.value is not None
    ]
    lines.append("# TYPE mgg_kernels_started_total counter")
    lines += [f'mgg_kernels_started_total{{how="{how}"}} {n}' for how, n in STARTED.items()]
    return "\n".join(lines) + "\n"
