"""From the bytes of an untrusted text file to its lines."""

import codecs
import re

from mgg_kernel.errors import IngestError
from mgg_kernel.ingest.limits import MIB, Limits

__all__ = ["lines_of"]

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_ZIP, _OLE = b"PK\x03\x04", bytes.fromhex("D0CF11E0")
# A page break and the end mark of old systems (U+001A) are harmless.
_CONTROL = re.compile("[\x00-\x08\x0b\x0e-\x19\x1b-\x1f\x7f]")
_SAVE_UTF8 = "save it as UTF-8"


def lines_of(data: bytes, limits: Limits) -> list[str]:
    """Return the lines of a text, without their ends.

    Known are UTF-8 and UTF-16 with a byte order mark, UTF-8 without one, and GB18030 where the
    bytes are no UTF-8.

    Args:
        data: the file's bytes; not trusted.
        limits: what the file may cost.

    Raises:
        IngestError: the bytes are no text, or more than allowed; the message does not name the
            file.
    """
    if not data:
        raise IngestError("it is empty; copy it again from where it was made")
    if len(data) > limits.file_bytes:
        raise IngestError(
            f"it is larger than {limits.file_bytes / MIB:,.3g} MiB; save the data to a new file"
        )
    if data.startswith((_ZIP, _OLE)):
        raise IngestError(
            "it is a workbook or another packed file and no text, whatever its name says; "
            "give it its own ending, such as .xlsx"
        )
    text = _decoded(data)
    control = _CONTROL.search(text)
    if control is not None:
        line = text.count("\n", 0, control.start()) + 1
        what = "NUL" if control[0] == "\0" else f"the control character {ord(control[0]):#04x}"
        raise IngestError(f"line {line} holds {what}, which no text does; export it again as text")
    if text.lstrip()[:1] == "<":
        raise IngestError("it is HTML or XML and no table; export it as CSV")
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    longest = max(map(len, lines))
    if longest > limits.line_characters:
        number = next(n for n, line in enumerate(lines, 1) if len(line) == longest)
        raise IngestError(
            f"line {number} has {longest:,} characters, more than {limits.line_characters:,}; "
            "export it again with a line for each sample"
        )
    return lines


def _decoded(data: bytes) -> str:
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            try:
                return data[len(bom) :].decode(encoding)
            except UnicodeDecodeError:
                raise IngestError(
                    f"it begins as {encoding.upper()} text and goes on otherwise; {_SAVE_UTF8}"
                ) from None
    for encoding in ("utf-8", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise IngestError(f"it is neither UTF-8 nor GB18030 text; {_SAVE_UTF8}")
