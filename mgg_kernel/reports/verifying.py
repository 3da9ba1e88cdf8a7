"""Checking a report: everything that its manifest says is computed again, and held against it."""

import json
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Literal

from mgg_kernel.errors import MggError, NotFoundError, ReportError
from mgg_kernel.files.report_store import MANIFEST, SIGNATURE, file_sha256
from mgg_kernel.hot.report_runs import ReportRun
from mgg_kernel.reports.catalogue import report_kind
from mgg_kernel.reports.content import numbers_digest
from mgg_kernel.reports.executing import REPORT_MIME
from mgg_kernel.reports.manifest import code_state
from mgg_kernel.reports.recorder import rows_digest
from mgg_kernel.workspace import Workspace

__all__ = ["Difference", "Verdict", "verify_report"]

Kind = Literal["broken", "changed"]
OF_THE_ROW = (
    "name",
    "period",
    "parameters",
    "state",
    "answer",
    "idempotency_key",
    "repetition",
    "error",
    "error_name",
    "numbers_digest",
)


@dataclass(frozen=True)
class Difference:
    """Something that is not as the manifest says.

    Attributes:
        kind: ``broken`` where the report itself is not what was signed; ``changed`` where the
            world has moved on since: the data, the notebook, the program.
    """

    kind: Kind
    what: str
    text: str


@dataclass(frozen=True)
class Verdict:
    """What a check found.

    Attributes:
        checked: what was looked at.
    """

    run: ReportRun
    differences: tuple[Difference, ...]
    checked: tuple[str, ...]

    @property
    def is_whole(self) -> bool:
        """Whether the report is what was signed."""
        return all(one.kind != "broken" for one in self.differences)

    @property
    def sentence(self) -> str:
        """It in a sentence."""
        if not self.is_whole:
            return f"Report {self.run.id} is not what was signed; take it from a backup."
        changed = len(self.differences)
        return f"Report {self.run.id} is what was signed; " + (
            f"{changed} things have changed since." if changed else "nothing has changed since."
        )


def verify_report(ws: Workspace, run_id: int, *, queries: bool = True) -> Verdict:
    """Check a report.

    The signature, the manifest, every file, the row in the database and the entry in the operation
    log must be what was signed.  The queries are asked again, and notebook, program and lock are
    held against today's: these may have changed since, and what has is told.

    Args:
        ws: of whoever asks.
        run_id: the report's number.
        queries: whether the queries are asked again.

    Raises:
        NotFoundError: there is no such report, or this account may not see it.
        ReportError: it is still being made, or left nothing behind.
    """
    run = ws.reports.get(run_id)
    if run.state == "running":
        raise ReportError(f"Report {run_id} is being made; check it when it is done.")
    if run.folder is None:
        raise ReportError(f"Report {run_id} left no files ({run.error_name}); run it again.")
    found: list[Difference] = []
    checked = ["signature", "manifest", "row", "files", "numbers", "log"]
    manifest = _manifest(ws, run, run.folder, found)
    if manifest is not None:
        _row(run, manifest, found)
        _files(ws, run.folder, manifest, found)
        _numbers(ws, run.folder, manifest, found)
        _log(ws, run, found)
        _program(manifest, found)
        checked.append("program")
        if queries:
            _queries(ws, manifest, found)
            checked.append("queries")
    return Verdict(run, tuple(found), tuple(checked))


def _manifest(
    ws: Workspace, run: ReportRun, folder: str, found: list[Difference]
) -> dict[str, Any] | None:
    """Return the manifest that is on the disk, after its signature and hash were looked at."""
    store = ws.reports.store
    try:
        if not store.has_signature(folder):
            found.append(
                Difference("broken", SIGNATURE, f"does not fit {MANIFEST} and the public key")
            )
        data = store.read(folder, MANIFEST)
    except MggError as error:
        found.append(Difference("broken", MANIFEST, str(error)))
        return None
    if sha256(data).hexdigest() != run.manifest_sha256:
        found.append(Difference("broken", MANIFEST, "is not the one that the database knows"))
    try:
        manifest: dict[str, Any] = json.loads(data)
    except ValueError:
        found.append(Difference("broken", MANIFEST, "is no JSON"))
        return None
    return manifest


