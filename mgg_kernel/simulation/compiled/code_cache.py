"""Machine code kept on disk between processes, in a folder that nobody else may write to.

Whoever can write a file of machine code that we load acts as us.  So the folder and the file must
belong to us or to root and be writable by nobody else, which is looked at on what has been opened,
not on its name; what fails is compiled anew.  A file begins with the SHA-256 of what follows, so
one that was cut short or spoilt is compiled anew, too.
"""

import fcntl
import os
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path

__all__ = ["alone", "keep", "kept", "open_folder"]

SUFFIX = ".code"
MOST_KEPT = 16
"""Each version of the sources and each kind of processor has a file of its own."""
LONGEST_WAIT_S = 120.0


def open_folder() -> int | None:
    """Return a descriptor of the folder for machine code, made if need be, or None.

    It is `mgg` in the user's cache folder, else `__pycache__` beside the sources; None where
    neither can be made, or others may write to both.
    """
    home = os.environ.get("XDG_CACHE_HOME", "")
    folders = [Path(__file__).parent / "__pycache__"]
    with suppress(RuntimeError):  # somebody without a home
        cache = Path(home) if Path(home).is_absolute() else Path("~/.cache").expanduser()
        folders.insert(0, cache / "mgg")
    for folder in folders:
        with suppress(OSError):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            if _ours(os.fstat(descriptor)) and os.access(folder, os.R_OK | os.W_OK | os.X_OK):
                return descriptor
            os.close(descriptor)
    return None


@contextmanager
def alone(folder: int) -> Iterator[None]:
    """Wait until no other process compiles, so that only the first of them does.

    One that is killed lets go; one that hangs is waited for only so long.  Where the file system
    knows no locks, all compile.
    """
    try:
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        lock = os.open("lock", flags, 0o600, dir_fd=folder)
    except OSError:
        yield
        return
    try:
        _wait_for(lock)
        yield
    finally:
        os.close(lock)


def _wait_for(lock: int) -> None:
    give_up = time.monotonic() + LONGEST_WAIT_S
    while time.monotonic() < give_up:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(0.1)
        except OSError:
            return
        else:
            return


def kept(folder: int, key: str) -> bytes | None:
    """Return the machine code kept under a key, or None."""
    try:
        flags = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
        with os.fdopen(os.open(key + SUFFIX, flags, dir_fd=folder), "rb") as file:
            state = os.fstat(file.fileno())
            if not (stat.S_ISREG(state.st_mode) and _ours(state)):
                return None
            data = file.read()
    except OSError:
        return None
    return data[32:] if sha256(data[32:]).digest() == data[:32] else None


def keep(folder: int, key: str, code: bytes) -> None:
    """Keep machine code under a key, as well as can be; the oldest of too many is deleted."""
    part = key + ".part"
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW
    with suppress(OSError):
        with os.fdopen(os.open(part, flags, 0o600, dir_fd=folder), "wb") as file:
            file.write(sha256(code).digest() + code)
        os.replace(part, key + SUFFIX, src_dir_fd=folder, dst_dir_fd=folder)
        _delete_oldest(folder)


def _delete_oldest(folder: int) -> None:
    files = [
        (os.stat(name, dir_fd=folder, follow_symlinks=False).st_mtime_ns, name)
        for name in os.listdir(folder)
        if name.endswith((SUFFIX, ".part"))
    ]
    for _, name in sorted(files)[:-MOST_KEPT]:
        os.unlink(name, dir_fd=folder)


def _ours(state: os.stat_result) -> bool:
    writable = state.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    return state.st_uid in (0, os.geteuid()) and not writable
