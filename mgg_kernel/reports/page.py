"""A notebook that has run as one HTML page, and that page as a PDF."""

import os
import shutil
import signal
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

from mgg_kernel.errors import ReportError
from mgg_kernel.reports.words import words

__all__ = ["find_browser", "write_page", "write_pdf"]

TEMPLATE = Path(__file__).parent / "template"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
PATIENCE_S = 90.0


def write_page(
    notebook: Path,
    page: Path,
    *,
    title: str,
    language: str,
    provenance: list[tuple[str, str]],
    queries: list[dict[str, Any]],
    has_report: bool,
    error: tuple[str, str] | None = None,
) -> None:
    """Write what a notebook shows as a page that needs nothing beside it.

    Args:
        notebook: that has run.
        page: the file to write.
        title: of the page.
        language: ``en`` or ``zh``.
        provenance: names and values, told at the end.
        queries: what was asked, told after them.
        has_report: whether the notebook hands over a report, beside which nothing else is shown.
        error: kind and sentence of what went wrong.
    """
    from nbconvert import HTMLExporter

    exporter: Any = HTMLExporter(  # type: ignore[no-untyped-call]
        template_name="mgg-report", extra_template_basedirs=[str(TEMPLATE)], embed_images=True
    )
    name, sentence = error or ("", "")
    told = {
        "title": title,
        "language": language,
        "provenance": provenance,
        "queries": queries,
        "has_report": has_report,
        "error_name": name,
        "error": sentence,
        "words": {key: words(language)(key) for key in ("failed", "provenance", "queries", "rows")},
        "style": (TEMPLATE / "report.css").read_text("utf-8"),
    }
    body, _ = exporter.from_filename(str(notebook), resources={"mgg": told})
    page.write_text(body, encoding="utf-8")


def find_browser() -> str | None:
    """Return the Chromium of this machine, or None where there is none."""
    return next(filter(None, map(shutil.which, BROWSERS)), None)


def write_pdf(browser: str, page: Path, pdf: Path) -> None:
    """Print a page into a PDF file.

    Args:
        browser: what :func:`find_browser` found.
        page: the HTML file.
        pdf: the file to write.

    Raises:
        ReportError: the browser does not start, or prints nothing.
    """
    with tempfile.TemporaryDirectory(prefix="mgg-print-", ignore_cleanup_errors=True) as folder:
        flags = [
            "--headless",
            "--disable-gpu",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--no-first-run",
            "--host-resolver-rules=MAP * ~NOTFOUND",  # no name leads anywhere
            f"--user-data-dir={folder}/profile",
            "--no-pdf-header-footer",
        ]
        if os.geteuid() == 0:
            flags.append("--no-sandbox")  # as root it has none
        try:
            running = subprocess.Popen(
                [browser, *flags, f"--print-to-pdf={pdf}", page.as_uri()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        except OSError as error:
            raise ReportError(f"{browser} does not start: {error.strerror}.") from None
        try:
            running.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            raise ReportError(f"{browser} printed nothing within {PATIENCE_S:g} s.") from None
        finally:
            with suppress(ProcessLookupError):
                os.killpg(running.pid, signal.SIGKILL)  # with whatever it has started
            running.wait()
    if not pdf.is_file() or not pdf.read_bytes().startswith(b"%PDF-"):
        raise ReportError(f"{browser} printed nothing.")
