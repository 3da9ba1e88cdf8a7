"""Hostile and broken files: each is refused with its own sentence, and nothing else happens."""

import io
import signal
import struct
import subprocess
import sys
import tempfile
import time
import tracemalloc
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from factory import (
    lab_rows,
    measured_like_curve,
    packed,
    sheet_xml,
    short_rows,
    workbook,
    workbook_parts,
)

from mgg_kernel.errors import IngestError
from mgg_kernel.ingest import Limits, read_workbook
from mgg_kernel.ingest.prescan import prescan
from mgg_kernel.ingest.reader import explain_cell, read_grids

MIB = 1024 * 1024
SHEET = "xl/worksheets/sheet1.xml"


def good_parts() -> dict[str, str | bytes]:
    return dict(workbook_parts({"Sheet1": sheet_xml(short_rows())}))


def altered(**parts: str | bytes) -> bytes:
    """A good workbook with parts replaced or added; ``sheet`` is the sheet's."""
    if "sheet" in parts:
        parts[SHEET] = parts.pop("sheet")
    return packed(good_parts() | parts)


def renamed(name: str, content: str | bytes) -> bytes:
    return packed(good_parts() | {name: content})


def children() -> set[str]:
    """Processes that this one started and that are not gone."""
    lists = Path("/proc/self/task").glob("*/children")
    return {child for listed in lists for child in listed.read_text().split()}


