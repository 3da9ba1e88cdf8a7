"""Machine code kept between processes: found again, mended when spoilt, read only when ours."""

import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from mgg_kernel.simulation.compiled import code_cache, loader

CALL = """
import sys
import numpy as np
from mgg_kernel.simulation import Charge, Grain, Igniter, Propellant, Vessel
from mgg_kernel.simulation.compiled.loader import entry
from mgg_kernel.simulation.packing import pack
law = Propellant(1e6, 3000, 1.25, 1e-3, 1600, 6e-8, 0.8)
shot = pack([([Charge(law, Grain.sphere(1), 500)], Igniter(100, 6e5, 3000, 1.25), Vessel(10))])
y, slopes, found = np.array([0.5, 0.0]), np.zeros(2), np.zeros(2)
parts = (y, slopes, np.array([1]), shot.shots[0], shot.charges[0], shot.laws[0], found)
entry("evaluate")(0.01, 1, 1, 2, shot.laws.shape[2], *(part.ctypes.data for part in parts))
print(found.tolist(), "compiled" if "numba" in sys.modules else "found")
"""
"""The smaller of the two entries: it is compiled in a second or two."""

STAND_IN = """
import sys, time
from pathlib import Path
from mgg_kernel.simulation.compiled import loader
def compile(*_):
    sys.modules["numba"] = None
    time.sleep(0.5)
    return Path({path!r}).read_bytes()[32:]
loader._compile = compile
"""
"""Takes the place of the compiler, which one test sees at work."""


def start(code: str, cache: Path) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"XDG_CACHE_HOME": str(cache)},
    )


def said(process: "subprocess.Popen[str]") -> str:
    out, _ = process.communicate(timeout=120)
    assert process.returncode == 0
    return out.strip()


def run(cache: Path, before: str = "") -> str:
    return said(start(before + CALL, cache))


def stand_in(filled: tuple[Path, str]) -> str:
    (kept,) = code_files(filled[0])
    return STAND_IN.format(path=str(kept))


