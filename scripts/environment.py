"""Make the project's own environment, `.venv`, or see at once that it is as it should be.

Uses nothing but Python itself.  What was installed is recorded in `.venv/mgg-stamp.json`, by
content and not by time, and only after it was installed: an environment without that record is
an interrupted one, and it is made anew.  So is one whose lock changed, that was moved, or whose
Python changed.
"""

import argparse
import contextlib
import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

LOCKS = {"runtime": "requirements.lock", "dev": "requirements-dev.lock"}
PROJECT_FILES = ("pyproject.toml", "mgg_kernel/_version.py", "scripts/environment.py")
STAMP = "mgg-stamp.json"
KERNEL = {"name": "mgg", "display_name": "MGG"}


class SetUpError(Exception):
    """The environment cannot be made; the message says what to do."""


def main() -> int:
    """Make the environment that the command line asks for; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("kind", choices=sorted(LOCKS))
    parser.add_argument("--root", type=Path, default=Path(__file__).parents[1])
    arguments = parser.parse_args()
    root = arguments.root.resolve()
    try:
        with _alone(root):
            make(root, arguments.kind)
    except SetUpError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def make(root: Path, kind: str) -> None:
    """Bring `.venv` under `root` to the state that `kind` (runtime or dev) needs."""
    venv = root / ".venv"
    have = _read_stamp(venv)
    if kind == "runtime" and have and have["locks"] == _locks(root, "dev"):
        kind = "dev"  # everything is there and more: nothing is taken away
    want = {
        "path": str(venv),
        "python": platform.python_version(),
        "locks": _locks(root, kind),
        "project": {name: _sha256(root / name) for name in PROJECT_FILES},
    }
    if have == want:
        return
    started = time.monotonic()
    _refuse_what_is_not_ours(venv)
    afresh = (
        have is None
        or any(have[key] != want[key] for key in ("path", "python"))
        or not have["locks"].items() <= want["locks"].items()
    )
    if afresh or have["locks"] != want["locks"]:
        (venv / STAMP).unlink(missing_ok=True)
        if afresh:
            _new_venv(venv)
        _install_lock(root, venv, kind)
    # From here on an interruption costs only the last, short steps.
    _write_json(venv / STAMP, {**want, "project": {}})
    _install_project(root, venv)
    _install_kernel(venv)
    _write_json(venv / STAMP, want)
    print(f"The environment .venv is ready ({time.monotonic() - started:.0f} s).", flush=True)


def _locks(root: Path, kind: str) -> dict[str, str]:
    names = [LOCKS["runtime"]] if kind == "runtime" else list(LOCKS.values())
    return {name: _sha256(root / name) for name in names}


def _sha256(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise SetUpError(
            f"{path} cannot be read ({error.strerror}); check out the project again."
        ) from None


def _read_stamp(venv: Path) -> dict | None:
    try:
        stamp = json.loads((venv / STAMP).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    # The Python that the environment stands on may have been taken away.
    return stamp if os.access(venv / "bin" / "python", os.X_OK) else None


def _refuse_what_is_not_ours(venv: Path) -> None:
    if venv.is_symlink() or (venv.exists() and not venv.is_dir()):
        raise SetUpError(f"{venv} is no folder of ours; move it away and run make again.")
    names = {entry.name for entry in venv.iterdir()} if venv.is_dir() else set()
    # An interrupted beginning has the first folders, but not yet the file that marks them.
    if "pyvenv.cfg" not in names and not names <= {"bin", "include", "lib", "lib64"}:
        raise SetUpError(
            f"{venv} holds something that is no Python environment; move it away and run make "
            "again."
        )


def _new_venv(venv: Path) -> None:
    if venv.exists():
        print("The environment .venv is unfinished or out of date; making it anew.", flush=True)
        # pyvenv.cfg goes last, so that an interruption leaves a folder that is still known.
        for entry in venv.iterdir():
            if entry.is_dir() and not entry.is_symlink():
                shutil.rmtree(entry)
            elif entry.name != "pyvenv.cfg":
                entry.unlink()
    # Where .venv is activated, the Python that runs this is the one just taken away.
    python = getattr(sys, "_base_executable", sys.executable)
    _run([python, "-m", "venv", str(venv)], "The environment .venv could not be made")


def _install_lock(root: Path, venv: Path, kind: str) -> None:
    lock = root / LOCKS[kind]
    count = sum("==" in line for line in lock.read_text(encoding="utf-8").splitlines())
    print(f"Installing up to {count} packages from {lock.name} into .venv …", flush=True)
    options = ["--require-hashes", "--only-binary", ":all:", "--no-deps", "-r", str(lock)]
    _pip(venv, root, options, f"The packages of {lock.name} could not be installed")


def _install_project(root: Path, venv: Path) -> None:
    # pip refuses to replace what it has no record of, which is how an interruption leaves it.
    for half_done in venv.glob("lib/python*/site-packages/mgg_workspace-*.dist-info"):
        if not (half_done / "RECORD").exists():
            shutil.rmtree(half_done)
    options = ["--no-deps", "--no-build-isolation", "--no-index", "-e", "."]
    _pip(venv, root, options, "The project itself could not be installed")


def _pip(venv: Path, root: Path, options: list[str], failure: str) -> None:
    pip = [str(venv / "bin" / "python"), "-m", "pip", "install", "-qq", "--no-input"]
    _run([*pip, "--disable-pip-version-check", *options], failure, cwd=root)


def _install_kernel(venv: Path) -> None:
    """Make MGG the one kernel that Jupyter in this environment offers."""
    python = str(venv / "bin" / "python")
    spec = {
        "argv": [python, "-m", "ipykernel_launcher", "-f", "{connection_file}"],
        "display_name": KERNEL["display_name"],
        "language": "python",
        "metadata": {"debugger": True},
    }
    _write_json(venv / "share" / "jupyter" / "kernels" / KERNEL["name"] / "kernel.json", spec)
    config = {
        "KernelSpecManager": {
            "allowed_kernelspecs": [KERNEL["name"]],
            "ensure_native_kernel": False,
        },
        "MultiKernelManager": {"default_kernel_name": KERNEL["name"]},
    }
    _write_json(venv / "etc" / "jupyter" / "jupyter_config.json", config)


def _write_json(path: Path, content: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(path.name + ".new")
    new.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    new.replace(path)  # whole or not at all


def _run(command: list[str], failure: str, cwd: "Path | None" = None) -> None:
    # These two would lead pip past the environment, and the interpreter past its packages.
    environment = {k: v for k, v in os.environ.items() if k not in {"PIP_TARGET", "PYTHONHOME"}}
    environment["PIP_USER"] = "0"
    try:
        status = subprocess.run(command, cwd=cwd, env=environment, check=False).returncode
    except OSError as error:
        raise SetUpError(f"{failure} ({error}).") from None
    if status != 0:
        raise SetUpError(
            f"{failure}; the reason stands above, and the next run of make goes on from there."
        )


@contextlib.contextmanager
def _alone(root: Path) -> Iterator[None]:
    """Let two runs of make wait for each other instead of installing into one another."""
    import fcntl

    folder = os.open(root, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


if __name__ == "__main__":
    sys.exit(main())