@pytest.fixture(autouse=True)
def _leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No test here may leave a temporary file or a process behind."""
    folder = tmp_path / "tmp"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr(tempfile, "tempdir", None)
    monkeypatch.chdir(folder)
    before = children()
    yield
    assert list(folder.iterdir()) == []
    assert children() <= before


def refusal(data: bytes, limits: Limits | None = None) -> str:
    began = time.monotonic()
    with pytest.raises(IngestError) as caught:
        read_workbook(data, "shot.xlsx", limits=limits)
    assert time.monotonic() - began < 5
    message = str(caught.value)
    assert message.startswith("'shot.xlsx'")
    assert message.endswith(".")
    assert "Traceback" not in message
    return message


def deflated_zip(name: str, pieces: Iterator[bytes]) -> bytes:
    """A zip of one huge part, made without holding it."""
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as container,
        container.open(name, "w", force_zip64=True) as part,
    ):
        for piece in pieces:
            part.write(piece)
    with zipfile.ZipFile(buffer, "a", zipfile.ZIP_DEFLATED) as container:
        for other, content in good_parts().items():
            if other != name:
                container.writestr(other, content)
    return buffer.getvalue()


def test_the_file_that_the_other_tests_break_is_good() -> None:
    assert len(read_workbook(altered(), "shot.xlsx")[0].curve) == 60


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "it is empty;"),
        (bytes.fromhex("D0CF11E0A1B11AE1") + bytes(4096), "password-protected or an old .xls"),
        (b"<html><table><tr><td>0</td></tr></table></html>", "not an .xlsx workbook, whatever"),
        (b"Time,Pressure\n0,0\n", "not an .xlsx workbook, whatever"),
        (b"\x7fELF" + bytes(200), "not an .xlsx workbook, whatever"),
        (packed({"readme.txt": "hello"}), "it is a zip file but no .xlsx workbook;"),
        (packed({}), "it is a zip file but no .xlsx workbook;"),
        (packed({"xl/workbook.bin": "x"}), "it is a zip file but no .xlsx workbook;"),
        (renamed("xl/vbaProject.bin", b"x"), "it holds macros;"),
        (renamed("xl/macrosheets/sheet1.xml", "<x/>"), "it holds macros;"),
        (renamed("XL/Workbook.xml", "<x/>"), "it holds two parts of one name;"),
        (renamed("xl\\workbook.xml", "<x/>"), "it holds two parts of one name;"),
        (altered(sheet="<worksheet><sheetData>"), f"part '{SHEET}' is damaged XML;"),
        (altered(sheet=""), f"part '{SHEET}' is damaged XML;"),
        (altered(**{"xl/workbook.xml": "<workbook/>"}), "no visible sheet holds"),
        (altered(**{"xl/_rels/workbook.xml.rels": "<Relationships/>"}), "its cells cannot be read"),
    ],
)
def test_what_is_no_workbook(data: bytes, told: str) -> None:
    assert told in refusal(data)


@pytest.mark.parametrize("kept", [1, 30, 200, 1000, -1, -22, -200])
def test_a_truncated_file(kept: int) -> None:
    data = workbook(lab_rows(measured_like_curve()))
    message = refusal(data[:kept])
    if kept == 1:
        assert "not an .xlsx workbook" in message
    else:
        assert "is damaged or cut short; copy it again" in message


def test_one_flipped_bit_in_the_packed_cells() -> None:
    data = bytearray(workbook(lab_rows(measured_like_curve())))
    data[len(data) // 2] ^= 0x10
    assert f"part '{SHEET}' is damaged" in refusal(bytes(data))


def test_encrypted_parts() -> None:
    data = bytearray(altered())
    at = data.rindex(b"PK\x01\x02")
    data[at + 8] |= 1
    assert "its parts are encrypted;" in refusal(bytes(data))


def test_a_part_packed_by_another_method() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_LZMA) as container:
        for name, content in good_parts().items():
            container.writestr(name, content)
    assert "is packed by a method that .xlsx does not use;" in refusal(buffer.getvalue())


@pytest.mark.parametrize("part", [SHEET, "xl/sharedStrings.xml", "customXml/item1.xml", "xl/a.png"])
def test_document_type_definitions_are_refused_wherever_they_stand(part: str) -> None:
    laughs = '<!DOCTYPE a [<!ENTITY b "haha"><!ENTITY c "&b;&b;&b;&b;">]><a>&c;</a>'
    assert f"part '{part}' holds a document type definition" in refusal(renamed(part, laughs))
    outside = '<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>'
    assert "holds a document type definition" in refusal(renamed(part, outside))
    assert "holds a document type definition" in refusal(renamed(part, outside.encode("utf-16")))


def test_a_bomb_is_stopped_at_the_cap_whatever_its_header_says() -> None:
    zeros = b"<worksheet><sheetData>" + b" " * (4 * MIB) + b"</sheetData></worksheet>"
    data = altered(sheet=zeros)
    assert len(data) < 20_000
    assert "it unpacks to more than 1 MiB;" in refusal(data, Limits(inflated_bytes=MIB))
    # The same, with headers that claim 60 bytes and even carry the checksum of those.
    lying = bytearray(data)
    at = lying.index(SHEET.encode(), lying.index(b"PK\x01\x02")) - 46
    lying[at + 16 : at + 20] = struct.pack("<I", zlib.crc32(zeros[:60]))
    lying[at + 24 : at + 28] = struct.pack("<I", 60)
    with zipfile.ZipFile(io.BytesIO(bytes(lying))) as container:
        assert container.read(SHEET) == zeros[:60], "the standard library is taken in"
    assert "it unpacks to more than 1 MiB;" in refusal(bytes(lying), Limits(inflated_bytes=MIB))
    assert f"part '{SHEET}' is damaged" in refusal(bytes(lying))


def test_a_real_bomb_of_200_mib_costs_next_to_no_memory() -> None:
    data = deflated_zip("xl/media/image1.png", (bytes(MIB) for _ in range(200)))
    assert len(data) < 2 * MIB
    tracemalloc.start()
    try:
        assert "it unpacks to more than 128 MiB;" in refusal(data)
        assert tracemalloc.get_traced_memory()[1] < 8 * MIB
    finally:
        tracemalloc.stop()


def test_many_parts_that_are_each_small_enough() -> None:
    many = good_parts() | {f"xl/media/{i}.png": bytes(100_000) for i in range(20)}
    assert "it unpacks to more than 1 MiB;" in refusal(packed(many), Limits(inflated_bytes=MIB))
    assert "from more than 10 parts;" in refusal(packed(many), Limits(members=10))


def test_a_file_larger_than_allowed() -> None:
    data = altered()
    assert "it is larger than 0.000954 MiB;" in refusal(data, Limits(file_bytes=1000))
    assert read_workbook(data, "shot.xlsx", limits=Limits(file_bytes=len(data)))


@pytest.mark.parametrize(
    "cells",
    [
        '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"/></row>',
        '<row r="1"><c r="XFD1"><v>1</v></c></row><row r="1048576"><c r="A1048576"/></row>',
        '<row r="1"><c r="A1"/></row><row r="2"><c r="XFD1048576"><v>1</v></c></row>',
        '<row r="1048576"><c r="XFD1"/></row>',
        '<x:row xmlns:x="x" r="1048576"/><row r="1"><c r="XFD1"/></row>',
        '<row r="1"><c r="&#88;FD&#49;048576"/></row>',
    ],
)
def test_a_cell_far_away(cells: str) -> None:
    data = altered(sheet=f"<worksheet><sheetData>{cells}</sheetData></worksheet>")
    assert "makes the workbook larger than 4,000,000 cells;" in refusal(data)


def test_cells_are_added_up_over_sheets_and_counted_without_addresses() -> None:
    rows = sheet_xml(short_rows())
    data = packed(workbook_parts({f"s{i}": rows for i in range(10)}))
    assert "larger than 1,000 cells;" in refusal(data, Limits(cells=1000))
    assert len(read_workbook(data, "x.xlsx", limits=Limits(cells=1260))) == 10
    bare = "<row>" + "<c/>" * 40 + "</row>"
    data = altered(sheet=f"<worksheet><sheetData>{bare * 40}</sheetData></worksheet>")
    assert "larger than 1,599 cells;" in refusal(data, Limits(cells=1599))
    assert prescan(data, "x", Limits(cells=1600)).cells == 1600


@pytest.mark.parametrize(
    "cell", ["A1048577", "XFE1", "AAAA1", "A0", "1A", "A", "a1", "A01", "A1:B2"]
)
def test_a_cell_at_a_place_that_no_sheet_has(cell: str) -> None:
    data = altered(
        sheet=f'<worksheet><sheetData><row><c r="{cell}"/></row></sheetData></worksheet>'
    )
    assert "a place that no sheet has;" in refusal(data)


@pytest.mark.parametrize("row", ["-1", "1e9", "9" * 5000, "x", "٣"])
def test_a_row_number_that_is_none(row: str) -> None:
    data = altered(sheet=f'<worksheet><sheetData><row r="{row}"/></sheetData></worksheet>')
    assert "a place that no sheet has;" in refusal(data)


@pytest.mark.parametrize(
    ("xml", "told"),
    [
        ("<a>" * 300 + "</a>" * 300, "is nested deeper than any workbook;"),
        ("<a>" + "".join(f"<n{i}/>" for i in range(12_000)) + "</a>", "more kinds of XML elements"),
        (f'<a b="{"x" * (3 * MIB)}"/>', "a text of more than 1 MiB in one piece;"),
        (f"<!--{'x' * (3 * MIB)}--><a/>", "a text of more than 1 MiB in one piece;"),
    ],
)
def test_xml_that_would_make_a_parser_grow(xml: str, told: str) -> None:
    data = renamed("docProps/app.xml", xml)
    tracemalloc.start()
    try:
        assert told in refusal(data)
        assert tracemalloc.get_traced_memory()[1] < 16 * MIB
    finally:
        tracemalloc.stop()


def test_much_plain_text_is_no_long_token() -> None:
    prescan(renamed("docProps/app.xml", f"<a>{'x y ' * MIB}</a>"), "x")


def test_a_scan_that_takes_too_long() -> None:
    data = workbook(lab_rows(measured_like_curve()))
    assert "it takes too long to look through;" in refusal(data, Limits(scan_s=0.0))


def test_a_sheet_full_of_texts() -> None:
    data = workbook([["a", "b"]] * 600)
    assert "more than 1,000 of its cells hold no number;" in refusal(data, Limits(text_cells=1000))


# The reading process is the second line: from here on it gets what the pre-scan would refuse.


def far_cell() -> bytes:
    cells = '<row r="1"><c r="A1"><v>1</v></c></row>'
    cells += '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    return altered(sheet=f"<worksheet><sheetData>{cells}</sheetData></worksheet>")


def test_a_reader_that_aborts_takes_nothing_with_it() -> None:
    with pytest.raises(IngestError, match="could not be read within 1,024 MiB of memory"):
        read_grids(far_cell(), "shot.xlsx", Limits())
    assert read_workbook(altered(), "shot.xlsx")


def test_a_reader_that_needs_too_much_memory() -> None:
    data = workbook([[float(r), float(r)] for r in range(100_000)])
    with pytest.raises(IngestError, match="could not be read within 36 MiB of memory"):
        read_grids(data, "shot.xlsx", Limits(child_memory_bytes=36 * MIB))
    assert read_grids(altered(), "shot.xlsx", Limits(child_memory_bytes=36 * MIB))[0].rows == 63
    assert read_grids(data, "shot.xlsx", Limits())[0].rows == 100_000


def test_a_reader_that_takes_too_long() -> None:
    with pytest.raises(IngestError, match=r"could not be read within 0\.001 s"):
        read_grids(altered(), "shot.xlsx", Limits(child_wall_s=0.001))


def test_a_reader_that_uses_up_its_processor_time(monkeypatch: pytest.MonkeyPatch) -> None:
    program = Path("spin.py").resolve()
    program.write_text(
        "import resource\nresource.setrlimit(resource.RLIMIT_CPU, (1, 2))\nwhile True: pass\n"
    )
    monkeypatch.setattr("mgg_kernel.ingest.reader._PROGRAM", program)
    try:
        with pytest.raises(IngestError, match="could not be read within 1 s of processor time"):
            read_grids(altered(), "shot.xlsx", Limits(child_cpu_s=1))
    finally:
        program.unlink()


@pytest.mark.parametrize(
    ("ending", "told"),
    [
        (f"import os; os.kill(os.getpid(), {int(signal.SIGKILL)})", "MiB of memory"),
        (f"import os; os.kill(os.getpid(), {int(signal.SIGSEGV)})", "MiB of memory"),
        ("raise SystemExit(1)", "its cells cannot be read;"),
        ("1/0", "its cells cannot be read;"),
    ],
)
def test_a_reader_that_dies(monkeypatch: pytest.MonkeyPatch, ending: str, told: str) -> None:
    program = Path("dies.py").resolve()
    program.write_text(ending)
    monkeypatch.setattr("mgg_kernel.ingest.reader._PROGRAM", program)
    try:
        assert told in refusal(altered())
    finally:
        program.unlink()


def test_the_reader_sees_no_secret_and_no_file_it_could_write(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A stand-in for the reader answers with what it was given."""
    program = Path("tells.py").resolve()
    program.write_text(
        "import os, sys\n"
        "words = [' '.join(sorted(os.environ)).encode(), str(sys.flags.isolated).encode()]\n"
        "framed = b''.join(len(w).to_bytes(4, 'big') + w for w in words)\n"
        "sys.stdout.buffer.write((2).to_bytes(4, 'big') + framed)\n"
    )
    monkeypatch.setattr("mgg_kernel.ingest.reader._PROGRAM", program)
    monkeypatch.setenv("MGG_DATABASE_URL", "postgresql://u:secret@h/d")
    try:
        names, isolated = explain_cell(altered(), "shot.xlsx", Limits(), "Sheet1", 1, 1)
    finally:
        program.unlink()
    assert "MGG_DATABASE_URL" not in names.split()
    assert isolated == "1"


