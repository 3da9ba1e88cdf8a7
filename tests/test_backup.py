"""Backups: a lab is lost and comes back, and everything that goes wrong on the way is told."""

import json
import multiprocessing
import os
import shutil
import signal
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from backup_help import KEY, BackupLab

from mgg_kernel.backup import faults
from mgg_kernel.backup.age import AgeWriter, Identity, decrypt, parse_recipients
from mgg_kernel.backup.manifest import MANIFEST
from mgg_kernel.backup.place import BackupPlace
from mgg_kernel.backup.programs import DatabaseAddress
from mgg_kernel.backup.pruning import Retention, choose
from mgg_kernel.backup.restoring import remove_scratch
from mgg_kernel.errors import AccessError, BackupError, ConflictError
from mgg_kernel.hot.database import Caller
from mgg_kernel.settings import Settings
from mgg_kernel.workspace import Foundation, Workspace
from mgg_kernel.workspace.backups import SEAL, check_backup, list_backups, restore_lab

only_embedded = pytest.mark.parametrize("archive_server", ["embedded"], indirect=True)


def test_a_lab_is_lost_and_comes_back(saved: BackupLab, open_backups: Path) -> None:
    # Both kinds of server; the cold store, the files and the rights included.
    lab, desk = saved.lab, saved.open_as()
    (saved.settings.data_dir / "reports" / "2026").mkdir(parents=True)
    (saved.settings.data_dir / "reports" / "2026" / "a.html").write_text("a report")
    told: list[str] = []
    manifest = desk.backups.run(progress=lambda one: told.append(one.stage))
    assert manifest.problems == []
    assert set(told) == {"database", "files"}
    assert manifest.archive == "folder"
    assert len(manifest.of_kind("archive")) == len(lab.files()) == 1
    assert check_backup(saved.settings, identity=saved.identity) == []

    target = open_backups / "new machine" / "data"
    away = Settings(data_dir=open_backups / "nothing", backup_dir=saved.backups)
    restored = restore_lab(away, target, identity=saved.identity)
    try:
        assert restored.findings == []
        assert not (target / "restore-unfinished").exists()
        assert (target / "reports" / "2026" / "a.html").read_text() == "a report"
        again = Foundation(Settings(data_dir=target), application="tests")
        try:
            there = Workspace(again, Caller("admin"))
            for (kind, number), curve in lab.curves.items():
                read = there.tests.curve if kind == "test" else there.simulations.curve
                assert read(number) == curve, (kind, number)
            assert there.archive.verify() == []
            for one in manifest.of_kind("file"):
                assert again.files.get(one.plain_sha256)
            # Rights came back with the rows.
            with pytest.raises(AccessError):
                Workspace(again, Caller("boss")).archive.status()
        finally:
            again.close()
        with pytest.raises(BackupError, match="is not empty"):
            restore_lab(away, target, identity=saved.identity)
    finally:
        remove_scratch(target)


@only_embedded
def test_the_second_backup_is_cheap_and_each_stands_alone(
    saved: BackupLab, open_backups: Path
) -> None:
    desk = saved.open_as()
    first = desk.backups.run()
    second = desk.backups.run()
    assert first.name != second.name
    for one in second.of_kind("file") + second.of_kind("archive"):
        a, b = (saved.backups / name / one.stored for name in (first.name, second.name))
        assert a.stat().st_ino == b.stat().st_ino
    shutil.rmtree(saved.backups / first.name)
    assert check_backup(saved.settings, identity=saved.identity) == []
    full = desk.backups.run(full=True)
    one = full.of_kind("file")[0]
    assert (saved.newest / one.stored).stat().st_nlink == 1


