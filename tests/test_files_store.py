"""The file store: bytes are there completely and under their own hash, or not at all."""

import errno
import hashlib
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from mgg_kernel.errors import StoreError
from mgg_kernel.files import FileStore

DATA = b"PK\x03\x04 a workbook"
SHA = hashlib.sha256(DATA).hexdigest()
PROJECT = Path(__file__).parents[1]


@pytest.fixture
def store(tmp_path: Path) -> FileStore:
    return FileStore(tmp_path / "deep" / "files")


def files_in(tmp_path: Path) -> list[Path]:
    return [path for path in (tmp_path / "deep").rglob("*") if not path.is_dir()]


def age(path: Path, seconds: float) -> None:
    then = path.stat().st_mtime - seconds
    os.utime(path, (then, then))


def test_bytes_come_back_and_lie_under_their_hash(store: FileStore, tmp_path: Path) -> None:
    stored = store.put(DATA)
    assert (stored.sha256, stored.size_bytes, stored.created) == (SHA, len(DATA), True)
    assert stored.path == tmp_path / "deep" / "files" / SHA[:2] / SHA
    assert stored.path.stat().st_mode & 0o7777 == 0o444
    assert stored.path.stat().st_nlink == 1
    assert stored.path.parent.stat().st_mode & 0o077 == 0, "the folder is nobody else's"
    assert store.get(SHA) == DATA
    assert files_in(tmp_path) == [stored.path]


def test_the_same_bytes_are_stored_once(store: FileStore, tmp_path: Path) -> None:
    first, again = store.put(DATA), store.put(bytes(DATA))
    assert (first.created, again.created) == (True, False)
    assert again.path == first.path
    assert files_in(tmp_path) == [first.path]
    assert store.put(DATA + b".").created


