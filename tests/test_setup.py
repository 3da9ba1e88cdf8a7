"""The set-up: locks that pin everything, an environment that repairs itself, folders found."""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import time
import tomllib
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from mgg_kernel import _paths

ROOT = Path(__file__).parents[1]
LOCKS = ("requirements.lock", "requirements-dev.lock")


def locked(name: str) -> dict[tuple[str, str], tuple[str, frozenset[str]]]:
    """Return (package, marker) -> (version, hashes) of a lock."""
    found = {}
    for entry in (ROOT / name).read_text().replace("\\\n", " ").splitlines():
        head, *hashes = re.split(r"\s+--hash=", entry.strip())
        requirement = Requirement(head)
        (pin,) = requirement.specifier
        assert pin.operator == "==", entry
        key = canonicalize_name(requirement.name), str(requirement.marker or "")
        found[key] = pin.version, frozenset(hashes)
    return found


# --- the locks ---


@pytest.mark.parametrize("name", LOCKS)
def test_every_locked_package_has_hashes(name):
    entries = locked(name)
    assert len(entries) > 100
    for package, (_, hashes) in entries.items():
        assert hashes, package
        assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", digest) for digest in hashes), package


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_names_no_place_to_fetch_from(name):
    text = (ROOT / name).read_text()
    assert "://" not in text
    for word in ("#", "--index", "--extra", "--find-links", "--trusted", " @ "):
        assert word not in text, word


def test_the_dev_lock_holds_the_runtime_lock_unchanged():
    runtime, dev = locked(LOCKS[0]), locked(LOCKS[1])
    for (name, marker), pinned in runtime.items():
        # What the program needs only under a marker, the tools may need always.
        assert dev.get((name, marker)) == pinned or dev.get((name, "")) == pinned, name
    assert len(dev) > len(runtime)


def test_everything_that_pyproject_asks_for_is_locked_and_fits():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    groups = project["dependency-groups"]
    asked = {
        LOCKS[0]: project["project"]["dependencies"] + groups["build"],
        LOCKS[1]: groups["dev"],
    }
    for lock, lines in asked.items():
        versions = [(name, version) for (name, _), (version, _) in locked(lock).items()]
        for line in lines:
            requirement = Requirement(line)
            mine = [v for n, v in versions if n == canonicalize_name(requirement.name)]
            assert mine, f"{line} is not in {lock}"
            assert all(requirement.specifier.contains(version) for version in mine), line


# --- making the environment ---

BACKEND = """\
import pathlib, zipfile

def build_editable(folder, config_settings=None, metadata_directory=None):
    name = "tiny-1-py3-none-any.whl"
    with zipfile.ZipFile(pathlib.Path(folder) / name, "w") as wheel:
        wheel.writestr("tiny.pth", str(pathlib.Path.cwd()))
        info = "tiny-1.dist-info/"
        wheel.writestr(info + "METADATA", "Metadata-Version: 2.1\\nName: tiny\\nVersion: 1\\n")
        wheel.writestr(info + "WHEEL", "Wheel-Version: 1.0\\nTag: py3-none-any\\n")
        wheel.writestr(info + "RECORD", "")
    return name
"""
PROJECT = """\
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
[project]
name = "tiny"
version = "1"
"""