def test_reading_works_where_the_package_is_not_installed_and_threads_run(tmp_path: Path) -> None:
    """As in a Jupyter kernel: another folder, an event loop, threads."""
    path = tmp_path / "shot.xlsx"
    path.write_bytes(altered())
    code = (
        f"import sys; sys.path.insert(0, {str(Path(__file__).parents[1])!r})\n"
        "import asyncio, threading, pathlib\n"
        "from concurrent.futures import ThreadPoolExecutor\n"
        "from mgg_kernel.ingest import read_workbook\n"
        f"data = pathlib.Path({str(path)!r}).read_bytes()\n"
        "async def main():\n"
        "    with ThreadPoolExecutor(4) as pool:\n"
        "        loop = asyncio.get_running_loop()\n"
        "        jobs = [loop.run_in_executor(pool, read_workbook, data, 'x') for _ in range(4)]\n"
        "        return [len(curves[0].curve) for curves in await asyncio.gather(*jobs)]\n"
        "print(asyncio.run(main()))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
    )
    path.unlink()
    assert done.stdout.strip() == "[60, 60, 60, 60]", done.stderr


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("../../etc/evil.xlsx", "its name holds a way out of its folder (../);"),
        ("a/../../evil.xlsx", "its name holds a way out of its folder (../);"),
        ("..\\\\evil.xlsx", "its name holds a way out of its folder (../);"),
        ("shot\x00.xlsx", "its name holds a control character;"),
        ("shot\r\nSet-Cookie.xlsx", "its name holds a control character;"),
        ("<img src=x onerror=alert(1)>.xlsx", "its name holds HTML;"),
        ("</script>.xlsx", "its name holds HTML;"),
        ("shot\u202excod.xlsx", "its name holds a mark that turns the text around;"),
        ("=HYPERLINK(1).xlsx", "its name holds the beginning of a formula;"),
        ("@SUM(A1).xlsx", "its name holds the beginning of a formula;"),
        ("+cmd|' calc'!A0.xlsx", "its name holds the beginning of a formula;"),
    ],
)
def test_a_name_that_is_a_trap(name: str, told: str) -> None:
    with pytest.raises(IngestError) as caught:
        read_workbook(altered(), name)
    assert told in str(caught.value)
    assert str(caught.value).endswith("; rename the file.")
    assert not set("\x00\r\n\u202e") & set(str(caught.value))
    # A sheet may be called the same, wherever XML can carry the name.
    if not set("\x00\r\n") & set(name):
        named = packed(workbook_parts({name: sheet_xml(short_rows())}))
        message = refusal(named)
        assert "' has " in message
        assert told.removeprefix("its name holds ").rstrip(";") in message
        assert message.endswith("in its name; rename the sheet.")


