"""Making a report in the background: it goes on when whoever asked has closed the page."""

import os
import subprocess
import sys
from pathlib import Path

import mgg_kernel
from mgg_kernel.errors import StoreError
from mgg_kernel.reports.runner import asked_for
from mgg_kernel.web.servers import settings_environment
from mgg_kernel.workspace import Workspace
from mgg_kernel.workspace.rights import require

__all__ = ["start_report"]


def start_report(
    ws: Workspace,
    name: str,
    parameters: dict[str, str],
    *,
    period: str | None = None,
    again: bool = False,
) -> "subprocess.Popen[bytes]":
    """Start ``mgg report run`` as the acting account, after all that can be refused was looked at.

    Args:
        ws: of whoever asks.
        name: of the report.
        parameters: those that are not as the notebook has them.
        period: what it is about; None: the last one that is over.
        again: make it once more.

    Returns:
        The process; what it says is in ``logs/reports.log``.

    Raises:
        AccessError: the acting account may not make reports.
        ReportError: there is no such report, parameter or period.
        StoreError: the log cannot be written.
    """
    user = ws.user
    require(user, "work")
    asked = asked_for(ws, name, parameters, period)
    settings = ws.settings
    environment = settings_environment(settings)
    paths = (str(Path(mgg_kernel.__file__).parents[1]), environment.get("PYTHONPATH"))
    environment |= {"MGG_ACTOR": user.username, "PYTHONPATH": os.pathsep.join(filter(None, paths))}
    given = [word for key, value in parameters.items() for word in ("-p", f"{key}={value}")]
    words = [
        "report",
        "run",
        name,
        "--period",
        asked.period,
        *given,
        *(["--again"] if again else []),
    ]
    log = settings.logs_dir / "reports.log"
    try:
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as file:
            return subprocess.Popen(
                [sys.executable, "-P", "-m", "mgg_kernel.cli", *words],
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                env=environment,
                cwd=settings.data_dir,
                start_new_session=True,
            )
    except OSError as error:
        raise StoreError(
            f"The log {log} cannot be written ({error.strerror}); give this user the right to."
        ) from None