def _row(run: ReportRun, manifest: dict[str, Any], found: list[Difference]) -> None:
    found += [
        Difference("broken", f"row, {name}", "is not what the manifest says")
        for name in OF_THE_ROW
        if getattr(run, name) != manifest.get(name)
    ]
    if run.manifest != manifest:
        found.append(Difference("broken", "row, manifest", "is not the one that was signed"))


def _files(ws: Workspace, folder: str, manifest: dict[str, Any], found: list[Difference]) -> None:
    place = ws.reports.store.root / folder
    outputs: dict[str, Any] = manifest.get("outputs", {})
    for name, told in outputs.items():
        try:
            is_same = file_sha256(place / name) == told["sha256"]
        except OSError as error:
            found.append(Difference("broken", name, f"cannot be read: {error.strerror}"))
            continue
        if not is_same:
            found.append(Difference("broken", name, "is not what was written"))
    there = {path.name for path in place.iterdir()} if place.is_dir() else set()
    found += [
        Difference("broken", name, "was put there later")
        for name in sorted(there - outputs.keys() - {MANIFEST, SIGNATURE})
    ]


def _numbers(ws: Workspace, folder: str, manifest: dict[str, Any], found: list[Difference]) -> None:
    """Compute the digest again, from the manifest and from the notebook that has run."""
    wanted = manifest.get("numbers_digest")
    if wanted is None:
        return
    if numbers_digest(manifest.get("numbers") or {}) != wanted:
        found.append(Difference("broken", "numbers", "do not give their digest"))
    try:
        notebook = json.loads(ws.reports.store.read(folder, "notebook.ipynb"))
    except (NotFoundError, ValueError):
        return  # told with the files
    handed = [
        one["data"][REPORT_MIME]
        for cell in notebook.get("cells", [])
        for one in cell.get("outputs", [])
        if REPORT_MIME in one.get("data", {})
    ]
    if not handed or numbers_digest(handed[-1]["numbers"]) != wanted:
        found.append(Difference("broken", "notebook.ipynb", "does not show the same numbers"))


def _log(ws: Workspace, run: ReportRun, found: list[Difference]) -> None:
    """Look for the entry of the operation log; who may not see it is told nothing of it."""
    user = ws.user
    if user.role != "admin" and user.username != run.created_by:
        return
    entries = ws.log.list(
        log_type="report", action="run a report", since=run.created_at, limit=100_000
    )
    own = [one for one in entries if one.object_id == str(run.id)]
    if not any(one.details.get("manifest_sha256") == run.manifest_sha256 for one in own):
        found.append(Difference("broken", "operation log", "does not name this manifest"))


def _program(manifest: dict[str, Any], found: list[Difference]) -> None:
    now, then = code_state(), manifest.get("code", {})
    for name in ("version", "commit", "lock_sha256"):
        if now[name] != then.get(name):
            was = str(then.get(name))[:12]
            found.append(Difference("changed", f"program, {name}", f"was {was}, is another now"))
    if then.get("is_changed"):
        found.append(
            Difference("changed", "program", "had changes beside its commit when it was run")
        )
    notebook = manifest.get("notebook", {})
    try:
        path = report_kind(str(manifest["name"])).notebook
        if file_sha256(path) != notebook.get("sha256"):
            found.append(Difference("changed", notebook.get("name", ""), "is another one today"))
    except (ReportError, OSError):
        found.append(Difference("changed", notebook.get("name", ""), "is not there today"))


def _queries(ws: Workspace, manifest: dict[str, Any], found: list[Difference]) -> None:
    for number, one in enumerate(manifest.get("queries", []), 1):
        what = f"query {number}"
        try:
            rows = ws.sql(one["sql"], one["parameters"] or None)
        except MggError as error:
            found.append(Difference("changed", what, str(error)))
            continue
        if rows_digest(rows) != one["sha256"]:
            text = f"found {one['rows']:,} rows and finds {len(rows):,} others now"
            found.append(Difference("changed", what, text))
