"""JupyterHub for many analysts: a JupyterLab for each, with the accounts of the workspace.

On a server the hub runs as root, beside `mgg up`, and starts each analyst's JupyterLab under the
account of the machine that has the same name: what one can read is that person's alone.  `make hub`
tries it on a desk, where all servers run under the one account that started it.
"""

import os
import shutil
import sys
from pathlib import Path
from typing import Any

from mgg_kernel.errors import SettingsError
from mgg_kernel.settings import load_settings
from mgg_kernel.web.gate import DatabaseGate
from mgg_kernel.web.hub import WorkspaceAuthenticator, server_environment

c: Any = get_config()  # type: ignore[name-defined]  # noqa: F821 - JupyterHub gives it
settings = load_settings()
is_root = os.geteuid() == 0
if not is_root and not settings.hub_trial:
    raise SettingsError(
        "JupyterHub must run as root, to start each server under an account of its own: otherwise "
        "every analyst could read the workspace's secrets. 'make hub' tries it on a desk."
    )

# The hub's own things, which can all be made again: nobody else may read them.
state = settings.data_dir / "hub"
state.mkdir(mode=0o700, parents=True, exist_ok=True)
state.chmod(0o700)
c.JupyterHub.db_url = f"sqlite:///{state / 'hub.sqlite'}"
c.JupyterHub.cookie_secret_file = str(state / "cookie-secret")
c.ConfigurableHTTPProxy.pid_file = str(state / "proxy.pid")

# A reverse proxy with TLS stands in front, as it does before the dashboards.
c.JupyterHub.bind_url = f"http://{settings.bind}:{settings.hub_port}"
c.JupyterHub.trusted_downstream_ips = ["127.0.0.1", "::1"] if settings.behind_proxy else []
here = Path(__file__).resolve().parents[2]
proxy = here / ".hub-proxy" / "node_modules" / ".bin" / "configurable-http-proxy"
c.ConfigurableHTTPProxy.command = str(
    proxy if proxy.is_file() else shutil.which("configurable-http-proxy") or proxy
)

# Who comes in: the workspace's accounts that may use JupyterLab, for as long as a session lasts.
c.JupyterHub.authenticator_class = WorkspaceAuthenticator
c.WorkspaceAuthenticator.open_gate = lambda: DatabaseGate(settings, "hub")
c.JupyterHub.cookie_max_age_days = settings.session_hours / 24

# What a server of an analyst is: JupyterLab of this environment, which knows no secret.
python = Path(sys.executable)
c.Spawner.cmd = [str(python.with_name("jupyterhub-singleuser"))]
c.Spawner.default_url = "/lab"
c.Spawner.env_keep = ["LANG", "LC_ALL", "TZ"]
c.Spawner.environment = {
    "PATH": f"{python.parent}:/usr/local/bin:/usr/bin:/bin",
    "JUPYTERHUB_SINGLEUSER_APP": "jupyter_server.serverapp.ServerApp",
    **server_environment(settings),
}
c.Spawner.http_timeout = 60
c.Spawner.start_timeout = 120
# Started for one analyst after the other where many log in at once in the morning.
c.JupyterHub.concurrent_spawn_limit = 10
c.JupyterHub.active_server_limit = 0
if settings.hub_trial:
    c.JupyterHub.spawner_class = "simple"
    c.SimpleLocalProcessSpawner.home_dir_template = str(state / "homes" / "{username}")
    c.Spawner.args = ["--allow-root"] if is_root else []
else:
    # Drops root's rights and takes the account of the same name, with its home folder.
    c.JupyterHub.spawner_class = "jupyterhub.spawner.LocalProcessSpawner"
    c.Spawner.notebook_dir = "~"
