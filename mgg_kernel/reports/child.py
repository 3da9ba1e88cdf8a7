"""The process that runs one notebook by papermill: ``python -m mgg_kernel.reports.child``.

It is told what to run by a line of JSON on its standard input, which stays open: when it ends, the
program that asked is gone, and nobody waits for the notebook any more.
"""

import json
import os
import sys
import threading

__all__ = ["main"]

START_TIMEOUT_S = 180


def main() -> int:
    """Run the notebook; 0 where it ran to its end, 1 where a cell failed."""
    order = json.loads(sys.stdin.readline())
    threading.Thread(target=_end_with_parent, daemon=True).start()
    import papermill
    from papermill.exceptions import PapermillExecutionError

    try:
        papermill.execute_notebook(
            order["source"],
            order["output"],
            parameters=order["parameters"],
            kernel_name="mgg",
            progress_bar=False,
            start_timeout=START_TIMEOUT_S,
            cwd=order["work"],
        )
    except PapermillExecutionError:
        return 1  # the notebook says what failed
    return 0


def _end_with_parent() -> None:
    sys.stdin.read()
    os._exit(3)


if __name__ == "__main__":
    sys.exit(main())
