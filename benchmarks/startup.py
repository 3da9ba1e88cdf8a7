"""How long a person waits for the import and for the command's help."""

import subprocess
import sys

from benchmarks.measure import Result, compare_speed

__all__ = ["measure"]


def measure() -> list[Result]:
    """Measure `import mgg_kernel` and `mgg --help` beside `import pandas`."""

    def pandas() -> None:
        _python("-c", "import pandas")

    return [
        compare_speed(
            "import mgg_kernel",
            lambda: _python("-c", "import mgg_kernel"),
            "import pandas",
            pandas,
            target=0.5,
        ),
        compare_speed(
            "mgg --help",
            lambda: _python("-m", "mgg_kernel.cli", "--help"),
            "import pandas",
            pandas,
            target=1.0,
        ),
    ]


def _python(*arguments: str) -> None:
    subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)