@pytest.mark.parametrize(
    "name",
    [
        "+85C (2).xlsx",
        "-35C_1.xlsx",
        "压力 曲线.xlsx",
        "p<5 MPa.xlsx",
        "a..b.xlsx",
        "C:\\t\\a.xlsx",
    ],
)
def test_a_name_that_only_looks_like_a_trap_is_read(name: str) -> None:
    assert read_workbook(altered(), name)
    assert read_workbook(packed(workbook_parts({name: sheet_xml(short_rows())})), "x.xlsx")


def test_links_to_other_files() -> None:
    assert "it links to other files; break the links" in refusal(
        renamed("xl/externalLinks/externalLink1.xml", "<externalLink/>")
    )
    part = "xl/worksheets/_rels/sheet1.xml.rels"

    def related(kind: str) -> bytes:
        return renamed(
            part,
            '<Relationships><Relationship Id="rId1" Target="file:///srv/share/other.xlsx" '
            f'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/{kind}" '
            'TargetMode="External"/></Relationships>',
        )

    for kind in ("externalLinkPath", "oleObject", "image", "attachedTemplate"):
        assert f"part '{part}' links to another file or host;" in refusal(related(kind))
    assert read_workbook(related("hyperlink"), "shot.xlsx"), "an address in a cell is no link"