@only_embedded
def test_a_drill_restores_and_compares_and_leaves_nothing(saved: BackupLab) -> None:
    saved.open_as().backups.run()
    findings = saved.open_as().backups.verify(restore=True, identity=saved.identity)
    assert findings == []
    assert not list(saved.backups.glob(".drill-*"))

    # Rows that the manifest does not tell of are found: the seal is made anew to get that far.
    from mgg_kernel.backup.manifest import read_manifest
    from mgg_kernel.hot.secrets_file import SecretsFolder

    key = SecretsFolder(saved.settings.secrets_dir).get(SEAL)
    assert key is not None
    manifest = read_manifest(saved.newest, key)
    facts = manifest.database
    tables = {**facts.tables, "teams": (99, "0:0"), "vessels": (facts.tables["vessels"][0], "1:1")}
    false = replace(manifest, database=replace(facts, tables=tables))
    path = saved.newest / MANIFEST
    path.unlink()
    path.write_text(false.text(key))
    texts = [
        one.text
        for one in check_backup(saved.settings, restore=True, identity=saved.identity)
        if one.kind == "restore"
    ]
    assert len(texts) == 2
    assert "The table teams has" in texts[0]
    assert texts[1] == "The table vessels has other values than were backed up."


@only_embedded
def test_what_is_spoiled_is_named(saved: BackupLab, open_backups: Path) -> None:
    manifest = saved.open_as().backups.run()
    entry = manifest.of_kind("file")[0]
    path = saved.newest / entry.stored

    def found() -> list[tuple[str, str]]:
        findings = check_backup(saved.settings)
        return [(one.kind, one.path) for one in findings if one.kind != "lab"]

    good = path.read_bytes()
    path.unlink()
    assert found() == [("missing", entry.stored)]
    assert [one.is_whole for one in list_backups(saved.settings)] == [False]
    path.write_bytes(good[:-1] + bytes([good[-1] ^ 1]))
    assert found() == [("changed", entry.stored)]
    path.write_bytes(good)
    (saved.newest / "left.txt").write_text("?")
    assert found() == [("foreign", "left.txt")]
    (saved.newest / "left.txt").unlink()
    assert found() == []

    paper = saved.newest / MANIFEST
    document = json.loads(paper.read_text())
    document["snapshot_at"] = "2020-01-01T00:00:00+00:00"
    paper.chmod(0o600)
    paper.write_text(json.dumps(document))
    assert found() == [("manifest", MANIFEST)]
    document["files"][0]["path"] = "../../outside"
    paper.write_text(json.dumps(document))
    with pytest.raises(BackupError, match="outside the backup"):
        restore_lab(saved.settings, open_backups / "x", identity=saved.identity)


@only_embedded
def test_files_that_are_lost_or_changed_in_the_lab_are_told(saved: BackupLab) -> None:
    (cold,) = saved.lab.files()
    path = saved.lab.place.final(cold)
    good = path.read_bytes()
    path.chmod(0o600)
    path.write_bytes(good[:-4] + b"oops")
    told = saved.open_as().backups.run().problems
    assert (
        f"The file parquet_archive/{cold} is not what was stored: its SHA-256 is another one."
        in (told)
    )
    path.unlink()
    assert f"The file parquet_archive/{cold} is lost." in saved.open_as().backups.run().problems


@only_embedded
def test_who_may_and_what_is_missing(saved: BackupLab, open_backups: Path) -> None:
    for who in ("wang", "boss"):
        with pytest.raises(AccessError):
            saved.open_as(who).backups.run()
        with pytest.raises(AccessError):
            saved.open_as(who).backups.list()
    saved.lab.foundation.settings = saved.settings.model_copy(update={"backup_recipient": None})
    with pytest.raises(BackupError, match="mgg backup keygen"):
        saved.open_as().backups.run()
    # The program's own login is bound by row-level security and would save a part only.
    saved.lab.foundation.settings = saved.settings.model_copy(
        update={"backup_database_url": saved.settings.database_url}
    )
    with pytest.raises((BackupError, AccessError)):
        saved.open_as().backups.run()
    assert BackupPlace(saved.backups).names() == []
    saved.lab.foundation.settings = saved.settings
    saved.open_as().backups.run()
    stranger = open_backups / "stranger"
    stranger.write_text(Identity.generate().secret() + "\n")
    with pytest.raises(BackupError, match="was not encrypted to"):
        restore_lab(saved.settings, open_backups / "y", identity=stranger)
    with pytest.raises(BackupError, match="There is no backup '2020'"):
        saved.open_as().backups.verify("2020")


