"""JupyterLab for analysts: its own server, with the login of the dashboards."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from jupyter_server.serverapp import ServerApp
from traitlets.config import Config

from mgg_kernel._paths import notebooks_dir
from mgg_kernel.hot.secrets_file import SecretsFolder
from mgg_kernel.settings import Settings, load_settings
from mgg_kernel.web.frame import HERE, SECURITY_HEADERS
from mgg_kernel.web.gate import DatabaseGate
from mgg_kernel.web.identity import Gate, WorkspaceAuthorizer, WorkspaceIdentity
from mgg_kernel.web.kernels import SessionBoundConnection
from mgg_kernel.web.lab_app import Lab, LabKernelManager
from mgg_kernel.web.process import run_server, stop_with_parent
from mgg_kernel.workspace.rights import RIGHTS, ROLES

__all__ = ["lab_config", "main"]

REFUSED_ROLES = {role: "no_lab" for role in ROLES if role not in RIGHTS["JupyterLab"]}
MESSAGE_OVERHEAD_BYTES = 1024 * 1024
# Three pings without an answer: as little as the time between two would cut every line.
PING_TIMEOUT_MS = 90_000


def lab_config(settings: Settings, folder: Path, open_gate: Callable[[], Gate]) -> Config:
    """Return the configuration of the server.

    Args:
        settings: address, port, limits and the folders of secrets and data.
        folder: where the notebooks are.
        open_gate: returns the accounts.
    """
    secret = SecretsFolder(settings.secrets_dir).get_or_create("cookie-secret")
    own = settings.data_dir / "lab"
    config = Config()
    config.ServerApp.update(
        ip=settings.bind,
        port=settings.lab_port,
        port_retries=0,
        open_browser=False,
        root_dir=str(folder),
        cookie_secret=secret.encode(),
        # PostgreSQL refuses root, Jupyter asks for a flag; a container often has no other user.
        allow_root=True,
        allow_remote_access=True,
        trust_xheaders=settings.behind_proxy,
        allow_unauthenticated_access=False,
        quit_button=False,
        terminals_enabled=False,
        identity_provider_class=WorkspaceIdentity,
        authorizer_class=WorkspaceAuthorizer,
        kernel_manager_class=LabKernelManager,
        kernel_websocket_connection_class=SessionBoundConnection,
        tornado_settings={
            "websocket_max_message_size": settings.upload_limit_mib * 1024 * 1024
            + MESSAGE_OVERHEAD_BYTES,
            "headers": SECURITY_HEADERS,
            "ws_ping_timeout": PING_TIMEOUT_MS,
        },
    )
    config.LabApp.update(
        app_settings_dir=str(HERE / "share" / "lab_settings"),
        user_settings_dir=str(own / "settings"),
        workspaces_dir=str(own / "workspaces"),
        extension_manager="readonly",
        check_for_updates_class="jupyterlab.NeverCheckForUpdate",
        news_url=None,
    )
    config.KernelSpecManager.update(allowed_kernelspecs={"mgg"}, ensure_native_kernel=False)
    config.MultiKernelManager.default_kernel_name = "mgg"
    config.WorkspaceIdentity.update(
        open_gate=open_gate, application="lab", refused_roles=REFUSED_ROLES
    )
    config.WorkspaceAuthorizer.refused_roles = REFUSED_ROLES
    return config


def main() -> None:
    """Serve JupyterLab until told to stop."""
    settings = load_settings()
    # The configuration of some other Jupyter of this user is none of ours.
    os.environ["JUPYTER_NO_CONFIG"] = "1"
    folder = Path(os.environ.get("MGG_NOTEBOOKS_DIR") or notebooks_dir())
    gate = DatabaseGate(settings, "lab")
    try:
        server: Any = Lab.initialize_server([], config=lab_config(settings, folder, lambda: gate))
        assert isinstance(server, ServerApp)
        stop_with_parent(server.io_loop)
        server.start()
    finally:
        gate.close()


if __name__ == "__main__":
    run_server(main)
