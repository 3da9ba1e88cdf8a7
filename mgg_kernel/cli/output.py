"""Writing a file so that it is there whole, or not at all."""

import os
import tempfile
from pathlib import Path

from mgg_kernel.errors import SimulationError

__all__ = ["check_writable", "write_whole"]


def check_writable(path: Path) -> None:
    """Refuse a place that cannot be written, before long work is done for it.

    Raises:
        SimulationError: its folder is missing or may not be written, or it is a folder itself.
    """
    if path.is_dir():
        raise SimulationError(f"{path} is a folder; give the name of a file.")
    if not path.parent.is_dir():
        raise SimulationError(f"{path} cannot be written: there is no folder {path.parent}.")
    if path.exists() and not path.is_file():
        return  # such as /dev/stdout
    if not os.access(path.parent, os.W_OK):
        raise SimulationError(f"{path} cannot be written: its folder may not be written to.")


def write_whole(path: Path, content: str | bytes) -> None:
    """Write bytes, or a text as UTF-8, beside their place, then put them there in one step.

    Raises:
        SimulationError: it cannot be written.
    """
    path = path.resolve()  # of a link the file that it leads to
    check_writable(path)
    data = content.encode() if isinstance(content, str) else content
    temporary: Path | None = None
    try:
        if path.exists() and not path.is_file():
            path.write_bytes(data)  # such as /dev/stdout
            return
        mode = path.stat().st_mode & 0o777 if path.exists() else 0o666 & ~_umask()
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".mgg-", delete=False) as file:
            temporary = Path(file.name)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(mode)
        temporary.replace(path)
        temporary = None
    except OSError as error:
        raise SimulationError(f"{path} cannot be written: {error.strerror}.") from None
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
