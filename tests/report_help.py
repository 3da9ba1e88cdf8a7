"""Reports for tests: tiny notebooks in a folder of their own, and an empty table of runs."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import nbformat
from archive_help import ArchiveLab

from mgg_kernel.reports.content import numbers_digest
from mgg_kernel.reports.executing import REPORT_MIME, Attempt
from mgg_kernel.settings import Settings

PARAMETERS = 'times = 2\nrate = 1.5\nis_dry = False\nlanguage = "en"\nday = None'
REPORT = """
import hashlib, json
numbers = {"times": times}
digest = hashlib.sha256(json.dumps({"times": f"{float(times):.9g}"}).encode()).hexdigest()
answer = f"It ran {times} times."
told = {"answer": answer, "language": language, "numbers": numbers, "numbers_digest": digest}
display({"application/vnd.mgg.report+json": told, "text/html": answer}, raw=True)
"""
"""What a report hands over, without the seconds that importing the real one takes."""


def write_report(folder: Path, name: str, code: str, parameters: str = PARAMETERS) -> Path:
    """Write a notebook that can be run as a report."""
    told = nbformat.v4.new_code_cell(parameters, metadata={"tags": ["parameters"]})
    notebook = nbformat.v4.new_notebook(cells=[told, nbformat.v4.new_code_cell(code)])
    notebook.metadata.kernelspec = {"name": "mgg", "display_name": "MGG", "language": "python"}
    path = folder / f"{name}.ipynb"
    nbformat.write(notebook, path)
    return path


def forget_runs(lab: ArchiveLab) -> None:
    lab.ask("TRUNCATE report_runs RESTART IDENTITY")


def handed_over(path: Path) -> Any:
    """What the finished notebook hands over."""
    for cell in nbformat.read(path, 4).cells:
        for one in cell.get("outputs", ()):
            if REPORT_MIME in one.get("data", {}):
                return one.data[REPORT_MIME]
    raise AssertionError("it hands over nothing")


def executed_at_once(
    settings: Settings,
    actor: str,
    source: Path,
    draft: Path,
    parameters: dict[str, Any],
    timeout_s: float,
) -> Attempt:
    """Do as the process that runs a notebook does, for `REPORT` alone and without a kernel."""
    del settings, actor, timeout_s
    notebook = nbformat.read(source, 4)
    code = notebook.cells[1]
    told, error = None, None
    if code.source == REPORT:
        times = parameters["times"]
        answer = f"It ran {times} times."
        told = {"answer": answer, "language": parameters["language"], "numbers": {"times": times}}
        told["numbers_digest"] = numbers_digest(told["numbers"])
        data = {REPORT_MIME: told, "text/html": answer}
        code.outputs = [nbformat.v4.new_output("display_data", data)]
    else:
        error = code.source.partition("'")[2].rpartition("'")[0]
        code.outputs = [nbformat.v4.new_output("error", ename="ValueError", evalue=error)]
    nbformat.write(notebook, draft / "notebook.ipynb")
    (draft / "log.txt").write_text("")
    return Attempt(told, None if error is None else "ValueError", error)


@contextmanager
def listener(answer: int = 200) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """A server that takes what is posted: its address, and what came."""
    came: list[dict[str, Any]] = []

    class Taker(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            came.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(answer)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Taker)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/hook", came
    server.shutdown()
    server.server_close()
    thread.join()
