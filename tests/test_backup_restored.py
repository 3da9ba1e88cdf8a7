"""A restored lab is the same lab: its log's chain is whole, and goes on with what is done next."""

import shutil
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

import psycopg2
import pytest
from archive_help import ask, day
from backup_help import BackupLab
from pydantic import SecretStr
from sqlalchemy.engine import make_url

from mgg_kernel.audit.published import published_heads
from mgg_kernel.backup import faults
from mgg_kernel.backup.restoring import remove_scratch
from mgg_kernel.errors import BackupError, ConflictError
from mgg_kernel.hot.database import Caller
from mgg_kernel.settings import Settings
from mgg_kernel.workspace import Foundation, Workspace
from mgg_kernel.workspace.backups import check_backup, restore_lab

only_embedded = pytest.mark.parametrize("archive_server", ["embedded"], indirect=True)


@contextmanager
def back_again(saved: BackupLab, target: Path) -> Iterator[Foundation]:
    """Restore the last backup on a machine that knows nothing of the lab, and open it."""
    away = Settings(data_dir=target.parent / "nothing", backup_dir=saved.backups)
    try:
        restored = restore_lab(away, target, identity=saved.identity)
        assert restored.findings == []
        made = Foundation(Settings(data_dir=target), application="tests")
        try:
            yield made
        finally:
            made.close()
    finally:
        remove_scratch(target)


def fill_log(saved: BackupLab, months: int = 30, each: int = 3) -> None:
    """Write entries of many months, so that the log has many partitions."""
    for number in range(months):
        year, month = divmod(2024 * 12 + number, 12)
        for at in range(each):
            saved.lab.add_log(day(year, month + 1, at + 1), f"deed {number}", '{"a": 1.50}')


def test_the_chain_is_whole_and_goes_on(saved: BackupLab, open_backups: Path) -> None:
    # Cold entries, hot sealed ones, hot open ones, a published head; then the lab is lost.
    lab = saved.lab
    fill_log(saved)
    lab.open_as().audit.publish()
    lab.open_as().archive.run()
    desk = lab.open_as()
    lab.add_log(day(2026, 11, 1), "open at the time of the backup")
    before = desk.audit.verify()
    assert before.is_whole
    assert before.cold_entries > 60
    manifest = desk.backups.run()
    wanted = lab.ask(
        "SELECT id, recorded_at, details::text, digest, chain_number, previous_hash, hash"
        " FROM operation_logs WHERE recorded_at <= %s ORDER BY id",
        datetime.fromisoformat(manifest.snapshot_at),
    )
    assert check_backup(saved.settings, restore=True, identity=saved.identity) == []
    files = lab.files()
    shutil.rmtree(lab.settings.data_dir)

    with back_again(saved, open_backups / "again" / "data") as again:
        admin = Workspace(again, Caller("admin"))
        with again.database.begin(Caller("admin")) as (connection, _):
            found = connection.exec_driver_sql(
                "SELECT id, recorded_at, details::text, digest, chain_number, previous_hash, hash"
                " FROM operation_logs WHERE recorded_at <= %s ORDER BY id",
                (datetime.fromisoformat(manifest.snapshot_at),),
            ).all()
        assert [tuple(one) for one in found] == wanted
        after = admin.audit.verify()
        assert after.findings == ()
        assert after.head == before.head
        assert (after.cold_entries, after.entries) == (before.cold_entries, before.entries)
        assert after.published == before.published == 1

        # It works on: what is done now follows in the same chain, and can move to the cold store.
        admin.users.add("newcomer", "engineer", password="a long enough password")
        sealed = admin.audit.seal()
        assert sealed >= 3
        published = admin.audit.publish()
        grown = admin.audit.verify()
        assert grown.findings == ()
        assert grown.head is not None
        assert before.head is not None
        assert grown.head.number == published.number >= before.head.number + sealed
        assert grown.cold_entries == before.cold_entries
        assert admin.archive.verify() == []
        assert len(list((again.settings.data_dir / "parquet_archive").rglob("*.parquet"))) == len(
            files
        )
        # And whoever rewrites it is found, as before.
        assert again.server is not None
        url = again.server.owner_url("mgg_simulation")
        ask(url, "ALTER TABLE operation_logs DISABLE TRIGGER operation_logs_append_only")
        ask(url, "UPDATE operation_logs SET actor = 'boss' WHERE action = 'add an account'")
        assert {one.kind for one in admin.audit.verify().findings} == {"altered"}


