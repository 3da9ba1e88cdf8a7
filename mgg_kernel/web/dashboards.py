"""The dashboards: a Voilà server of its own, in which a viewer can run no code."""

import os
from collections.abc import Callable
from pathlib import Path
from tempfile import gettempdir
from typing import Any, ClassVar

import voila.notebook_renderer
from jupyter_server.base.handlers import FileFindHandler
from tornado.ioloop import IOLoop
from traitlets import Bool, Unicode
from traitlets.config import Config
from voila.app import Voila
from voila.static_file_handler import MultiStaticFileHandler
from voila.tornado.kernel_websocket_handler import VoilaKernelWebsocketHandler

from mgg_kernel.hot.secrets_file import SecretsFolder
from mgg_kernel.settings import Settings, load_settings
from mgg_kernel.web.assets import CachedExtension, CachedScript, CompiledOnce
from mgg_kernel.web.downloads import (
    DownloadComparison,
    DownloadLog,
    DownloadOrder,
    DownloadOriginal,
    DownloadReport,
)
from mgg_kernel.web.forking import WarmProcess, fork_kernels_from
from mgg_kernel.web.frame import HERE, SECURITY_HEADERS
from mgg_kernel.web.gate import DatabaseGate
from mgg_kernel.web.health import Health, Metrics
from mgg_kernel.web.identity import (
    OWN_HEADERS,
    Gate,
    WorkspaceAuthorizer,
    WorkspaceIdentity,
)
from mgg_kernel.web.kernels import PageKernelManager, SessionBoundConnection
from mgg_kernel.web.page_handlers import (
    EndKernel,
    FirstPage,
    KernelLine,
    NoSuchPage,
    PageHandler,
    tell_template,
)
from mgg_kernel.web.pages import pages_folder, present_pages
from mgg_kernel.web.process import run_server, run_until_parent_ends

__all__ = ["Dashboards", "dashboards_config", "main"]

# What widgets need; `execute_request` and its kin are not among them.
ALLOWED_MESSAGES = [
    "comm_open",
    "comm_msg",
    "comm_close",
    "comm_info_request",
    "kernel_info_request",
]
# Room in a message for what surrounds an uploaded file.
MESSAGE_OVERHEAD_BYTES = 1024 * 1024
# Three pings without an answer: as little as the time between two would cut every line.
PING_TIMEOUT_MS = 90_000
MAX_FORM_BYTES = 1024 * 1024
IDLE_S = 3600
ORPHAN_S = 120
CULL_INTERVAL_S = 30
REHEARSAL = "mgg_kernel.ui.rehearsal"
HEARTBEAT_S = 10
OURS = {
    VoilaKernelWebsocketHandler: KernelLine,
    FileFindHandler: CachedExtension,
    MultiStaticFileHandler: CachedScript,
}
"""What answers instead of what Voilà brings."""


class Dashboards(Voila):
    """Voilà with our addresses, and with nothing else that it could serve."""

    pages_dir = Unicode(config=True, help="Folder of the notebooks.")
    behind_proxy = Bool(False, config=True, help="Whether a proxy tells who asks.")
    classes: ClassVar[list[type]] = [*Voila.classes, WorkspaceIdentity, PageKernelManager]

    def _config_file_paths_default(self) -> list[str]:
        # A `voila.py` or `voila.json` in the folder that we were started in is none of ours.
        return []

    def init_settings(self) -> dict[str, Any]:
        """Return tornado's settings."""
        settings: dict[str, Any] = super().init_settings()
        self.kernel_manager.allowed_message_types = ALLOWED_MESSAGES
        settings["allow_unauthenticated_access"] = False
        settings["default_handler_class"] = NoSuchPage
        return settings

    def init_handlers(self) -> list[Any]:
        """Return our pages and, of what Voilà brings, only what they need."""
        needed = (
            "/api/kernels/",
            "/login",
            "/logout",
            "/mgg-static/",
            "/voila/api/themes/",
            "/voila/labextensions/",
            "/voila/static/",
            "/voila/templates/",
        )
        handlers = [
            (address, OURS.get(handler, handler), *values)
            for address, handler, *values in super().init_handlers()
            if address.startswith(needed)
        ]
        arguments = {
            "template_paths": self.template_paths,
            "config": self.config,
            "voila_configuration": self.voila_configuration,
        }
        present = present_pages(Path(self.pages_dir))
        for page in present:
            values = {**arguments, "page": page, "present": present}
            handlers.append(
                (f"/{page.name}", PageHandler, {**values, "notebook_path": page.notebook})
            )
        first = f"/{present[0].name}" if present else "/login"
        handlers.append((r"/voila/api/shutdown/(?P<kernel_id>[\w-]+)", EndKernel))
        handlers.append(("/download/comparison", DownloadComparison))
        handlers.append(("/download/order", DownloadOrder))
        handlers.append(("/download/log", DownloadLog))
        handlers.append(("/download/original", DownloadOriginal))
        handlers.append(("/download/report", DownloadReport))
        probes = {"gate": self.config.WorkspaceIdentity.open_gate(), "settings": load_settings()}
        handlers += [("/health", Health, probes), ("/metrics", Metrics, probes)]
        handlers.append(("/", FirstPage, {"url": first}))
        return handlers

    def listen(self) -> None:
        """Answer requests until a signal, or until the process that started us is gone."""
        self.app.listen(
            self.port, self.ip, max_body_size=MAX_FORM_BYTES, xheaders=self.behind_proxy
        )
        self.log.info("Dashboards at http://%s:%d/", self.ip, self.port)
        self.ioloop = IOLoop.current()
        try:
            run_until_parent_ends(self.ioloop)
        finally:
            self.stop()


