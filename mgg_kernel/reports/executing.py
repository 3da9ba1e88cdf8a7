"""One attempt at a notebook: in a process of its own, under a limit of time."""

import json
import os
import signal
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import mgg_kernel
from mgg_kernel.errors import ReportError
from mgg_kernel.settings import Settings
from mgg_kernel.web.servers import settings_environment

__all__ = ["REPORT_MIME", "Attempt", "execute"]

REPORT_MIME = "application/vnd.mgg.report+json"
"""Type of the output in which a notebook hands over its answer, its numbers and its queries."""

PASSING = frozenset(
    {"ArchiveDownError", "ConflictError", "DatabaseDownError", "DeadKernelError", "Timeout"}
)
"""Errors that may be gone at the next attempt."""


@dataclass(frozen=True)
class Attempt:
    """What came of one attempt.

    Attributes:
        report: what the notebook handed over; None where it did not come that far.
        error_name: kind of the error; None where all went well.
        error: its sentence.
    """

    report: dict[str, Any] | None = None
    error_name: str | None = None
    error: str | None = None

    @property
    def may_pass(self) -> bool:
        """Whether another attempt may end better."""
        return self.error_name in PASSING


def execute(
    settings: Settings,
    actor: str,
    source: Path,
    draft: Path,
    parameters: dict[str, Any],
    timeout_s: float,
) -> Attempt:
    """Run a notebook; ``notebook.ipynb`` and ``log.txt`` are in the draft afterwards.

    Args:
        settings: where everything is.
        actor: the account that the notebook acts as.
        source: the notebook.
        draft: takes what is kept.
        parameters: values, checked.
        timeout_s: after so long it is ended.

    Raises:
        ReportError: the process cannot be started.
    """
    output, work = draft / "notebook.ipynb", draft.with_name(f"{draft.name}.work")
    output.unlink(missing_ok=True)
    order = {
        "source": str(source),
        "output": str(output),
        "parameters": parameters,
        "work": str(work),
    }
    environment = _environment(settings, actor, work)
    try:
        with (draft / "log.txt").open("ab") as log:
            # `-P`: a file in the folder that we stand in must not be taken for one of ours.
            process = subprocess.Popen(
                [sys.executable, "-P", "-m", "mgg_kernel.reports.child"],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=environment,
                cwd=work,
                start_new_session=True,
            )
    except OSError as error:
        raise ReportError(
            f"The notebook {source.name} cannot be started: {error.strerror}."
        ) from None
    try:
        return _waited(process, order, output, timeout_s)
    finally:
        # Also what is left of it after an interruption; its kernel ends with it.
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _waited(
    process: "subprocess.Popen[bytes]", order: dict[str, Any], output: Path, timeout_s: float
) -> Attempt:
    assert process.stdin is not None, "a pipe was asked for"
    with process.stdin as pipe:
        with suppress(BrokenPipeError):
            pipe.write(json.dumps(order).encode() + b"\n")
            pipe.flush()
        try:
            status = process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            return Attempt(
                error_name="Timeout",
                error=f"It had not ended after {timeout_s:g} s; see what it waits for, or allow it "
                "more time.",
            )
    return _found(output, status)


def _found(output: Path, status: int) -> Attempt:
    """Return what a notebook that has run says."""
    import nbformat

    if not output.is_file():
        return Attempt(
            error_name="DeadKernelError",
            error=f"The notebook's process ended with status {status} before a cell was run; its "
            "log tells more.",
        )
    report: dict[str, Any] | None = None
    failed: tuple[str, str] | None = None
    for cell in nbformat.read(output, 4).cells:  # type: ignore[no-untyped-call]
        for one in cell.get("outputs", ()):
            if one.output_type == "error":
                failed = (one.ename, one.evalue)
            elif REPORT_MIME in one.get("data", {}):
                report = one.data[REPORT_MIME]
    if failed is not None:
        return Attempt(report, failed[0], failed[1])
    if status != 0:
        return Attempt(
            report,
            "DeadKernelError",
            f"The notebook's process ended with status {status} before it was through; its log "
            "tells more.",
        )
    return Attempt(report)


def _environment(settings: Settings, actor: str, work: Path) -> dict[str, str]:
    """Return the variables of the process, with a kernel that is this Python and no other."""
    spec = work / "jupyter" / "kernels" / "mgg"
    spec.mkdir(parents=True, exist_ok=True)
    argv = [sys.executable, "-P", "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    (spec / "kernel.json").write_text(
        json.dumps({"argv": argv, "display_name": "MGG", "language": "python"}), "utf-8"
    )
    # The keys with which one may talk to the kernel.
    (work / "runtime").mkdir(mode=0o700, exist_ok=True)
    environment = settings_environment(settings)
    paths = (str(Path(mgg_kernel.__file__).parents[1]), environment.get("PYTHONPATH"))
    return {
        **environment,
        "MGG_ACTOR": actor,
        "JUPYTER_PATH": str(work / "jupyter"),
        "JUPYTER_RUNTIME_DIR": str(work / "runtime"),
        "IPYTHONDIR": str(work / "ipython"),
        "PYTHONPATH": os.pathsep.join(filter(None, paths)),
        # So that its log can be read while it runs.
        "PYTHONUNBUFFERED": "1",
    }
