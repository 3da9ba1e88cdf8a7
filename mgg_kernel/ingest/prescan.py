"""First look at the bytes of an untrusted workbook, before any reader of cells touches them.

Nothing is unpacked into memory: every part is inflated piece by piece, counted and let go.
Sizes written in the container are not believed.
"""

import io
import struct
import time
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from mgg_kernel.errors import IngestError
from mgg_kernel.ingest.limits import MIB, Limits
from mgg_kernel.ingest.names import display_text
from mgg_kernel.ingest.xmlscan import XmlScan

__all__ = ["PreScan", "check_kind", "is_small", "prescan"]

CHUNK_BYTES = 64 * 1024
SMALL_BYTES = 4 * MIB
"""A lab's file of 4,000 rows unpacks to 0.4 MiB."""
_OLE = bytes.fromhex("D0CF11E0A1B11AE1")
_LOCAL_HEADER, _CENTRAL_HEADER, _END_OF_ZIP = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"
_ENCRYPTED = 0x1 | 0x40 | 0x2000
_SAVE_DATA = "save only the data to a new file"
_DAMAGED = "is damaged or cut short; copy it again from where it was made"


@dataclass(frozen=True)
class PreScan:
    """What the look found in a file that may be read on."""

    members: int
    inflated_bytes: int
    cells: int


def prescan(data: bytes, name: str, limits: Limits | None = None) -> PreScan:
    """Look through the bytes of a workbook and refuse what would harm a reader.

    Args:
        data: the file's bytes.
        name: the file's name, fit to be shown.
        limits: what the file may cost.

    Raises:
        IngestError: the file is refused; the message says why and what to do.
    """
    try:
        return _prescan(data, limits or Limits())
    except IngestError as refusal:
        raise IngestError(f"'{name}' is refused: {refusal}.") from None


def check_kind(data: bytes, name: str, limits: Limits) -> None:
    """Refuse at first sight what is no .xlsx workbook, or too large.

    Args:
        data: the file's bytes.
        name: the file's name, fit to be shown.
        limits: what the file may cost.

    Raises:
        IngestError: the file is refused.
    """
    try:
        _check_kind(data, limits)
    except IngestError as refusal:
        raise IngestError(f"'{name}' is refused: {refusal}.") from None


def is_small(data: bytes, name: str, limits: Limits) -> bool:
    """Tell whether a workbook unpacks to so little that it may be read before it is looked through.

    The parts are unpacked for that, and counted: what the container says of itself is not believed.

    Args:
        data: the file's bytes, which `check_kind` let pass.
        name: the file's name, fit to be shown.
        limits: what the file may cost.

    Raises:
        IngestError: the file is refused.
    """
    try:
        members = _members(data, limits)
        _check_parts(members)
        left = SMALL_BYTES
        for info in members:
            for chunk, _ in _inflated(data, info):
                left -= len(chunk)
                if left < 0:
                    return False
    except IngestError as refusal:
        raise IngestError(f"'{name}' is refused: {refusal}.") from None
    return True


def _prescan(data: bytes, limits: Limits) -> PreScan:
    _check_kind(data, limits)
    members = _members(data, limits)
    _check_parts(members)
    deadline = time.monotonic() + limits.scan_s
    inflated = cells = sheets = 0
    for info in members:
        size, scan = _scan_member(data, info, limits.inflated_bytes - inflated, deadline, limits)
        inflated += size
        cells += scan.rows * scan.columns if scan is not None else 0
        sheets += scan.sheets if scan is not None else 0
        if sheets > limits.sheets:
            raise _too_many_sheets(limits)
        if cells > limits.cells:
            raise IngestError(
                f"the farthest cell of part '{_shown(info)}' makes the workbook larger than "
                f"{limits.cells:,} cells; delete what stands far from the data and save it again"
            )
    return PreScan(len(members), inflated, cells)


def _check_kind(data: bytes, limits: Limits) -> None:
    if not data:
        raise IngestError("it is empty; copy it again from where it was made")
    if len(data) > limits.file_bytes:
        raise IngestError(f"it is larger than {limits.file_bytes / MIB:,.3g} MiB; {_SAVE_DATA}")
    if data.startswith(_OLE[:4]):
        raise IngestError(
            "it is password-protected or an old .xls workbook; save it as .xlsx without a password"
        )
    if not data.startswith((_LOCAL_HEADER, _END_OF_ZIP)):
        raise IngestError(
            "it is not an .xlsx workbook, whatever its name says; "
            "open it in the program that made it and save it as .xlsx"
        )
    # In the list of parts at the end and once before each part itself.
    if data.count(b"xl/worksheets/sheet") > 2 * limits.sheets:
        raise _too_many_sheets(limits)
    if data.count(_CENTRAL_HEADER) > limits.members:
        raise IngestError(f"it is packed from more than {limits.members:,} parts; {_SAVE_DATA}")


def _too_many_sheets(limits: Limits) -> IngestError:
    return IngestError(f"it has more than {limits.sheets:,} sheets; {_SAVE_DATA}")