@only_embedded
def test_two_at_once_and_a_full_disk(saved: BackupLab, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = saved.open_as()
    with BackupPlace(saved.backups).locked(), pytest.raises(ConflictError, match="at work"):
        desk.backups.run()
    usage = shutil.disk_usage(saved.backups)
    with monkeypatch.context() as patch:
        patch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=1_000_000))
        with pytest.raises(BackupError, match="1 MB left, but this may need"):
            desk.backups.run()

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(BackupError, match="is full"):
            desk.backups.run()
    assert [one.name for one in saved.backups.iterdir()] == [".lock"]


def _die_at(point: str, settings: Settings) -> None:
    def strike(reached: str) -> None:
        if reached == point:
            os.kill(os.getpid(), signal.SIGKILL)

    faults.hook = strike
    foundation = Foundation(settings, application="tests")
    Workspace(foundation, Caller("admin")).backups.run()


@only_embedded
def test_a_killed_backup_is_none_and_the_next_one_is_right(saved: BackupLab) -> None:
    context = multiprocessing.get_context("fork")
    children = []
    for point in faults.POINTS:
        # One folder each, so that they can die side by side.
        settings = saved.settings.model_copy(update={"backup_dir": saved.backups / point})
        children.append((point, settings, context.Process(target=_die_at, args=(point, settings))))
    for _, _, child in children:
        child.start()
    for point, settings, child in children:
        child.join(60)
        assert child.exitcode == -signal.SIGKILL, point
        names = BackupPlace(settings.backups).names()
        assert len(names) == (1 if point == "published" else 0), point
        saved.lab.foundation.settings = settings
        saved.open_as().backups.run()
        left = [one.name for one in settings.backups.iterdir() if one.name.startswith(".partial")]
        assert left == [], point
        assert check_backup(settings) == [], point


def test_retention_keeps_days_weeks_months_and_never_loses_the_last() -> None:
    now = datetime(2026, 11, 23, 12, tzinfo=UTC)
    made = {f"{at:%Y-%m-%d}": at for n in range(400) if (at := now - timedelta(days=n))}
    rule = Retention(last=2, daily=7, weekly=4, monthly=12)
    kept = [name for name in made if name not in choose(made, rule, now)]
    days = [f"2026-11-{n}" for n in range(23, 16, -1)]
    # Weeks end on Sunday: the newest backups of the weeks of 16, 9 and 2 November.
    weeks = ["2026-11-22", "2026-11-15", "2026-11-08"]
    months = [f"{at:%Y-%m-%d}" for at in made.values() if (at + timedelta(days=1)).day == 1][:11]
    assert set(kept) == {*days, *weeks, *months}
    assert choose(made, replace(rule, max_age_days=30), now) == sorted(
        set(made) - {one for one in kept if made[one] >= now - timedelta(days=30)}
    )
    old = {"a": now - timedelta(days=900), "b": now - timedelta(days=800)}
    assert choose(old, Retention(1, 0, 0, 0, max_age_days=1), now) == ["a"]
    assert choose({}, rule, now) == []


@only_embedded
def test_pruning_leaves_damaged_ones_and_the_last_good_one(saved: BackupLab) -> None:
    saved.lab.foundation.settings = saved.settings.model_copy(
        update={
            "backup_keep_last": 1,
            "backup_keep_daily": 0,
            "backup_keep_weekly": 0,
            "backup_keep_monthly": 0,
        }
    )
    desk = saved.open_as()
    names = [desk.backups.run().name for _ in range(3)]
    damaged = next((saved.backups / names[2]).rglob("*.age"))
    damaged.unlink()
    assert [one.name for one in desk.backups.list() if one.is_whole] == [names[1], names[0]]
    gone = desk.backups.prune(dry_run=True)
    assert BackupPlace(saved.backups).names() == names, "a dry run removes nothing"
    assert gone == [names[0]]
    assert desk.backups.prune() == gone
    assert BackupPlace(saved.backups).names() == names[1:]
    assert desk.backups.prune() == []