def dashboards_config(settings: Settings, folder: Path, open_gate: Callable[[], Gate]) -> Config:
    """Return the configuration of the server.

    Args:
        settings: address, port, limits and the folder of secrets.
        folder: where the notebooks are.
        open_gate: returns the accounts.
    """
    secret = SecretsFolder(settings.secrets_dir).get_or_create("cookie-secret")
    limit = settings.upload_limit_mib * 1024 * 1024 + MESSAGE_OVERHEAD_BYTES
    config = Config()
    config.Dashboards.update(behind_proxy=settings.behind_proxy)
    config.Voila.update(
        ip=settings.bind,
        port=settings.dashboards_port,
        open_browser=False,
        connection_dir_root=os.environ.get("JUPYTER_RUNTIME_DIR", gettempdir()),
        root_dir=str(folder),
        pages_dir=str(folder),
        cookie_secret=secret.encode(),
        identity_provider_class=WorkspaceIdentity,
        authorizer_class=WorkspaceAuthorizer,
        kernel_websocket_connection_class=SessionBoundConnection,
        tornado_settings={
            "websocket_max_message_size": limit,
            "headers": SECURITY_HEADERS,
            "ws_ping_timeout": PING_TIMEOUT_MS,
            "mgg_upload_limit_mib": settings.upload_limit_mib,
        },
    )
    config.VoilaConfiguration.update(
        template="mgg",
        theme="light",
        allow_template_override="NO",
        allow_theme_override="NO",
        file_allowlist=[],
        strip_sources=True,
        show_tracebacks=False,
        http_header_envs=list(OWN_HEADERS),
        http_keep_alive_timeout=HEARTBEAT_S,
        prelaunch_hook=tell_template,
        multi_kernel_manager_class=PageKernelManager,
        # Voilà has a manager of widgets of its own; of Lab's extensions only Bokeh's is needed.
        extension_allowlist=[
            "@voila-dashboards/widgets-manager8",
            "@jupyter-widgets/jupyterlab-manager",
            "@bokeh/jupyter_bokeh",
        ],
    )
    config.KernelSpecManager.update(allowed_kernelspecs={"mgg"}, ensure_native_kernel=False)
    config.PageKernelManager.update(
        cull_idle_timeout=IDLE_S,
        cull_connected=True,
        cull_interval=CULL_INTERVAL_S,
        orphan_timeout=ORPHAN_S,
    )
    config.WorkspaceIdentity.update(open_gate=open_gate, application="dashboards")
    return config


def main() -> None:
    """Serve the dashboards until told to stop."""
    settings = load_settings()
    # Voilà looks for its templates where Jupyter keeps its data.
    here = str(HERE / "share")
    os.environ["JUPYTER_PATH"] = os.pathsep.join(
        filter(None, (here, os.environ.get("JUPYTER_PATH")))
    )
    folder = pages_folder()
    gate = DatabaseGate(settings, "dashboards")
    # Voilà offers no setting for it.
    voila.notebook_renderer.VoilaExporter = CompiledOnce
    warm = WarmProcess(REHEARSAL) if settings.warm_kernels else None
    fork_kernels_from(warm)
    try:
        if warm is not None:
            warm.warm_up()
        app = Dashboards.instance(config=dashboards_config(settings, folder, lambda: gate))
        app.initialize([])
        app.start()
    finally:
        if warm is not None:
            warm.stop()
        gate.close()


if __name__ == "__main__":
    run_server(main)