def code_files(cache: Path) -> list[Path]:
    return sorted((cache / "mgg").glob("*.code"))


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A cache with code in it, and what that said when it was compiled."""
    cache = tmp_path_factory.mktemp("cache")
    answer = run(cache)
    assert answer.endswith("compiled")
    return cache, answer


@pytest.fixture
def cache(filled: tuple[Path, str], tmp_path: Path) -> Path:
    """A copy of that cache, to be spoilt."""
    (kept,) = code_files(filled[0])
    folder = tmp_path / "mgg"
    folder.mkdir(mode=0o700)
    copy = folder / kept.name
    copy.write_bytes(kept.read_bytes())
    copy.chmod(0o600)
    return tmp_path


def test_the_next_process_needs_no_compiler_and_says_the_same(filled, cache):
    assert run(cache) == filled[1].replace("compiled", "found")


def test_folder_and_file_are_for_nobody_else(filled):
    folder = filled[0] / "mgg"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}


@pytest.mark.parametrize(
    "spoil",
    [
        lambda data: b"",
        lambda data: data[:20],
        lambda data: data[: len(data) // 2],
        lambda data: data[:-1] + bytes([data[-1] ^ 1]),
        lambda data: b"\x80\x05" + data,
    ],
    ids=["empty", "no-sum", "half", "one-bit", "shifted"],
)
def test_a_spoilt_file_is_compiled_anew_and_mended(spoil, filled, cache):
    (kept,) = code_files(cache)
    whole = kept.read_bytes()
    kept.write_bytes(spoil(whole))
    assert run(cache, stand_in(filled)) == filled[1]
    assert kept.read_bytes() == whole


@pytest.mark.parametrize("mode", [0o620, 0o602, 0o666], ids=["by-its-group", "by-others", "by-all"])
def test_a_file_that_others_may_write_is_not_read(mode, filled, cache):
    (kept,) = code_files(cache)
    kept.chmod(mode)
    assert run(cache, stand_in(filled)) == filled[1]
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600


def test_a_link_is_not_followed(filled, cache, tmp_path):
    (kept,) = code_files(cache)
    elsewhere = tmp_path / "elsewhere"
    kept.rename(elsewhere)
    kept.symlink_to(elsewhere)
    assert run(cache, stand_in(filled)) == filled[1]
    assert not kept.is_symlink()


def opened(folder: int | None) -> Path | None:
    if folder is None:
        return None
    try:
        return Path(f"/proc/self/fd/{folder}").readlink()
    finally:
        os.close(folder)


def test_a_folder_that_others_may_write_is_left_alone(monkeypatch, tmp_path):
    ours = tmp_path / "package" / "code_cache.py"
    monkeypatch.setattr(code_cache, "__file__", str(ours))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert opened(code_cache.open_folder()) == tmp_path / "mgg"
    (tmp_path / "mgg").chmod(0o777)
    assert opened(code_cache.open_folder()) == tmp_path / "package" / "__pycache__"
    (tmp_path / "package" / "__pycache__").chmod(0o775)
    assert opened(code_cache.open_folder()) is None


def test_what_belongs_to_somebody_else_is_left_alone():
    def state(mode: int, owner: int) -> os.stat_result:
        return os.stat_result((stat.S_IFREG | mode, 0, 0, 1, owner, 0, 0, 0, 0, 0))

    me = os.geteuid()
    assert code_cache._ours(state(0o600, me))
    assert code_cache._ours(state(0o644, 0))
    assert not code_cache._ours(state(0o600, me + 1))
    assert not code_cache._ours(state(0o660, me))
    assert not code_cache._ours(state(0o602, 0))


def test_two_processes_at_once_compile_once(filled, tmp_path):
    both = [start(stand_in(filled) + CALL, tmp_path) for _ in range(2)]
    answers = sorted(said(process) for process in both)
    assert answers == sorted([filled[1], filled[1].replace("compiled", "found")])


def test_one_that_is_killed_while_it_compiles_stops_nobody(filled, tmp_path):
    hangs = (
        "import time\n"
        "from mgg_kernel.simulation.compiled import loader\n"
        "def never(*_):\n    print('now', flush=True)\n    time.sleep(300)\n"
        "loader._compile = never\n"
    )
    victim = start(hangs + CALL, tmp_path)
    assert victim.stdout is not None
    assert victim.stdout.readline() == "now\n"
    (tmp_path / "mgg" / "half.part").write_bytes(b"half of a file")
    waiting = start(stand_in(filled) + CALL, tmp_path)
    time.sleep(0.5)
    assert waiting.poll() is None
    victim.send_signal(signal.SIGKILL)
    victim.communicate()
    assert said(waiting) == filled[1]


def test_one_that_hangs_is_not_waited_for_for_ever(monkeypatch, tmp_path):
    monkeypatch.setattr(code_cache, "LONGEST_WAIT_S", 0.3)
    folder = os.open(tmp_path, os.O_RDONLY)
    try:
        started = time.monotonic()
        with code_cache.alone(folder), code_cache.alone(folder):
            assert time.monotonic() - started >= 0.3
    finally:
        os.close(folder)


def test_other_sources_are_other_code(filled, cache):
    before = (
        "from mgg_kernel.simulation.compiled import loader\n"
        "loader.source_stamp = lambda: 'another'\n"
    )
    assert run(cache, stand_in(filled) + before) == filled[1]
    assert len(code_files(cache)) == 2
    assert run(cache, before).endswith("found")
    assert run(cache).endswith("found")


def test_the_stamp_changes_with_any_file_of_compiled_code(monkeypatch, tmp_path):
    here = Path(loader.__file__).parent
    for path in here.glob("*.py"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    before = loader.source_stamp()
    monkeypatch.setattr(loader, "__file__", str(tmp_path / "loader.py"))
    assert loader.source_stamp() == before
    stamps = {before}
    for path in sorted(tmp_path.glob("*.py")):
        path.write_text(path.read_text("utf-8") + "\n", "utf-8")
        stamps.add(loader.source_stamp())
    assert len(stamps) == 1 + len(list(here.glob("*.py")))


def test_where_nothing_can_be_kept_it_is_compiled_all_the_same(filled, tmp_path):
    before = (
        "import logging\n"
        "logging.basicConfig(stream=__import__('sys').stdout, format='%(message)s')\n"
        "from mgg_kernel.simulation.compiled import code_cache\n"
        "code_cache.open_folder = lambda: None\n"
    )
    answer = run(tmp_path, stand_in(filled) + before)
    assert answer.startswith("Compiled code cannot be kept")
    assert answer.endswith(filled[1])
    assert not code_files(tmp_path)


def test_a_full_disk_stops_nobody(filled, tmp_path):
    before = (
        "from mgg_kernel.simulation.compiled import code_cache\n"
        "def full(*_, **__):\n    raise OSError(28, 'No space left on device')\n"
        "code_cache.os.replace = full\n"
    )
    assert run(tmp_path, stand_in(filled) + before) == filled[1]
    assert not code_files(tmp_path)


def test_old_code_is_deleted(tmp_path):
    folder = os.open(tmp_path, os.O_RDONLY)
    try:
        for i in range(code_cache.MOST_KEPT + 4):
            code_cache.keep(folder, f"{i:03}", b"code")
            os.utime(tmp_path / f"{i:03}.code", (i, i))
        code_cache.keep(folder, "newest", b"code")
        assert code_cache.kept(folder, "newest") == b"code"
        assert code_cache.kept(folder, "000") is None
        assert len(list(tmp_path.iterdir())) == code_cache.MOST_KEPT
    finally:
        os.close(folder)
