"""Run the analysts' notebooks with the kernel MGG, on a made-up lab that is thrown away after.

Further arguments go to pytest.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from mgg_kernel.hot.embedded import EmbeddedServer

ROOT = Path(__file__).parents[1]
# What a person's own settings would change, and what would lead to a real database.
SETTINGS_NOT_WANTED = ("MGG_ACTOR", "MGG_ARCHIVE_URL", "MGG_DATABASE_URL")


def main() -> int:
    """Run all notebooks; return pytest's exit status."""
    with tempfile.TemporaryDirectory(prefix="mgg-notebooks-") as folder:
        # Where PostgreSQL's own user cannot get in, root's database lies elsewhere and stays.
        Path(folder).chmod(0o711)
        environment = {k: v for k, v in os.environ.items() if k not in SETTINGS_NOT_WANTED}
        environment["MGG_DATA_DIR"] = folder
        # Also where the lab's own files lie beside the project: theirs would take minutes.
        environment["LAB_DATA"] = "made up"
        # Held here, the server does not stop and start again between two notebooks.
        with EmbeddedServer(Path(folder)):
            demo = [sys.executable, "-m", "mgg_kernel.cli", "demo", "--json"]
            subprocess.run(demo, check=True, stdout=subprocess.DEVNULL, env=environment)
            nbval = ["--nbval-lax", "--nbval-kernel-name", "mgg", "-p", "no:cacheprovider"]
            pytest = [sys.executable, "-m", "pytest", "-rs", *nbval, "notebooks", *sys.argv[1:]]
            return subprocess.run(pytest, check=False, cwd=ROOT, env=environment).returncode


if __name__ == "__main__":
    sys.exit(main())
