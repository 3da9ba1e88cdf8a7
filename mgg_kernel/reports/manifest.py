"""The manifest of a run: everything that its numbers depend on, and what was written."""

import importlib.metadata
import platform
import subprocess
from dataclasses import asdict
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from mgg_kernel._paths import scheduled_dir
from mgg_kernel._version import __version__
from mgg_kernel.files.report_store import file_sha256
from mgg_kernel.hot.report_runs import ReportRun
from mgg_kernel.reports.executing import Attempt
from mgg_kernel.workspace import Workspace
from mgg_kernel.workspace.rights import RIGHTS

__all__ = ["LAYOUT", "audit_head", "code_state", "make_manifest"]

LAYOUT = 1
CODE = ("mgg_kernel", "scheduled", "sql", "requirements.lock")
"""What a report's numbers may depend on; other files of a checkout are nobody's concern."""
PACKAGES = ("duckdb", "nbconvert", "numpy", "pandas", "papermill", "pyarrow", "scipy", "sqlalchemy")


def make_manifest(
    ws: Workspace,
    run: ReportRun,
    attempt: Attempt,
    *,
    attempts: int,
    source: Path,
    draft: Path,
    notes: list[str],
) -> dict[str, Any]:
    """Return the manifest of a run that has ended.

    Args:
        ws: of whoever asked for it.
        run: its row.
        attempt: the last attempt.
        attempts: how many there were.
        source: the notebook as it was before.
        draft: holds what the run wrote.
        notes: what else is to be known, such as that there is no PDF.
    """
    report = attempt.report or {}
    answer = str(report.get("answer", ""))
    outputs = {
        path.name: {"sha256": file_sha256(path), "bytes": path.stat().st_size}
        for path in sorted(draft.iterdir())
    }
    return {
        "layout": LAYOUT,
        "run": run.id,
        "name": run.name,
        "period": run.period,
        "parameters": run.parameters,
        "idempotency_key": run.idempotency_key,
        "repetition": run.repetition,
        "actor": run.created_by,
        "asked_at": run.created_at.astimezone(UTC).isoformat(),
        "ended_at": datetime.now(UTC).isoformat(),
        "attempts": attempts,
        "state": "done" if attempt.error_name is None else "failed",
        "answer": answer[:2000],
        "title": report.get("title"),
        "error_name": attempt.error_name,
        "error": attempt.error,
        "notes": notes,
        "snapshot_at": report.get("snapshot_at"),
        "queries": report.get("queries", []),
        "numbers": report.get("numbers"),
        "numbers_digest": report.get("numbers_digest"),
        "notebook": {"name": source.name, "sha256": file_sha256(source)},
        "code": code_state(),
        "environment": _environment(),
        "audit_head": audit_head(ws),
        "outputs": outputs,
    }


def code_state() -> dict[str, Any]:
    """Return which code runs: version, commit, whether files differ from it, and the lock's hash.

    An installed package has neither commit nor lock beside it, and says so with None.
    """
    root = scheduled_dir().parent
    lock = root / "requirements.lock"
    commit = _git(root, "rev-parse", "HEAD")
    changed = None if commit is None else _git(root, "status", "--porcelain", "--", *CODE)
    return {
        "version": __version__,
        "commit": commit,
        "is_changed": None if changed is None else bool(changed),
        "lock_sha256": sha256(lock.read_bytes()).hexdigest() if lock.is_file() else None,
    }


def audit_head(ws: Workspace) -> dict[str, Any] | None:
    """Return the head of the audit chain as plain values.

    None where no chain is kept, or where the acting account, who is no administrator, may not ask.
    """
    audit: Any = getattr(ws, "audit", None)
    if audit is None or ws.user.role not in RIGHTS["archive"]:
        return None
    head = audit.head()
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in asdict(head).items()
    }


def _environment() -> dict[str, Any]:
    return {
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "packages": {name: importlib.metadata.version(name) for name in PACKAGES},
    }


def _git(root: Path, *arguments: str) -> str | None:
    if not (root / ".git").exists():
        return None
    try:
        done = subprocess.run(
            ["git", "-C", str(root), *arguments],
            capture_output=True,
            text=True,
            check=True,
            timeout=20,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()