def _members(data: bytes, limits: Limits) -> list[zipfile.ZipInfo]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as container:
            members = container.infolist()
    except (zipfile.BadZipFile, struct.error, ValueError, OverflowError, RuntimeError, EOFError):
        raise IngestError(f"it {_DAMAGED}") from None
    if len(members) > limits.members:
        raise IngestError(f"it is packed from more than {limits.members:,} parts; {_SAVE_DATA}")
    return members


def _check_parts(members: list[zipfile.ZipInfo]) -> None:
    # Readers look parts up without regard to case and slashes, so one may find another part
    # than the one that was looked at here.
    names = [info.filename.replace("\\", "/").lower() for info in members]
    if len(set(names)) < len(names):
        raise IngestError(
            "it holds two parts of one name; open it in the program that made it and save it again"
        )
    if any(".." in name.split("/") or name.startswith("/") for name in names):
        raise IngestError(
            "it holds a part whose name leads out of it (../); "
            "open it in the program that made it and save it again"
        )
    if any(name.startswith("xl/externallinks/") for name in names):
        raise IngestError(f"it links to other files; break the links, or {_SAVE_DATA}")
    if any(info.flag_bits & _ENCRYPTED for info in members):
        raise IngestError("its parts are encrypted; save it as .xlsx without a password")
    if any(n.rsplit("/", 1)[-1].startswith("vbaproject") or "/macrosheets/" in n for n in names):
        raise IngestError("it holds macros; save it as .xlsx, without macros")
    if "xl/workbook.xml" not in names:
        raise IngestError(
            "it is a zip file but no .xlsx workbook; "
            "open it in the program that made it and save it as .xlsx"
        )


def _scan_member(
    data: bytes, info: zipfile.ZipInfo, allowed: int, deadline: float, limits: Limits
) -> tuple[int, XmlScan | None]:
    """Return the true size of a part, and what was seen in it if it is XML."""
    size = checksum = 0
    scan: XmlScan | None = None
    for chunk, last in _inflated(data, info):
        if size == 0:
            scan = _scan_of(info, chunk)
        size += len(chunk)
        checksum = zlib.crc32(chunk, checksum)
        if size > allowed:
            raise IngestError(
                f"it unpacks to more than {limits.inflated_bytes / MIB:,.3g} MiB; {_SAVE_DATA}"
            )
        if scan is not None:
            scan.feed(chunk, last=last)
            if scan.rows * scan.columns > limits.cells:
                break  # the caller refuses: no need to look at the rest
        if time.monotonic() > deadline:
            raise IngestError(f"it takes too long to look through; {_SAVE_DATA}")
    else:
        if size != info.file_size or checksum != info.CRC:
            raise IngestError(f"part '{_shown(info)}' {_DAMAGED}")
    return size, scan


def _scan_of(info: zipfile.ZipInfo, first: bytes) -> XmlScan | None:
    strict = info.filename.lower().endswith((".xml", ".rels"))
    start = first.removeprefix(b"\xef\xbb\xbf").lstrip()
    if strict or not start or start.startswith((b"<", b"\xff\xfe", b"\xfe\xff")):
        return XmlScan(_shown(info), strict=strict)
    return None


def _inflated(data: bytes, info: zipfile.ZipInfo) -> Iterator[tuple[bytes, bool]]:
    """Yield the pieces of a part and whether each is the last; an empty part has none."""
    start, end = _packed_range(data, info)
    if info.compress_type == zipfile.ZIP_STORED:
        for at in range(start, end, CHUNK_BYTES):
            stop = min(at + CHUNK_BYTES, end)
            yield data[at:stop], stop == end
        return
    if info.compress_type != zipfile.ZIP_DEFLATED:
        raise IngestError(
            f"part '{_shown(info)}' is packed by a method that .xlsx does not use; "
            "open it in the program that made it and save it again"
        )
    engine = zlib.decompressobj(-zlib.MAX_WBITS)
    at = start
    pending = b""
    try:
        while not engine.eof:
            if not pending and at < end:
                pending = data[at : min(at + CHUNK_BYTES, end)]
                at += len(pending)
            piece = engine.decompress(pending, CHUNK_BYTES)
            pending = engine.unconsumed_tail
            if piece or engine.eof:
                yield piece, engine.eof
            elif not pending and at >= end:
                raise IngestError(f"part '{_shown(info)}' {_DAMAGED}")
    except zlib.error:
        raise IngestError(f"part '{_shown(info)}' {_DAMAGED}") from None


def _packed_range(data: bytes, info: zipfile.ZipInfo) -> tuple[int, int]:
    at = info.header_offset
    header = data[at : at + 30] if at >= 0 else b""
    if len(header) == 30 and header.startswith(_LOCAL_HEADER):
        name_length, extra_length = struct.unpack("<HH", header[26:30])
        start = at + 30 + name_length + extra_length
        if start + info.compress_size <= len(data):
            return start, start + info.compress_size
    raise IngestError(f"part '{_shown(info)}' {_DAMAGED}")


def _shown(info: zipfile.ZipInfo) -> str:
    return display_text(info.filename, longest=60)
