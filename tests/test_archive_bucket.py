"""The cold store in a bucket, against an S3 server: the same promises as in a folder."""

import hashlib
import itertools
import stat
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from archive_help import ArchiveLab, ArchiveServer, Victim, day
from s3_help import S3Server

from mgg_kernel.cold import bucket, bucket_access, faults
from mgg_kernel.cold.bucket import BucketPlace
from mgg_kernel.cold.place import archive_place
from mgg_kernel.errors import ArchiveDownError, ArchiveError, SettingsError
from mgg_kernel.settings import Settings

pytestmark = [
    pytest.mark.s3,
    pytest.mark.parametrize("archive_server", ["embedded"], indirect=True),
]
_numbers = itertools.count(1)
QUARTER = "mgg/test_time_series/2024-Q1.parquet"


@pytest.fixture(scope="module")
def s3() -> Iterator[S3Server]:
    made = S3Server()
    yield made
    made.stop()


class BucketLab(ArchiveLab):
    """A workspace whose cold store is a bucket."""

    bucket = ""

    @property
    def store(self) -> BucketPlace:
        place = archive_place(self.settings)
        assert isinstance(place, BucketPlace)
        return place


def keys_of(monkeypatch: pytest.MonkeyPatch, url: str, secret: str = "not a secret") -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIATEST")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", secret)
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    monkeypatch.setenv("AWS_ENDPOINT_URL", url)