def test_bytes_are_on_the_disk_before_they_have_their_name(
    store: FileStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.put(b"makes the folders")
    happened: list[str] = []
    fsync, link = os.fsync, os.link

    def seen_fsync(descriptor: int) -> None:
        target = Path(f"/proc/self/fd/{descriptor}").readlink()
        happened.append("fsync folder" if target.is_dir() else "fsync file")
        fsync(descriptor)

    def seen_link(source: Path, target: Path) -> None:
        happened.append("link")
        link(source, target)

    monkeypatch.setattr(os, "fsync", seen_fsync)
    monkeypatch.setattr(os, "link", seen_link)
    store.put(DATA)
    made = [what for what in happened if what != "fsync folder"]
    assert made == ["fsync file", "link"]
    assert happened[-1] == "fsync folder"


def failing(code: int, when: Callable[[int], bool]) -> Callable[[int], None]:
    fsync = os.fsync

    def fails(descriptor: int) -> None:
        if when(descriptor):
            raise OSError(code, os.strerror(code))
        fsync(descriptor)

    return fails


@pytest.mark.parametrize("of_folder", [False, True])
@pytest.mark.parametrize(
    ("code", "told"),
    [(errno.EIO, r"\(Input/output error\); check the disk"), (errno.ENOSPC, "is full; free some")],
)
def test_a_failed_fsync_discards_the_file(
    store: FileStore,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    of_folder: bool,
    code: int,
    told: str,
) -> None:
    kept = store.put(DATA[::-1]).path
    (tmp_path / "deep" / "files" / SHA[:2]).mkdir(exist_ok=True)

    def is_it(descriptor: int) -> bool:
        return Path(f"/proc/self/fd/{descriptor}").is_dir() == of_folder

    monkeypatch.setattr(os, "fsync", failing(code, is_it))
    with pytest.raises(StoreError, match=told):
        store.put(DATA)
    monkeypatch.undo()
    assert files_in(tmp_path) == [kept]
    assert store.put(DATA).created


def test_a_disk_that_is_full_in_the_middle_of_a_file(store: FileStore, tmp_path: Path) -> None:
    """A limit on the size of files stands in for the full disk: the write stops half-way."""
    code = (
        "import resource, sys\nfrom pathlib import Path\n"
        "from mgg_kernel.errors import StoreError\nfrom mgg_kernel.files import FileStore\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000))\n"
        "store = FileStore(Path(sys.argv[1]))\n"
        "store.put(bytes(900_000))\n"
        "try:\n    store.put(bytes(3_000_000))\n"
        "except StoreError as error:\n    sys.exit(str(error))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "deep" / "files")],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.strip().endswith("is full; free some space and try again.")
    assert [path.stat().st_size for path in files_in(tmp_path)] == [900_000]


def test_a_root_that_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StoreError, match="check the disk and the rights of that folder"):
        FileStore(tmp_path / "file" / "files").put(DATA)


def test_a_missing_and_a_damaged_file_are_named(store: FileStore) -> None:
    with pytest.raises(StoreError, match=f"{SHA} is missing; restore it"):
        store.get(SHA)
    path = store.put(DATA).path
    path.chmod(0o644)
    path.write_bytes(DATA[:-1])
    with pytest.raises(StoreError, match=f"{path} is damaged"):
        store.get(SHA)
    healed = store.put(DATA)
    assert not healed.created, "other rows may name it: a caller that fails must not remove it"
    assert store.get(SHA) == DATA


def test_a_link_under_the_name_of_a_file_is_not_followed(store: FileStore, tmp_path: Path) -> None:
    path = store.put(DATA).path
    (tmp_path / "secret").write_bytes(DATA)
    path.unlink()
    path.symlink_to(tmp_path / "secret")
    with pytest.raises(StoreError):
        store.get(SHA)


@pytest.mark.parametrize(
    "name",
    [
        "../../evil",
        "",
        SHA[:-1],
        SHA + "0",
        SHA.upper(),
        SHA + "\n",
        "/etc/passwd",
        "g" * 64,
        "٣" * 64,
    ],
)
def test_only_a_hash_is_a_name(store: FileStore, name: str) -> None:
    with pytest.raises(StoreError, match="is named by the 64 lower-case hexadecimal digits"):
        store.get(name)
    with pytest.raises(StoreError):
        store.remove(name)


def test_remove(store: FileStore, tmp_path: Path) -> None:
    assert store.remove(SHA) is False
    path = store.put(DATA).path
    assert store.remove(SHA, older_than_s=60) is False
    assert path.exists()
    assert store.remove(SHA) is True
    assert store.remove(SHA) is False
    assert files_in(tmp_path) == []


def test_orphans_are_old_files_that_nobody_knows(store: FileStore) -> None:
    assert list(store.orphans(set())) == []
    old, known, young = store.put(b"old"), store.put(b"known"), store.put(b"young")
    age(old.path, 7200)
    age(known.path, 7200)
    (old.path.parent / "README").write_text("not ours")
    assert list(store.orphans({known.sha256}, older_than_s=3600)) == [old.sha256]
    assert set(store.orphans(set(), older_than_s=0)) == {old.sha256, known.sha256, young.sha256}


def test_an_orphan_that_is_stored_again_is_no_longer_swept(store: FileStore) -> None:
    path = store.put(DATA).path
    age(path, 7200)
    assert list(store.orphans(set())) == [SHA]
    store.put(DATA)  # somebody is about to write its row
    assert store.remove(SHA, older_than_s=3600) is False
    assert store.get(SHA) == DATA


def test_leftovers_of_killed_writers_are_swept(store: FileStore, tmp_path: Path) -> None:
    path = store.put(DATA).path
    old, young = path.parent / ".tmp-1-aa", path.parent / ".tmp-2-bb"
    for leftover in (old, young):
        leftover.write_bytes(b"half a fi")
    age(old, 7200)
    assert list(store.orphans(set(), older_than_s=0)) == [SHA]
    assert store.sweep_temporary() == 1
    assert sorted(files_in(tmp_path)) == sorted([young, path])


def test_a_writer_killed_before_the_link_leaves_no_file_of_that_name(
    store: FileStore, tmp_path: Path
) -> None:
    code = (
        "import os, signal, sys\nfrom pathlib import Path\nfrom mgg_kernel.files import FileStore\n"
        "os.link = lambda *_: os.kill(os.getpid(), signal.SIGKILL)\n"
        f"FileStore(Path(sys.argv[1])).put({DATA!r})\n"
    )
    root = str(tmp_path / "deep" / "files")
    subprocess.run([sys.executable, "-c", code, root], cwd=PROJECT, timeout=60, check=False)
    (leftover,) = files_in(tmp_path)
    assert leftover.name.startswith(".tmp-")
    with pytest.raises(StoreError, match="is missing"):
        store.get(SHA)
    assert store.put(DATA).created, "the lock died with its holder"


def test_many_threads_and_two_processes_store_the_same_bytes(
    store: FileStore, tmp_path: Path
) -> None:
    code = (
        "import sys\nfrom pathlib import Path\nfrom mgg_kernel.files import FileStore\n"
        "store = FileStore(Path(sys.argv[1]))\n"
        "print(sum(store.put(b'%d' % (i % 20)).created for i in range(200)))\n"
    )
    root = str(tmp_path / "deep" / "files")
    command = [sys.executable, "-c", code, root]
    others = [
        subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, text=True) for _ in range(2)
    ]
    start = threading.Barrier(4)

    def work(_: int) -> int:
        start.wait()
        return sum(store.put(b"%d" % (i % 20)).created for i in range(100))

    with ThreadPoolExecutor(4) as pool:
        created = sum(pool.map(work, range(4)))
    created += sum(int(other.communicate(timeout=60)[0]) for other in others)
    assert created == 20
    assert len(files_in(tmp_path)) == 20
    for i in range(20):
        assert store.get(hashlib.sha256(b"%d" % i).hexdigest()) == b"%d" % i
