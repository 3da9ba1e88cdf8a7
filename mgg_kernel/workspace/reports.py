"""``ws.reports``: the reports that were made, and the books of those that are being made."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, Literal

from sqlalchemy import Connection, text

from mgg_kernel.errors import NotFoundError
from mgg_kernel.files.report_store import MANIFEST, ReportStore
from mgg_kernel.hot.log import write_log
from mgg_kernel.hot.report_runs import (
    Ending,
    ReportRun,
    RunState,
    begin_run,
    end_run,
    get_run,
    list_runs,
    lock_number,
    runs_of_key,
)
from mgg_kernel.workspace.office import Office

__all__ = ["FILES", "INTERRUPTED", "LOST", "Claim", "FileKind", "Reports", "ending_of"]

FileKind = Literal["html", "pdf", "manifest", "notebook", "log"]
FILES: dict[FileKind, str] = {
    "html": "report.html",
    "pdf": "report.pdf",
    "manifest": MANIFEST,
    "notebook": "notebook.ipynb",
    "log": "log.txt",
}
INTERRUPTED = "Interrupted"
"""What a run ended with that somebody broke off."""
LOST = "Killed"
"""What a run ended with whose program was killed."""

_TRY_LOCK = text("SELECT pg_try_advisory_lock(:number)")
_FIRST_ACCOUNT = text("SELECT min(created_at) FROM users")
_TEAM = text("SELECT mgg_team_id()")


@dataclass(frozen=True)
class Claim:
    """What came of asking for a report: the one that is there, or a new one to be made."""

    run: ReportRun
    is_new: bool


class Reports:
    """The reports of the acting account's team; administrators see those of all teams."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self.store = ReportStore(office.settings)

    def get(self, run_id: int) -> ReportRun:
        """Return a run.

        Raises:
            NotFoundError: there is none of that number, or this account may not see it.
        """
        with self._office.transaction() as connection:
            return get_run(connection, run_id)

    def file(self, run_id: int, kind: FileKind) -> tuple[str, bytes]:
        """Return the name and the bytes of a file of a run.

        Raises:
            NotFoundError: there is no such run, or it has no such file.
        """
        run = self.get(run_id)
        kept = () if run.manifest is None else (*run.manifest.get("outputs", ()), MANIFEST)
        if run.folder is None or FILES[kind] not in kept:
            raise NotFoundError(f"Report {run_id} has no {kind} file.")
        _, _, ending = FILES[kind].rpartition(".")
        period = f"-{run.period}".replace(":", "")
        name = f"{run.name}{period}-{run.id}.{'manifest.' if kind == 'manifest' else ''}{ending}"
        return name, self.store.read(run.folder, FILES[kind])

    def team_id(self) -> int:
        """Return the number of the acting account's team."""
        with self._office.transaction() as connection:
            return int(connection.execute(_TEAM).scalar_one())

    @contextmanager
    def lock(self, key: str) -> Iterator[bool]:
        """Hold the lock of a key for the length of the block; False if somebody else holds it.

        The database drops it when the program dies, which is how a run that was killed is told
        from one that goes on.
        """
        engine = self._office.database.direct_engine("report")
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            got = connection.execute(_TRY_LOCK, {"number": lock_number(key)}).scalar_one()
            yield bool(got)
        engine.dispose()

    def claim(
        self, name: str, parameters: dict[str, Any], period: str, key: str, *, again: bool
    ) -> Claim:
        """Return the report that is there, or store that it is being made.

        Whoever calls this holds the key's lock, so that what is `running` there is dead.

        Raises:
            AccessError: the acting account may not make reports.
        """
        with self._office.doing("work", "report", "run a report", name):
            for left in self._of_key(key):
                if left.state == "running":
                    self._end_lost(left)
            known = self._of_key(key)
            done = [one for one in known if one.state == "done"]
            if done and not again:
                return Claim(done[0], is_new=False)
            repetition = max((one.repetition + 1 for one in done), default=0)
            with self._office.transaction() as connection:
                number = begin_run(
                    connection,
                    name=name,
                    parameters=parameters,
                    period=period,
                    key=key,
                    repetition=repetition,
                )
                return Claim(get_run(connection, number), is_new=True)

    def finish(self, run: ReportRun, ending: Ending) -> ReportRun:
        """Store how a run ended, in its row and in the log together."""
        with self._office.transaction() as connection:
            return self._finish(connection, run, ending)

    def end_lost(self) -> list[ReportRun]:
        """End the runs whose program was killed, and return them as they are now."""
        ended = []
        for run in self.list(state="running", limit=1000):
            with self.lock(run.idempotency_key) as got:
                if got and self.get(run.id).state == "running":
                    ended.append(self._end_lost(run))
        return ended

    def first_account_at(self) -> datetime:
        """Return when the first account was made; what was due before is owed to nobody.

        Raises:
            AccessError: the acting account is no administrator.
        """
        with self._office.transaction() as connection:
            found: datetime = connection.execute(_FIRST_ACCOUNT).scalar_one()
            return found

    def _of_key(self, key: str) -> list[ReportRun]:
        with self._office.transaction() as connection:
            return runs_of_key(connection, key)

    def _end_lost(self, run: ReportRun) -> ReportRun:
        """End a run that was killed: with what it had finished, or as failed."""
        folder = self.store.folder_of(run.id, run.created_at)
        manifest = self.store.signed_manifest(folder)
        self.store.drop_drafts(run.id)
        if manifest is not None and manifest.get("run") == run.id:
            return self.finish(run, ending_of(manifest, folder, self.store))
        sentence = f"The program that made it was killed, after {run.created_at:%Y-%m-%d %H:%M} UTC"
        return self.finish(
            run, Ending("failed", run.attempts, error_name=LOST, error=f"{sentence}; run it again.")
        )

    def _finish(self, connection: Connection, run: ReportRun, ending: Ending) -> ReportRun:
        end_run(connection, run.id, ending)
        write_log(
            connection,
            "report",
            "run a report",
            object_type="report_runs",
            object_id=run.id,
            outcome=ending.state,
            details={
                "report": run.name,
                "period": run.period,
                "manifest_sha256": ending.manifest_sha256,
                "numbers_digest": ending.numbers_digest,
                **({"reason": ending.error} if ending.error else {}),
            },
        )
        return get_run(connection, run.id)

    def list(
        self,
        *,
        name: str | None = None,
        names: Sequence[str] | None = None,
        state: RunState | None = None,
        period: str | None = None,
        limit: int = 200,
    ) -> list[ReportRun]:
        """Return the newest runs, newest first.

        Args:
            name: only of this report.
            names: only of these reports.
            state: only those that are ``running``, ``done`` or ``failed``.
            period: only those whose period begins so, such as ``2026-01``.
            limit: at most so many.
        """
        with self._office.transaction() as connection:
            return list_runs(
                connection, name=name, names=names, state=state, period=period, limit=limit
            )


def ending_of(manifest: dict[str, Any], folder: str, store: ReportStore) -> Ending:
    """Return how a run ended, from its sealed manifest."""
    return Ending(
        state=manifest["state"],
        attempts=manifest["attempts"],
        answer=manifest["answer"],
        error_name=manifest["error_name"],
        error=manifest["error"],
        numbers_digest=manifest["numbers_digest"],
        manifest=manifest,
        manifest_sha256=sha256(store.read(folder, MANIFEST)).hexdigest(),
        folder=folder,
    )