@pytest.fixture
def lab(
    archive_server: ArchiveServer, s3: S3Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[BucketLab]:
    name = f"lab-{next(_numbers)}"
    s3.make_bucket(name)
    keys_of(monkeypatch, s3.url)
    monkeypatch.setenv("MGG_ARCHIVE_URL", f"s3://{name}/mgg")
    made = archive_server.make(tmp_path, archive_url=f"s3://{name}/mgg")
    made.__class__ = BucketLab
    assert isinstance(made, BucketLab)
    made.bucket = name
    yield made
    made.close()


def spooled(lab: BucketLab) -> list[Path]:
    return list(lab.store.leftovers())


def test_everything_works_as_in_a_folder(lab: BucketLab, s3: S3Server) -> None:
    numbers = [lab.add_test(day(2024, month, 10)) for month in (1, 2, 5)]
    lab.add_simulation(day(2024, 2, 1))
    lab.add_log(day(2024, 3, 1))
    question = (
        "SELECT test_result_id AS test, count(*) AS n, max(pressure_mpa) AS peak"
        " FROM test_time_series GROUP BY test_result_id ORDER BY test_result_id"
    )
    before = lab.open_as("wang").sql(question)
    batches = lab.open_as().archive.run()
    assert lab.hot_rows() == lab.hot_rows("simulation_time_series") == 0
    assert s3.keys(lab.bucket) == sorted(f"mgg/{one.path}" for one in batches)
    assert len(batches) == 4
    assert spooled(lab) == [], "nothing stays on this machine"
    for one in batches:
        status, body, told = s3.ask("GET", f"/{lab.bucket}/mgg/{one.path}")
        assert status == 200
        assert hashlib.sha256(body).hexdigest() == one.sha256 == told["x-amz-meta-sha256"]

    lab.assert_each_curve_once()
    assert lab.open_as("wang").sql(question).equals(before)
    assert before["test"].tolist() == numbers
    assert lab.open_as("boss").sql("SELECT count(*) AS n FROM test_time_series")["n"][0] == 600
    assert lab.open_as("stranger").sql("SELECT count(*) AS n FROM test_time_series")["n"][0] == 0
    log = "SELECT count(*) AS n FROM operation_logs WHERE action = 'long ago'"
    assert lab.open_as().sql(log)["n"].tolist() == [1]
    assert lab.open_as().archive.status().folder == f"s3://{lab.bucket}/mgg"
    assert lab.open_as().archive.verify() == []

    assert lab.open_as().archive.restore("2024-Q1", reason="look") == 600
    lab.assert_each_curve_once()
    assert lab.open_as("wang").sql(question).equals(before)
    assert lab.open_as().archive.verify() == []


def test_of_a_large_file_one_curve_fetches_little(
    lab: BucketLab, s3: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mgg_kernel.curve import PTCurve

    random = np.random.default_rng(5)
    time_ms = np.arange(20_000) * 0.01
    curves = [PTCurve(time_ms, 5 + random.random(20_000)) for _ in range(8)]
    ids = [lab.add_test(day(2024, 1, 10), curve) for curve in curves]
    (batch,) = lab.open_as().archive.run()
    fetched: list[int] = []
    read = bucket._RangeReader.read

    def counting(self: bucket._RangeReader, count: int | None = -1) -> bytes:
        data = read(self, count)
        fetched.append(len(data))
        return data

    monkeypatch.setattr(bucket._RangeReader, "read", counting)
    assert lab.open_as().tests.curve(ids[3]) == curves[3]
    assert batch.size_bytes is not None
    assert batch.size_bytes > 1_000_000
    # The curve is an eighth of the file; the last 64 kB of it tell where what is.
    assert sum(fetched) < batch.size_bytes / 4
    del fetched[:]
    rows = lab.open_as().sql(
        "SELECT count(*) AS n FROM test_time_series WHERE test_result_id = ?", [ids[3]]
    )
    assert rows["n"][0] == 20_000
    assert sum(fetched) < batch.size_bytes / 2, "row groups without that curve are left out"


def test_a_foreign_object_in_the_way_is_neither_overwritten_nor_removed(
    lab: BucketLab, s3: S3Server
) -> None:
    lab.add_test(day(2024, 1, 10))
    s3.put(lab.bucket, QUARTER, b"theirs")
    with pytest.raises(ArchiveError, match="is there already, and no batch of this database made"):
        lab.open_as().archive.run()
    assert s3.get(lab.bucket, QUARTER) == b"theirs"
    assert lab.hot_rows() == 200
    assert spooled(lab) == []
    (finding,) = lab.open_as().archive.verify()
    assert (finding.kind, finding.path) == ("foreign", "test_time_series/2024-Q1.parquet")
    s3.remove(lab.bucket, QUARTER)
    lab.open_as().archive.run()
    lab.assert_each_curve_once()


def test_a_put_whose_answer_was_lost_is_known_as_our_own(
    lab: BucketLab, s3: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once the line breaks after the server has it all; once the library had tried again."""
    import obstore

    lab.add_test(day(2024, 1, 10))
    lab.add_test(day(2024, 5, 10))
    put, losses = obstore.put, iter(["broken", "repeated"])

    def lossy(*given: object, **named: object) -> object:
        loss = next(losses)
        put(*given, **named)  # type: ignore[arg-type]
        if loss == "broken":
            raise obstore.exceptions.GenericError("connection closed before message completed")
        return put(*given, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(obstore, "put", lossy)
    assert len(lab.open_as().archive.run()) == 2
    assert next(losses, None) is None
    lab.assert_each_curve_once()
    assert lab.open_as().archive.verify() == []


@pytest.mark.crash
def test_killed_around_the_put_each_row_is_there_once(lab: BucketLab, s3: S3Server) -> None:
    for month in (1, 5):
        lab.add_test(day(2024, month, 10))
    left = {"checked": 0, "linked": 1, "published": 1, "switched": 1}
    with Victim(lab) as victim:
        for point, objects in left.items():
            assert victim.run(point, "client") == "signal 9: ", point
            assert lab.hot_rows() == 400, point
            assert len(s3.keys(lab.bucket)) == objects, point
            lab.assert_each_curve_once()
        assert victim.run("none", "none") == "ended: archived 2"
    assert len(s3.keys(lab.bucket)) == 2
    assert spooled(lab) == []
    lab.assert_each_curve_once()
    assert lab.open_as().archive.verify() == []


def test_changed_missing_and_foreign_objects_are_found(lab: BucketLab, s3: S3Server) -> None:
    numbers = [lab.add_test(day(2024, month, 10)) for month in (1, 5)]
    lab.open_as().archive.run()
    data = bytearray(s3.get(lab.bucket, QUARTER))
    data[len(data) // 2] ^= 1
    s3.put(lab.bucket, QUARTER, bytes(data))
    s3.remove(lab.bucket, "mgg/test_time_series/2024-Q2.parquet")
    s3.put(lab.bucket, "mgg/notes.txt", b"theirs")
    s3.put(lab.bucket, "elsewhere.txt", b"not under our prefix")
    found = {(one.kind, one.path) for one in lab.open_as().archive.verify()}
    assert found == {
        ("changed", "test_time_series/2024-Q1.parquet"),
        ("missing", "test_time_series/2024-Q2.parquet"),
        ("foreign", "notes.txt"),
    }
    with pytest.raises(ArchiveError, match=r"2024-Q2.parquet is missing; have an administrator"):
        lab.open_as().tests.curve(numbers[1])
    with pytest.raises(ArchiveError, match="is missing or not what was archived"):
        lab.open_as().sql("SELECT count(*) FROM test_time_series")
    lab.add_test(day(2024, 8, 10))
    with pytest.raises(ArchiveError, match="is not what was archived"):
        lab.open_as().archive.run()
    assert lab.hot_rows() == 200, "with a damaged archive nothing more is moved"


def test_an_object_that_is_changed_while_it_is_read_is_not_read_on(
    lab: BucketLab, s3: S3Server
) -> None:
    lab.add_test(day(2024, 1, 10))
    (batch,) = lab.open_as().archive.run()
    with lab.store.file(batch.path).reader() as reader:
        assert reader.read(4) == b"PAR1"
        s3.put(lab.bucket, QUARTER, b"x" * (batch.size_bytes or 0))
        with pytest.raises(ArchiveError, match="was changed while it was read"):
            reader.read(4)


@pytest.mark.parametrize("point", ["checked", "linked", "published"])
def test_a_server_that_stops_in_the_middle_loses_nothing(
    lab: BucketLab, monkeypatch: pytest.MonkeyPatch, s3: S3Server, point: str
) -> None:
    """Its port is taken away, as far as this program can see; the objects stay."""
    number = lab.add_test(day(2024, 1, 10))
    reached = lab.store.access

    def hook(at: str) -> None:
        if at == point:
            monkeypatch.setattr(bucket_access.BucketAccess, "store", lambda *_, **__: dead)

    dead = bucket_access._store(type(reached)(**(vars(reached) | {"endpoint": DEAD})), 3)
    monkeypatch.setattr(faults, "hook", hook)
    began = time.monotonic()
    if point == "published":
        # The object was read back: the database alone decides, and it needs no object store.
        lab.open_as().archive.run()
        assert lab.hot_rows() == 0
        for ask in (
            lambda: lab.open_as().tests.curve(number),
            lambda: lab.open_as().sql("SELECT count(*) FROM test_time_series"),
            lambda: lab.open_as().archive.verify(),
            lambda: lab.open_as().archive.restore("2024-Q1", reason="look"),
        ):
            with pytest.raises(ArchiveDownError, match="does not answer as it should"):
                ask()
    else:
        with pytest.raises(ArchiveDownError, match="does not answer as it should for s3://lab-"):
            lab.open_as().archive.run()
        assert lab.hot_rows() == 200
    assert time.monotonic() - began < 20
    monkeypatch.undo()
    keys_of(monkeypatch, s3.url)
    lab.open_as().archive.run()
    lab.assert_each_curve_once()
    assert lab.open_as().archive.verify() == []


DEAD = "http://127.0.0.1:9"


def test_one_sentence_says_what_is_wrong(
    lab: BucketLab, s3: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    lab.add_test(day(2024, 1, 10))

    def sentence() -> str:
        with pytest.raises(ArchiveDownError) as caught:
            lab.open_as().archive.run()
        assert lab.hot_rows() == 200
        assert "not a secret" not in str(caught.value)
        assert "AKIATEST" not in str(caught.value)
        return str(caught.value)

    s3.require_keys(True)
    try:
        assert "refuses these credentials" in sentence()
    finally:
        s3.require_keys(False)
    keys_of(monkeypatch, DEAD)
    began = time.monotonic()
    assert f"{DEAD} does not answer" in sentence()
    assert time.monotonic() - began < 15
    keys_of(monkeypatch, s3.url)
    s3.remove(lab.bucket, "")
    assert f"has no bucket '{lab.bucket}'" in sentence()
    with pytest.raises(ArchiveDownError, match="has no bucket"):
        lab.store.file("x").size()
    assert "not a secret" not in repr(lab.store)


def test_settings_that_cannot_be_used_are_refused(
    archive_server: ArchiveServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def place(url: str = "s3://bucket/mgg", **named: object) -> BucketPlace:
        made = archive_place(Settings(data_dir=tmp_path, archive_url=url, **named))  # type: ignore[arg-type]
        assert isinstance(made, BucketPlace)
        return made

    for name in bucket_access._NAMES:
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(SettingsError, match="there are no keys for it; set AWS_ACCESS_KEY_ID"):
        place()
    secret = tmp_path / "secrets" / "object-store"
    secret.parent.mkdir(mode=0o700)
    secret.write_text(
        "# of the lab\nAWS_ACCESS_KEY_ID=filed\nAWS_SECRET_ACCESS_KEY=a=b\n"
        "AWS_ENDPOINT_URL=https://minio.lab:9000/\n"
    )
    secret.chmod(stat.S_IRUSR)
    access = place().access
    assert (access.key_id, access.secret_key, access.token) == ("filed", "a=b", None)
    assert access.endpoint == "https://minio.lab:9000"
    assert (access.bucket, access.prefix) == ("bucket", "mgg")

    keys_of(monkeypatch, "http://minio.lab:9000")
    with pytest.raises(SettingsError, match=r"unencrypted to minio.lab; write an https"):
        place()
    assert place(archive_allow_http=True).access.key_id == "AKIATEST"
    for address in ("http://me:pass@127.0.0.1:1", "minio:9000", "ftp://minio"):
        keys_of(monkeypatch, address)
        with pytest.raises(SettingsError, match="AWS_ENDPOINT_URL is no address"):
            place()
    keys_of(monkeypatch, "https://minio.lab")
    for url in ("gs://bucket/mgg", "s3:///mgg", "s3://key:secret@bucket/mgg"):
        with pytest.raises(SettingsError, match="only folders and buckets work"):
            place(url)
    monkeypatch.setitem(sys.modules, "obstore.store", None)
    bucket_access._store.cache_clear()
    with pytest.raises(SettingsError, match="run 'pip install obstore' in this environment"):
        place()