@pytest.mark.parametrize("size", [0, 1, 65_535, 65_536, 65_537, 131_072, 200_000])
def test_the_format_at_the_edges_of_its_chunks(size: int) -> None:
    content, file = os.urandom(size), BytesIO()
    writer = AgeWriter(file, parse_recipients(f"{Identity.generate().recipient}, {KEY.recipient}"))
    for at in range(0, size, 7_001):
        writer.write(content[at : at + 7_001])
    writer.finish()
    sealed = file.getvalue()
    assert b"".join(decrypt(BytesIO(sealed), KEY, "it")) == content
    assert content[:40] not in sealed or size < 2
    for broken in (sealed[:-1], sealed + b"x", sealed[:-17] + b"!" + sealed[-16:], sealed[:50]):
        with pytest.raises(BackupError, match="it "):
            b"".join(decrypt(BytesIO(broken), KEY, "it"))
    # Cut off at the end of a chunk: what is left must not pass for the whole.
    if size > 65_536:
        end = len(sealed) - (size % 65_536 or 65_536) - 16
        with pytest.raises(BackupError, match="damaged"):
            b"".join(decrypt(BytesIO(sealed[:end]), KEY, "it"))


def test_no_password_is_seen_in_a_list_of_processes() -> None:
    address = DatabaseAddress("postgresql://u:se%20cret@/lab?host=/tmp/a b&port=5433")
    assert address.without_password == "host='/tmp/a b' port=5433 user=u dbname=lab"
    assert address.environment["PGPASSWORD"] == "se cret"
    assert "cret" not in repr(address)


def test_a_header_that_was_changed_is_found_out() -> None:
    file = BytesIO()
    AgeWriter(file, parse_recipients(KEY.recipient)).finish()
    sealed = file.getvalue()
    lines = sealed.split(b"\n", 4)
    assert lines[0] == b"age-encryption.org/v1"
    added = b"\n".join([*lines[:1], b"-> note", b"", *lines[1:]])
    with pytest.raises(BackupError, match="damaged"):
        b"".join(decrypt(BytesIO(added), KEY, "it"))
    with pytest.raises(BackupError, match="not encrypted with age"):
        b"".join(decrypt(BytesIO(b"PGDMP"), KEY, "it"))


# Made by age 1.1.1 (age-keygen; printf 'PT curve' | age -r …).
AGE_KEY = "AGE-SECRET-KEY-18JQ2RVDUUW0D64WTT2FA9DW5NUN7XL83SA2X5DNZT8PU3DDHUX3SC9RLFS"
AGE_FILE = (
    "YWdlLWVuY3J5cHRpb24ub3JnL3YxCi0+IFgyNTUxOSBnb3RQU0VXWlN3N0JUTnkxWjJZUjZVTEZXRDVYZDB1UHR3"
    "ckc2c01ZajFBCnJGZThEaEdhRTNHUDRiTU5tUEJham5WbE5WdWFFblFyQ1NZOTAvenFVczAKLS0tIDVwcC9vZU1j"
    "dlJpYXlHREVaQVprWDJ0ek1JVndyOUpmSHRpR1BNbTVYdXcK2PPCbdwjwTM6EgBVVOx/5dki+aZAldrwlx4nBfbO"
    "nWpohYyUIUJJ1g=="
)


def test_a_file_of_the_age_tool_is_read() -> None:
    from base64 import b64decode

    identity = Identity.parse(f"# a comment\n{AGE_KEY}\n")
    assert b"".join(decrypt(BytesIO(b64decode(AGE_FILE)), identity, "it")) == b"PT curve"
    assert Identity.parse(identity.secret()).recipient == identity.recipient
    typo = AGE_KEY[:-1] + ("Q" if AGE_KEY[-1] != "Q" else "P")
    with pytest.raises(BackupError, match="mistyped"):
        Identity.parse(typo)
    with pytest.raises(BackupError, match="No recipient"):
        parse_recipients(" ")
