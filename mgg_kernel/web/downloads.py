"""Files that a viewer takes away: what a page shows, written under the viewer's own rights."""

import asyncio
import io
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import tornado.web

from mgg_kernel.comparison import Method
from mgg_kernel.errors import AccessError, MggError, NotFoundError
from mgg_kernel.exports import FORMATS, Format
from mgg_kernel.told import in_language
from mgg_kernel.web.frame import render
from mgg_kernel.web.page_handlers import FriendlyErrors
from mgg_kernel.web.request import language_of
from mgg_kernel.workspace import Workspace
from mgg_kernel.workspace.log import filter_of
from mgg_kernel.workspace.reports import FILES, FileKind

__all__ = ["MEDIA_TYPES", "DownloadComparison", "DownloadLog", "DownloadOrder", "DownloadOriginal"]
__all__ += ["DownloadReport"]

MEDIA_TYPES: dict[Format, str] = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=UTF-8",
    "parquet": "application/vnd.apache.parquet",
    "html": "text/html; charset=UTF-8",
    "pdf": "application/pdf",
    "svg": "image/svg+xml",
}
REPORT_TYPES: dict[FileKind, str] = {
    "html": MEDIA_TYPES["html"],
    "pdf": MEDIA_TYPES["pdf"],
    "manifest": "application/json",
    "notebook": "application/x-ipynb+json",
    "log": "text/plain; charset=UTF-8",
}
# Each takes a core for up to a second, which the pages of everybody else want as well.
_AT_ONCE = 2
_writing = asyncio.Semaphore(_AT_ONCE)


class Download(FriendlyErrors):
    """Sends a file that is made, or fetched, under the viewer's own rights."""

    write_file: Callable[[Any, str, str, dict[str, str]], tuple[str, str, bytes]]
    """Returns name, media type and bytes of what an address asks for."""

    @tornado.web.authenticated
    async def get(self) -> None:
        """Send it, or say in a sentence why not."""
        asked = {name: self.get_query_argument(name) for name in self.request.query_arguments}
        provider: Any = self.identity_provider
        address = self.request.remote_ip or ""
        try:
            async with _writing:
                name, media_type, data = await asyncio.to_thread(
                    type(self).write_file,
                    provider.gate,
                    self.current_user.username,
                    address,
                    {**asked, "lang": language_of(self)},
                )
        except MggError as error:
            self._refuse(error)
            return
        self.set_header("Content-Type", media_type)
        self.set_header("Content-Disposition", f"attachment; filename*=UTF-8''{quote(name)}")
        self.set_header("Cache-Control", "no-store")
        self.finish(data)

    def _refuse(self, error: MggError) -> None:
        if isinstance(error, AccessError):
            self.set_status(403)
        else:
            self.set_status(404 if isinstance(error, NotFoundError) else 400)
        self.set_header("Content-Type", "text/html; charset=UTF-8")
        told = in_language(str(error), language_of(self))
        self.finish(render(self, "error.html", sentence="error", told=told, leave=False))


def _written(
    gate: Any, username: str, address: str, asked: dict[str, str]
) -> tuple[str, str, bytes]:
    """Return the name, the media type and the bytes of the file that an address asks for."""
    format = _format(asked.get("format", ""))  # noqa: A001
    ws: Workspace = gate.workspace(username, address)
    made = io.BytesIO()
    if "comparison" in asked:
        number = _number(asked["comparison"])
        ws.comparisons.export(number, made, format=format, language=asked["lang"])
        name = f"comparison-{number}"
    else:
        simulation, test = _number(asked.get("simulation", "")), _number(asked.get("test", ""))
        method = Method.of_query(asked)
        ws.comparisons.export_pair(
            simulation, test, made, method=method, format=format, language=asked["lang"]
        )
        name = f"simulation-{simulation}-test-{test}"
    return f"{name}.{format}", MEDIA_TYPES[format], made.getvalue()


def _original(
    gate: Any, username: str, address: str, asked: dict[str, str]
) -> tuple[str, str, bytes]:
    """Return a test's file as it was sent; a browser is to keep it and not to open it."""
    ws: Workspace = gate.workspace(username, address)
    test = ws.tests.get(_number(asked.get("test", "")))
    return test.file_name, "application/octet-stream", ws.tests.original(test.id)


def _order(gate: Any, username: str, address: str, asked: dict[str, str]) -> tuple[str, str, bytes]:
    """Return the shots of a work order over each other."""
    format = _format(asked.get("format", ""))  # noqa: A001
    ws: Workspace = gate.workspace(username, address)
    number = ws.work_orders.get(asked.get("order", "")).number
    made = io.BytesIO()
    ws.tests.export_shots(made, work_order=number, format=format, language=asked["lang"])
    return f"{number}.{format}", MEDIA_TYPES[format], made.getvalue()


def _report(
    gate: Any, username: str, address: str, asked: dict[str, str]
) -> tuple[str, str, bytes]:
    """Return a file of a report, as it was written."""
    kind = next((one for one in FILES if one == asked.get("kind")), None)
    if kind is None:
        raise NotFoundError(f"A report has no such file; ask for {', '.join(FILES)}.")
    ws: Workspace = gate.workspace(username, address)
    name, data = ws.reports.file(_number(asked.get("run", "")), kind)
    return name, REPORT_TYPES[kind], data


def _log(gate: Any, username: str, address: str, asked: dict[str, str]) -> tuple[str, str, bytes]:
    """Return the entries of the operation log that an address asks for."""
    ws: Workspace = gate.workspace(username, address)
    format = _format(asked.get("format", ""))  # noqa: A001
    if format != "csv" and format != "xlsx":
        raise NotFoundError("The log is written as csv or xlsx alone; ask for one of them.")
    made = io.BytesIO()
    ws.log.export(made, format=format, **filter_of(asked, ws.settings.timezone))
    return f"operation-log.{format}", MEDIA_TYPES[format], made.getvalue()


class DownloadLog(Download):
    """Sends the operation log, as far as the viewer may see it."""

    write_file = staticmethod(_log)


class DownloadComparison(Download):
    """Sends a comparison, stored or only looked at."""

    write_file = staticmethod(_written)


class DownloadOrder(Download):
    """Sends the shots of a work order."""

    write_file = staticmethod(_order)


class DownloadOriginal(Download):
    """Sends the file that a test came from, byte for byte."""

    write_file = staticmethod(_original)


class DownloadReport(Download):
    """Sends a file of a report, byte for byte."""

    write_file = staticmethod(_report)


def _format(words: str) -> Format:
    for known in FORMATS:
        if words == known:
            return known
    raise NotFoundError(f"'{words}' is no format; ask for {', '.join(FORMATS)}.")


def _number(words: str) -> int:
    """Return an id; what is no number is no row either."""
    return int(words) if words.isascii() and words.isdigit() and len(words) < 18 else 0
