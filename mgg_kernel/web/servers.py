"""Starting, watching and stopping the dashboards and JupyterLab, each a process of its own."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from pydantic import SecretStr

from mgg_kernel.errors import StoreError
from mgg_kernel.settings import Settings

__all__ = ["ServerName", "ServerProcess", "settings_environment"]

ServerName = Literal["dashboards", "lab"]
POLL_S = 0.1
STOP_TIMEOUT_S = 15.0


class ServerProcess:
    """One of the two servers.

    Args:
        name: ``dashboards`` or ``lab``.
        settings: where everything is; the process is given exactly these.
        folder: folder of its notebooks; None: the one that this installation carries.
        environment: more variables for the process.
    """

    def __init__(
        self,
        name: ServerName,
        settings: Settings,
        *,
        folder: Path | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.name = name
        self.port = settings.dashboards_port if name == "dashboards" else settings.lab_port
        self.log_file = settings.logs_dir / f"{name}.log"
        self._settings = settings
        self._run_folder = settings.data_dir / "run" / name
        self._environment = _environment(settings, name, folder, environment or {})
        self._environment["JUPYTER_RUNTIME_DIR"] = str(self._run_folder)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Address of the server as this machine reaches it, without a slash at its end."""
        bind = self._settings.bind
        host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(bind, bind)  # noqa: S104
        return f"http://{f'[{host}]' if ':' in host and host[0] != '[' else host}:{self.port}"

    @property
    def pid(self) -> int | None:
        """The process, or None while there is none."""
        return self._process.pid if self.is_running and self._process else None

    @property
    def is_running(self) -> bool:
        """Whether the process lives."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start the process; it may need some seconds before it answers.

        Raises:
            StoreError: the port is taken, or the log cannot be written.
        """
        self._claim_port()
        try:
            self.log_file.parent.mkdir(parents=True, exist_ok=True)
            # Holds the keys with which one may talk to the kernels.
            self._run_folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            log = self.log_file.open("ab")
        except OSError as error:
            raise StoreError(
                f"The log {self.log_file} cannot be written ({error.strerror}); give this user "
                "the right to, or choose another MGG_DATA_DIR."
            ) from None
        with log:
            # `-P`: a `voila.py` in the folder that we stand in must not be taken for Voilà.
            # A session of its own: Ctrl-C in the terminal goes to the supervisor alone, which
            # then stops its servers in order.
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", f"mgg_kernel.web.{self.name}"],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=self._environment,
                cwd=self._settings.data_dir,
                start_new_session=True,
            )

    def wait_ready(self, timeout_s: float = 60.0) -> None:
        """Wait until the server answers.

        Raises:
            StoreError: it has ended instead, or does not answer in time.
        """
        deadline = time.monotonic() + timeout_s
        while not _answers(f"{self.url}/login"):
            if not self.is_running:
                raise StoreError(f"The {self.name} server ended at once; see {self.log_file}.")
            if time.monotonic() > deadline:
                raise StoreError(
                    f"The {self.name} server did not answer within {timeout_s:g} s; "
                    f"see {self.log_file}."
                )
            time.sleep(POLL_S)

    def stop(self, timeout_s: float = STOP_TIMEOUT_S) -> None:
        """Stop the server and its kernels; do nothing if it does not run."""
        process = self._process
        if process is None:
            return
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(timeout_s)
            except subprocess.TimeoutExpired:
                # Its kernels notice that their parent is gone, and end themselves.
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        self._process = None

    def _claim_port(self) -> None:
        bind = self._settings.bind
        family = socket.AF_INET6 if ":" in bind else socket.AF_INET
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((bind, self.port))
            except OSError as error:
                raise StoreError(
                    f"The {self.name} server cannot listen on port {self.port} of {bind} "
                    f"({error.strerror}); stop the program that uses it, or set "
                    f"MGG_{self.name.upper()}_PORT."
                ) from None


def settings_environment(settings: Settings) -> dict[str, str]:
    """Return the variables of this process, and all settings spelt out.

    A server and its kernels run in other folders than this process, where a relative path
    or an ``.env`` would mean something else.
    """
    environment = dict(os.environ)
    for key in type(settings).model_fields:
        value = getattr(settings, key)
        variable = f"MGG_{key.upper()}"
        if value is None:
            environment.pop(variable, None)
        else:
            secret = isinstance(value, SecretStr)
            environment[variable] = value.get_secret_value() if secret else str(value)
    return environment


def _environment(
    settings: Settings, name: ServerName, folder: Path | None, more: Mapping[str, str]
) -> dict[str, str]:
    """Return the variables of a server."""
    environment = {**settings_environment(settings), **more}
    environment["MGG_SUPERVISOR_PID"] = str(os.getpid())
    if folder is not None:
        variable = "MGG_DASHBOARDS_DIR" if name == "dashboards" else "MGG_NOTEBOOKS_DIR"
        environment[variable] = str(folder.absolute())
    return environment


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 - our own address
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False