class AtWork:
    """People who go on working while a backup is made."""

    def __init__(self, saved: BackupLab) -> None:
        self.saved, self.lab = saved, saved.lab
        self.ends = threading.Event()
        self.rounds = {"curves": 0, "heads": 0, "archive": 0}
        self.pool = ThreadPoolExecutor(4)
        self.workers = [self.pool.submit(self.go_on, one) for one in (self.curves, self.heads)]

    def go_on(self, deed: Callable[[], None]) -> None:
        while not self.ends.is_set():
            # The archive waits for the backup, and others for the archive.
            with suppress(ConflictError):
                deed()

    def curves(self) -> None:
        self.saved.add_test(day(2026, 11, 2))
        self.lab.add_simulation(day(2026, 11, 3))
        self.rounds["curves"] += 1
        time.sleep(0.02)

    def heads(self) -> None:
        self.lab.add_log(datetime.now(UTC), "work")
        self.lab.open_as().audit.publish()
        self.rounds["heads"] += 1

    def archive(self) -> None:
        self.saved.add_test(day(2024, 6, 1))
        self.lab.open_as().archive.run()
        self.rounds["archive"] += 1

    def at_this_moment(self, point: str) -> None:
        draft = self.saved.settings.data_dir / "monitor-state.new"
        draft.unlink(missing_ok=True)
        if point in ("cleaned", "manifest"):
            self.archive()
        elif point == "dumped":
            # It waits until the tables are free, and moves curves while the files are copied.
            self.workers.append(self.pool.submit(self.archive))
        else:
            self.saved.add_test(day(2026, 11, 4))
            with suppress(ConflictError):
                self.heads()
        if point == "snapshot":
            draft.write_text("a draft")

    def stop(self) -> None:
        self.ends.set()
        for one in self.workers:
            one.result()
        self.pool.shutdown()


@only_embedded
def test_whoever_works_meanwhile_makes_no_difference(
    saved: BackupLab, open_backups: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # New curves, accounts, heads and cold files at every moment of a backup, and after it: the
    # drill holds the backup against what the backup itself saw, so it finds nothing.
    lab = saved.lab
    fill_log(saved, months=4)
    lab.open_as().audit.publish()
    saved.add_test(day(2024, 5, 1))  # due for the cold store
    others = AtWork(saved)
    monkeypatch.setattr(faults, "hook", others.at_this_moment)
    try:
        manifest = saved.open_as().backups.run()
    finally:
        others.stop()
    monkeypatch.setattr(faults, "hook", None)
    assert min(others.rounds.values()) >= 2, others.rounds
    saved.add_test(day(2026, 11, 5))
    lab.open_as().audit.publish()
    lab.assert_each_curve_once()

    assert manifest.problems == []
    assert check_backup(saved.settings, identity=saved.identity) == []
    assert check_backup(saved.settings, restore=True, identity=saved.identity) == []
    published, _ = published_heads(lab.settings.audit_heads)
    with back_again(saved, open_backups / "again" / "data") as again:
        kept, _ = published_heads(again.settings.audit_heads)
        assert 0 < len(kept) < len(published)
        admin = Workspace(again, Caller("admin"))
        assert admin.audit.verify().findings == ()
        assert admin.archive.verify() == []
        admin.audit.publish()
        assert admin.audit.verify().findings == ()


def test_a_login_that_only_reads_makes_the_backup(saved: BackupLab, open_backups: Path) -> None:
    # What docs/backup.md tells an administrator to make, and not more: it takes on no role of the
    # program, and each of its two rights is needed.
    lab = saved.lab
    lab.ask("DROP ROLE IF EXISTS only_reads")
    lab.ask("CREATE ROLE only_reads LOGIN PASSWORD 'reads and no more'")
    url = make_url(lab.owner_url).set(username="only_reads", password="reads and no more")
    plain = url.render_as_string(hide_password=False)
    lab.foundation.settings = saved.settings.model_copy(
        update={"backup_database_url": SecretStr(plain)}
    )
    desk = lab.open_as()
    try:
        with pytest.raises(BackupError, match="pg_read_all_data and BYPASSRLS"):
            desk.backups.run()
        lab.ask("GRANT pg_read_all_data TO only_reads")
        with pytest.raises(BackupError, match="pg_read_all_data and BYPASSRLS"):
            desk.backups.run()
        lab.ask("ALTER ROLE only_reads BYPASSRLS")
        manifest = desk.backups.run()
        assert manifest.problems == []
        assert manifest.database.tables["teams"][0] >= 1
        for statement in (
            "DELETE FROM curve_signatures",
            "SET ROLE mgg_admin",
            "UPDATE test_results SET name = 'x'",
            "SELECT audit_seal(1)",
        ):
            with pytest.raises(psycopg2.errors.InsufficientPrivilege):
                ask(plain, statement)
    finally:
        lab.ask("DROP OWNED BY only_reads")
        lab.ask("DROP ROLE only_reads")
    with back_again(saved, open_backups / "again" / "data") as again:
        admin = Workspace(again, Caller("admin"))
        assert admin.audit.verify().findings == ()
        assert admin.archive.verify() == []
