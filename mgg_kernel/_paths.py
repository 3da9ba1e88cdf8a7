"""Where the folders are that stand beside the package: SQL, dashboards and notebooks.

In a checkout they lie at its top; a wheel carries them inside the package, under the same
name with an underscore in front.
"""

from pathlib import Path

__all__ = ["dashboards_dir", "notebooks_dir", "scheduled_dir", "sql_dir"]

_PACKAGE = Path(__file__).parent


def sql_dir() -> Path:
    """Folder of the schema, the migrations and the monitoring queries.

    Raises:
        FileNotFoundError: this installation carries no such folder.
    """
    return _folder("sql")


def dashboards_dir() -> Path:
    """Folder of the notebooks that Voilà serves.

    Raises:
        FileNotFoundError: this installation carries no such folder.
    """
    return _folder("dashboards")


def notebooks_dir() -> Path:
    """Folder of the analysts' notebooks.

    Raises:
        FileNotFoundError: this installation carries no such folder.
    """
    return _folder("notebooks")


def scheduled_dir() -> Path:
    """Folder of the notebooks that the scheduler runs.

    Raises:
        FileNotFoundError: this installation carries no such folder.
    """
    return _folder("scheduled")


def _folder(name: str) -> Path:
    inside = _PACKAGE / f"_{name}"
    if inside.is_dir():
        return inside
    beside = _PACKAGE.parent / name
    # In site-packages a folder named `sql` beside ours would be somebody else's.
    if beside.is_dir() and (_PACKAGE.parent / "pyproject.toml").is_file():
        return beside
    raise FileNotFoundError(
        f"The folder '{name}' is neither at {inside} nor at {beside}; install the package again."
    )
