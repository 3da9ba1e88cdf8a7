"""The folder that JupyterLab opens: the analysts' own notebooks, in the data folder."""

import shutil
from pathlib import Path

from mgg_kernel._paths import notebooks_dir
from mgg_kernel.errors import StoreError
from mgg_kernel.settings import Settings

__all__ = ["lab_folder"]


def lab_folder(settings: Settings) -> Path:
    """Return the folder, made if missing, with a copy of each shipped notebook that it lacks.

    The shipped notebooks themselves are not opened for writing: what analysts change is theirs,
    and an upgrade of the program overwrites none of it.

    Raises:
        StoreError: the folder cannot be written.
    """
    folder = settings.data_dir / "notebooks"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for shipped in sorted(notebooks_dir().glob("*.ipynb")):
            if not (folder / shipped.name).exists():
                shutil.copyfile(shipped, folder / shipped.name)
    except OSError as error:
        raise StoreError(
            f"The notebooks in {folder} cannot be written ({error.strerror}); give this user the "
            "right to, or choose another MGG_DATA_DIR."
        ) from None
    return folder