def make_wheel(folder: Path, name: str, version: str) -> str:
    """Write a wheel of one empty module; return its line in a lock."""
    path = folder / f"{name}-{version}-py3-none-any.whl"
    info = f"{name}-{version}.dist-info/"
    record = f"{name}.py,,\n{info}METADATA,,\n{info}WHEEL,,\n{info}RECORD,,\n"
    with zipfile.ZipFile(path, "w") as wheel:
        wheel.writestr(f"{name}.py", f"VERSION = {version!r}\n")
        wheel.writestr(
            info + "METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
        )
        wheel.writestr(info + "WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        wheel.writestr(info + "RECORD", record)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return f"{name}=={version} \\\n    --hash=sha256:{digest}\n"


class Checkout:
    """A small project with the real scripts, whose packages come from a folder."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "a checkout"
        self.wheels = folder / "wheels"
        self.wheels.mkdir()
        (self.root / "mgg_kernel").mkdir(parents=True)
        (self.root / "mgg_kernel" / "_version.py").write_text("")
        (self.root / "pyproject.toml").write_text(PROJECT)
        (self.root / "backend.py").write_text(BACKEND)
        (self.root / "scripts").mkdir()
        for name in ("environment.py", "environment.sh"):
            shutil.copy(ROOT / "scripts" / name, self.root / "scripts" / name)
        self.lock(make_wheel(self.wheels, "alpha", "1"), make_wheel(self.wheels, "tool", "1"))

    def lock(self, runtime: str, dev: str) -> None:
        (self.root / LOCKS[0]).write_text(runtime)
        (self.root / LOCKS[1]).write_text(runtime + dev)

    def make(self, kind: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["sh", "scripts/environment.sh", kind],
            cwd=self.root,
            env={
                **os.environ,
                "PYTHON": sys.executable,
                "PIP_CONFIG_FILE": os.devnull,
                "PIP_NO_INDEX": "1",
                "PIP_FIND_LINKS": self.wheels.as_uri(),
                **environment,
            },
            capture_output=True,
            text=True,
            check=False,
        )

    def version_of(self, module: str) -> str | None:
        """Ask the environment's own Python which version of a module it has."""
        python = self.root / ".venv" / "bin" / "python"
        answer = subprocess.run(
            [python, "-c", f"import {module}; print({module}.VERSION)"],
            capture_output=True,
            text=True,
            check=False,
        )
        return answer.stdout.strip() if answer.returncode == 0 else None


@pytest.fixture
def checkout(tmp_path):
    return Checkout(tmp_path)


def test_the_environment_grows_stays_follows_its_lock_and_its_place(checkout):
    made = checkout.make("runtime")
    assert made.returncode == 0, made.stderr
    assert (checkout.version_of("alpha"), checkout.version_of("tool")) == ("1", None)

    left = checkout.root / ".venv" / "left"
    left.touch()
    assert checkout.make("dev").returncode == 0
    assert left.exists(), "adding the tools must not make the environment anew"
    assert checkout.version_of("tool") == "1"

    started = time.monotonic()
    for kind in ("dev", "runtime"):
        again = checkout.make(kind)
        assert (again.returncode, again.stdout) == (0, "")
    assert time.monotonic() - started < 10
    assert checkout.version_of("tool") == "1", "asking for less takes nothing away"

    (checkout.root / "pyproject.toml").write_text(PROJECT + "# changed\n")
    assert checkout.make("runtime").returncode == 0
    assert left.exists(), "a change of the project installs the project alone"

    new = make_wheel(checkout.wheels, "alpha", "2")
    checkout.lock(new, make_wheel(checkout.wheels, "other", "1"))
    assert checkout.make("dev").returncode == 0
    assert checkout.version_of("alpha") == "2"
    assert checkout.version_of("tool") is None, "what left the lock leaves the environment"
    assert not left.exists()

    moved = checkout.root.with_name("moved")
    checkout.root = checkout.root.rename(moved)
    assert checkout.make("runtime").returncode == 0
    assert str(moved) in (moved / ".venv" / "bin" / "pip").read_text()


def test_an_interrupted_installation_is_repaired(checkout):
    (checkout.root / LOCKS[0]).write_text("alpha==1 --hash=sha256:" + "0" * 64 + "\n")
    refused = checkout.make("runtime")
    assert refused.returncode == 1
    assert "Traceback" not in refused.stderr
    assert (
        refused.stderr.rstrip()
        .splitlines()[-1]
        .startswith("The packages of requirements.lock could not be installed;")
    )
    assert checkout.version_of("alpha") is None

    half_done = checkout.root / ".venv" / "lib" / "half-done"
    half_done.touch()
    checkout.lock(make_wheel(checkout.wheels, "alpha", "1"), "")
    assert checkout.make("runtime").returncode == 0
    assert checkout.version_of("alpha") == "1"
    assert not half_done.exists()


def test_a_project_that_cannot_be_installed_costs_no_new_environment(checkout):
    (checkout.root / "backend.py").write_text("raise SystemExit('no such thing')")
    refused = checkout.make("runtime")
    assert refused.returncode == 1
    assert "The project itself could not be installed;" in refused.stderr
    left = checkout.root / ".venv" / "left"
    left.touch()
    (checkout.root / "backend.py").write_text(BACKEND)
    assert checkout.make("runtime").returncode == 0
    assert left.exists()
    assert checkout.version_of("alpha") == "1"


def test_mgg_is_the_one_kernel_of_the_environment(checkout):
    assert checkout.make("runtime").returncode == 0
    venv = checkout.root / ".venv"
    # Jupyter itself reads what was written, with the data and the settings of that environment.
    program = """
import json, sys
from jupyter_client.kernelspec import KernelSpecManager
from traitlets.config.loader import JSONFileConfigLoader
config = JSONFileConfigLoader("jupyter_config.json", sys.argv[1] + "/etc/jupyter").load_config()
manager = KernelSpecManager(config=config)
print(json.dumps({name: found["spec"] for name, found in manager.get_all_specs().items()}))
"""
    elsewhere = checkout.root / "people" / "kernels" / "another"
    elsewhere.mkdir(parents=True)
    spec = {"argv": ["python"], "display_name": "Another", "language": "python"}
    (elsewhere / "kernel.json").write_text(json.dumps(spec))
    answer = subprocess.run(
        [sys.executable, "-c", program, str(venv)],
        env={
            **os.environ,
            "JUPYTER_PATH": os.pathsep.join(
                [str(venv / "share" / "jupyter"), str(elsewhere.parents[1])]
            ),
        },
        capture_output=True,
        text=True,
        check=True,
    )
    specs = json.loads(answer.stdout)
    assert list(specs) == ["mgg"]
    assert specs["mgg"]["display_name"] == "MGG"
    assert specs["mgg"]["argv"][0] == str(venv / "bin" / "python")


def test_a_folder_that_is_no_environment_is_left_alone(checkout):
    precious = checkout.root / ".venv" / "thesis.txt"
    precious.parent.mkdir()
    precious.write_text("years of work")
    refused = checkout.make("runtime")
    assert refused.returncode == 1
    assert "holds something that is no Python environment" in refused.stderr
    assert precious.read_text() == "years of work"


def test_a_python_that_is_too_old_gets_one_clear_sentence(checkout, tmp_path):
    old = tmp_path / "python3"
    old.write_text("#!/bin/sh\nexit 1\n")
    old.chmod(0o755)
    refused = checkout.make("runtime", PYTHON=str(old))
    assert refused.returncode == 1
    assert refused.stderr.startswith("No Python 3.11 or later with its venv module was found;")
    assert not (checkout.root / ".venv").exists()


# --- the folders beside the package ---


@pytest.mark.parametrize("name", ["sql", "dashboards", "notebooks"])
def test_the_folders_of_a_checkout_are_found(name):
    assert getattr(_paths, f"{name}_dir")() == ROOT / name


def test_the_folders_inside_a_wheel_win(tmp_path, monkeypatch):
    package = tmp_path / "site-packages" / "mgg_kernel"
    (package / "_sql").mkdir(parents=True)
    (package.parent / "sql").mkdir()
    monkeypatch.setattr(_paths, "_PACKAGE", package)
    assert _paths.sql_dir() == package / "_sql"


def test_a_folder_of_somebody_else_in_site_packages_is_not_taken(tmp_path, monkeypatch):
    package = tmp_path / "site-packages" / "mgg_kernel"
    package.mkdir(parents=True)
    (package.parent / "sql").mkdir()
    monkeypatch.setattr(_paths, "_PACKAGE", package)
    with pytest.raises(FileNotFoundError, match="The folder 'sql' is neither at"):
        _paths.sql_dir()


# --- the documents' check ---


def test_the_documents_check_finds_what_is_wrong(tmp_path):
    sys.path.insert(0, str(ROOT / "scripts"))
    try:
        import check_docs
    finally:
        sys.path.remove(str(ROOT / "scripts"))
    page = tmp_path / "README.md"
    page.write_text(
        "# One heading\n[here](#one-heading) [gone](gone.md) [no](#nowhere) ![p](p.png)\n"
        "```\n[code](is-no-link.md)\n```\n`MGG_DATA_DIR` and `MGG_NO_SUCH_THING`\n"
    )
    texts = {page: page.read_text()}
    links = [fault.removeprefix(f"{page}: the link ") for fault in check_docs.broken_links(texts)]
    assert links == [
        "gone.md leads to no file.",
        "#nowhere leads to no heading.",
        "p.png leads to no file.",
    ]
    faults = list(check_docs.setting_faults(texts))
    assert f"{page}: MGG_NO_SUCH_THING is no setting." in faults
    assert not any("MGG_DATA_DIR" in fault for fault in faults)
    assert any("MGG_DATABASE_URL is explained in no document" in fault for fault in faults)
