"""``run_report``: a report is made once, kept for good, and told of where it fails."""

import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from mgg_kernel.errors import ConflictError, MggError, ReportError
from mgg_kernel.files.report_store import plain_bytes
from mgg_kernel.hot.report_runs import ReportRun
from mgg_kernel.reports.catalogue import ReportKind, report_kind
from mgg_kernel.reports.executing import Attempt, execute
from mgg_kernel.reports.manifest import make_manifest
from mgg_kernel.reports.parameters import checked_parameters
from mgg_kernel.reports.periods import closed_before, parse_period
from mgg_kernel.reports.provenance import write_outputs
from mgg_kernel.workspace import Workspace
from mgg_kernel.workspace.notifying import notify
from mgg_kernel.workspace.reports import INTERRUPTED, ending_of

__all__ = ["Asked", "Made", "asked_for", "run_report"]

FIRST_PAUSE_S, PAUSE_GROWS = 1.0, 4.0


@dataclass(frozen=True)
class Asked:
    """What one run is: the same name, parameters and period are the same report."""

    kind: ReportKind
    parameters: dict[str, Any]
    period: str
    key: str


@dataclass(frozen=True)
class Made:
    """A run, and whether it was made now or answered from the store."""

    run: ReportRun
    is_new: bool


def asked_for(
    ws: Workspace,
    name: str,
    parameters: Mapping[str, Any] | None = None,
    period: str | None = None,
    *,
    now: datetime | None = None,
) -> Asked:
    """Return what a run would be, with its parameters checked.

    Args:
        ws: of whoever asks.
        name: of the report.
        parameters: those that are not as the notebook has them.
        period: what it is about; None: the last one that is over, or this moment.
        now: the moment, for tests.

    Raises:
        ReportError: there is no such report, parameter or period.
    """
    now = now or datetime.now(UTC)
    zone = ZoneInfo(ws.settings.timezone)
    kind = report_kind(name)
    about = period or closed_before(kind.period, now, zone)
    given = dict(parameters or {})
    is_open = False
    if kind.period != "moment":
        is_open = parse_period(about, zone).end > now
        if given.setdefault("period", about) != about:
            raise ReportError("Give the period once: as --period, or as -p period=….")
    values = checked_parameters(kind.notebook, given)
    said = {"name": name, "parameters": values, "period": about}
    if is_open:
        # What is not over yet is another report at each moment.
        said["asked_at"] = now.isoformat()
    return Asked(kind, values, about, sha256(plain_bytes(said)).hexdigest())


def run_report(
    ws: Workspace,
    name: str,
    parameters: Mapping[str, Any] | None = None,
    *,
    period: str | None = None,
    again: bool = False,
    tell: Callable[[str], None] = lambda _: None,
    now: datetime | None = None,
) -> Made:
    """Make a report, or return the one that was made with the same parameters and period.

    Args:
        ws: of whoever asks; the notebook acts as that account.
        name: of the report.
        parameters: those that are not as the notebook has them.
        period: what it is about; None: the last one that is over, or this moment.
        again: make it once more; the earlier one stays.
        tell: called with each step, in words.
        now: the moment, for tests.

    Returns:
        The run; where it failed, its row says why and its files are kept.

    Raises:
        ReportError: there is no such report, parameter or period.
        ConflictError: it is being made at this moment.
        AccessError: the acting account may not make reports.
    """
    asked = asked_for(ws, name, parameters, period, now=now)
    with ws.reports.lock(asked.key) as got:
        if not got:
            raise ConflictError(
                f"The report {name} for {asked.period} is being made at this moment; "
                "'mgg report list' shows it."
            )
        claim = ws.reports.claim(name, asked.parameters, asked.period, asked.key, again=again)
        if not claim.is_new:
            return Made(claim.run, is_new=False)
        run = _make(ws, asked, claim.run, tell)
    if run.state == "failed":
        for trouble in notify(
            ws.settings,
            f"The report {run.name} for {run.period} failed",
            f"{run.error_name}: {run.error}\n\nmgg report show {run.id}",
        ):
            tell(trouble)
    return Made(run, is_new=True)


def _make(ws: Workspace, asked: Asked, run: ReportRun, tell: Callable[[str], None]) -> ReportRun:
    store = ws.reports.store
    draft = store.draft(run.id)
    source = draft / "source.ipynb"
    attempt, number = Attempt(error_name=INTERRUPTED, error="It was broken off."), 0
    try:
        shutil.copyfile(asked.kind.notebook, source)
        for number in range(1, asked.kind.attempts + 1):
            tell(f"Running {run.name} for {run.period} (attempt {number}) …")
            attempt = _attempt(ws, asked, run, source, draft)
            if not attempt.may_pass or number == asked.kind.attempts:
                break
            pause_s = FIRST_PAUSE_S * PAUSE_GROWS ** (number - 1)
            tell(f"{attempt.error_name}: {attempt.error}  Trying again in {pause_s:g} s.")
            time.sleep(pause_s)
    except KeyboardInterrupt:
        attempt = Attempt(error_name=INTERRUPTED, error="It was broken off; run it again.")
        _keep(ws, run, attempt, number, source, draft, tell)
        raise
    return _keep(ws, run, attempt, number, source, draft, tell)


def _attempt(ws: Workspace, asked: Asked, run: ReportRun, source: Path, draft: Path) -> Attempt:
    work = draft.with_name(f"{draft.name}.work")
    work.mkdir(mode=0o700, exist_ok=True)
    try:
        return execute(
            ws.settings, run.created_by, source, draft, asked.parameters, asked.kind.timeout_s
        )
    except ReportError as error:
        return Attempt(error_name=type(error).__name__, error=str(error))
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _keep(
    ws: Workspace,
    run: ReportRun,
    attempt: Attempt,
    attempts: int,
    source: Path,
    draft: Path,
    tell: Callable[[str], None],
) -> ReportRun:
    """Write what is kept of a run, seal it, and only then say in the books how it ended."""
    tell("Writing the report …")
    notes: list[str] = []
    try:
        notes = write_outputs(ws, run, attempt, draft)
    except (MggError, OSError) as error:
        # The notebook is there; that its page is not makes the run a failed one.
        attempt = replace(attempt, error_name=type(error).__name__, error=str(error))
    manifest = make_manifest(
        ws, run, attempt, attempts=attempts, source=source, draft=draft, notes=notes
    )
    store = ws.reports.store
    sealed = store.seal(draft, store.folder_of(run.id, run.created_at), manifest)
    return ws.reports.finish(run, ending_of(manifest, sealed.folder, store))