@pytest.mark.parametrize(
    "name", ["../../evil.xml", "xl/../../evil.xml", "/etc/cron.d/x", "..\\x.xml"]
)
def test_a_part_whose_name_leads_out(name: str) -> None:
    assert "it holds a part whose name leads out of it (../);" in refusal(renamed(name, "<a/>"))


def test_ten_thousand_sheets() -> None:
    tiny = sheet_xml([[1.0]])
    many = packed(workbook_parts({f"s{i}": tiny for i in range(10_000)}))
    assert "it has more than 200 sheets; save only the data" in refusal(many)
    # All of them may be one and the same part, which is read again and again.
    parts = good_parts()
    listed = "".join(f'<sheet name="s{i}" sheetId="{i}" r:id="rId1"/>' for i in range(1, 10_001))
    text = str(parts["xl/workbook.xml"])
    begin, end = text.index("<sheet "), text.index("</sheets>")
    data = altered(**{"xl/workbook.xml": text[:begin] + listed + text[end:]})
    assert len(data) < 100_000
    assert "it has more than 200 sheets; save only the data" in refusal(data)


MUTATIONS: list[Callable[[bytearray, int], None]] = [
    lambda data, at: data.__setitem__(at, data[at] ^ 0xFF),
    lambda data, at: data.__delitem__(slice(at, at + 7)),
    lambda data, at: data.__setitem__(slice(at, at), b"PK\x01\x02"),
]


@pytest.mark.parametrize("mutate", range(len(MUTATIONS)))
def test_a_damaged_byte_anywhere_gives_a_refusal_or_the_right_curve(mutate: int) -> None:
    good = altered()
    curve = read_workbook(good, "shot.xlsx")[0].curve
    outcomes = set()
    for at in range(mutate, len(good), len(good) // 60):
        data = bytearray(good)
        MUTATIONS[mutate](data, at)
        try:
            (read,) = read_workbook(bytes(data), "shot.xlsx")
        except IngestError as error:
            outcomes.add(str(error).partition(" ")[0])
        else:
            assert read.curve == curve
    assert outcomes in ({"'shot.xlsx'"}, {"'shot.xlsx'", "'shot.xlsx',"})
