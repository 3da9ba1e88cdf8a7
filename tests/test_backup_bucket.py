"""Backups and buckets: a lab comes back from one, and one whose cold store is in one comes back."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from archive_help import ArchiveServer, day
from backup_help import BackupLab
from s3_help import S3Server

from mgg_kernel.backup.place import BackupPlace
from mgg_kernel.backup.restoring import remove_scratch
from mgg_kernel.errors import ArchiveDownError, BackupError, SettingsError
from mgg_kernel.hot.database import Caller
from mgg_kernel.settings import Settings
from mgg_kernel.workspace import Foundation, Workspace
from mgg_kernel.workspace.backups import check_backup, fetch_from_bucket, restore_lab
from mgg_kernel.workspace.backups import send_to_bucket as send

pytestmark = [
    pytest.mark.s3,
    pytest.mark.parametrize("archive_server", ["embedded"], indirect=True),
]


@pytest.fixture(scope="module")
def s3() -> Iterator[S3Server]:
    made = S3Server()
    yield made
    made.stop()


@pytest.fixture
def bucket(s3: S3Server, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    name = f"backups-{abs(hash(request.node.name)) % 10**9}"
    s3.make_bucket(name)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIATEST")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "not a secret")
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    monkeypatch.setenv("AWS_ENDPOINT_URL", s3.url)
    return name


def elsewhere(saved: BackupLab, folder: Path, bucket: str) -> Settings:
    """A machine that has nothing of the lab but the bucket's name and keys."""
    del saved
    return Settings(
        data_dir=folder / "nothing",
        backup_dir=folder / "fetched",
        backup_bucket=f"s3://{bucket}/lab",
    )


def test_a_lab_is_lost_and_comes_back_from_a_bucket(
    saved: BackupLab, open_backups: Path, bucket: str, s3: S3Server
) -> None:
    lab = saved.lab
    here = saved.settings.model_copy(update={"backup_bucket": f"s3://{bucket}/lab"})
    desk = saved.open_as()
    first = desk.backups.run()
    assert send(here) == len(first.files)
    assert send(here) == 0, "what is there is not sent again"
    saved.add_test(day(2026, 11, 20))
    second = desk.backups.run()
    new = send(here)
    # The dump, the bundle, one more upload and the note of the seal: nothing that did not change.
    assert 0 < new <= len(second.files) - len(second.of_kind("archive"))
    assert b"upload" not in b"".join(s3.get(bucket, one) for one in s3.keys(bucket))
    head = desk.audit.verify().head
    shutil.rmtree(saved.backups)

    away = elsewhere(saved, open_backups, bucket)
    folder = fetch_from_bucket(away)
    assert folder.name == second.name
    assert fetch_from_bucket(away, first.name).name == first.name
    with pytest.raises(BackupError, match="already"):
        fetch_from_bucket(away)
    assert BackupPlace(away.backups).names() == [first.name, second.name]
    assert check_backup(away, identity=saved.identity) == []
    target = open_backups / "again" / "data"
    try:
        assert restore_lab(away, target, identity=saved.identity).findings == []
        again = Foundation(Settings(data_dir=target), application="tests")
        try:
            admin = Workspace(again, Caller("admin"))
            for (kind, number), curve in lab.curves.items():
                read = admin.tests.curve if kind == "test" else admin.simulations.curve
                assert read(number) == curve, (kind, number)
            report = admin.audit.verify()
            assert report.findings == ()
            assert report.head is not None
            assert head is not None
            assert report.head.number <= head.number
            assert admin.archive.verify() == []
        finally:
            again.close()
    finally:
        remove_scratch(target)


def test_what_a_bucket_lost_or_spoiled_is_told(
    saved: BackupLab, open_backups: Path, bucket: str, s3: S3Server
) -> None:
    here = saved.settings.model_copy(update={"backup_bucket": f"s3://{bucket}/lab"})
    manifest = saved.open_as().backups.run()
    away = elsewhere(saved, open_backups, bucket)
    with pytest.raises(BackupError, match="There is no backup 'latest'"):
        fetch_from_bucket(away)
    send(here)
    key = f"lab/objects/{manifest.only('database').sha256}"
    good = s3.get(bucket, key)
    for bad in (good[:-1] + bytes([good[-1] ^ 1]), good[:100]):
        s3.put(bucket, key, bad)
        with pytest.raises(BackupError, match=r"database\.dump\.age of .* is damaged"):
            fetch_from_bucket(away)
    s3.remove(bucket, key)
    with pytest.raises(BackupError, match=r"has lost database\.dump\.age"):
        fetch_from_bucket(away)
    assert BackupPlace(away.backups).names() == []
    assert not list(away.backups.glob(".partial-*"))
    # Sending it once more mends the bucket; a damaged one is not sent at all.
    assert send(here) == 1
    assert fetch_from_bucket(away).is_dir()
    entry = manifest.of_kind("file")[0]
    (saved.newest / entry.stored).unlink()
    with pytest.raises(BackupError, match="is damaged"):
        send(here)
    # Another lab's backup of the same name is not written over.
    name = saved.newest.name
    shutil.rmtree(saved.newest)
    fetch_from_bucket(here)
    s3.put(bucket, f"lab/manifests/{name}.json", b"another")
    with pytest.raises(BackupError, match="holds another backup"):
        send(here)


def test_no_bucket_and_a_wrong_one(saved: BackupLab, bucket: str) -> None:
    saved.open_as().backups.run()
    with pytest.raises(SettingsError, match="MGG_BACKUP_BUCKET=s3"):
        send(saved.settings)
    for url, error in ((f"s3://{bucket}-not/lab", ArchiveDownError), ("ftp://x/y", SettingsError)):
        with pytest.raises(error, match="MGG_BACKUP_BUCKET"):
            send(saved.settings.model_copy(update={"backup_bucket": url}))


def test_a_lab_whose_cold_store_is_a_bucket_comes_back(
    archive_server: ArchiveServer, open_backups: Path, tmp_path: Path, bucket: str
) -> None:
    # Its cold files stay where they are: the restored lab reads them there.
    url = f"s3://{bucket}/cold"
    lab = archive_server.make(tmp_path, archive_url=url)
    try:
        saved = BackupLab(lab, open_backups)
        saved.fill()
        lab.add_log(day(2026, 1, 5))
        lab.open_as().audit.publish()
        lab.open_as().archive.run()
        assert lab.open_as().audit.verify().cold_entries == 1
        manifest = saved.open_as().backups.run()
        assert (manifest.archive, manifest.archive_url) == ("bucket", url)
        assert manifest.of_kind("archive") == []
        assert check_backup(saved.settings, restore=True, identity=saved.identity) == []
        target = open_backups / "again" / "data"
        try:
            away = Settings(data_dir=open_backups / "nothing", backup_dir=saved.backups)
            assert restore_lab(away, target, identity=saved.identity).findings == []
            again = Foundation(Settings(data_dir=target, archive_url=url), application="tests")
            try:
                admin = Workspace(again, Caller("admin"))
                for (kind, number), curve in lab.curves.items():
                    read = admin.tests.curve if kind == "test" else admin.simulations.curve
                    assert read(number) == curve, (kind, number)
                assert admin.archive.verify() == []
                report = admin.audit.verify()
                assert report.findings == ()
                assert report.cold_entries == 1
            finally:
                again.close()
        finally:
            remove_scratch(target)
    finally:
        lab.close()
