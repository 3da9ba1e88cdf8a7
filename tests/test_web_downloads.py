"""Files from the pages: who gets which, with which name, and what is said to the others."""

import io
import itertools
import urllib.error
import urllib.request

import openpyxl
import pyarrow.parquet as pq
import pytest
from web_help import Servers

from mgg_kernel.exports import FORMATS
from mgg_kernel.ingest import example_curve, write_lab_workbook
from mgg_kernel.recipe import Recipe
from mgg_kernel.web.downloads import MEDIA_TYPES

pytest_plugins = ["web_fixtures"]

seeds = itertools.count(91_000)
RECIPE = Recipe.parse(
    igniter="135", nc=["B:640"], shell="22", current="1.2", vessel="10-892", device="Y-H"
)


@pytest.fixture(scope="module")
def pair(servers: Servers) -> tuple[int, int]:
    ws = servers.workspace("wang")
    data = write_lab_workbook(example_curve(seed=next(seeds)), "P-9")
    (result,) = ws.tests.ingest(data, "R&D 曲线.xlsx")
    assert result.test_result_id is not None
    return ws.simulations.run(RECIPE).id, result.test_result_id


def fetched(servers: Servers, name: str, path: str) -> tuple[bytes, dict[str, str]]:
    """The bytes of a file; the tests' own browser reads text alone."""
    browser = servers.browser(name)
    request = urllib.request.Request(browser.base + path, headers={"Cookie": browser.cookie_header})
    with urllib.request.urlopen(request, timeout=60) as answer:
        return answer.read(), dict(answer.headers)


@pytest.mark.parametrize("kind", FORMATS)
def test_a_manager_takes_what_is_seen_away_in_every_format(
    servers: Servers,
    pair: tuple[int, int],
    kind: str,
) -> None:
    path = f"/download/comparison?simulation={pair[0]}&test={pair[1]}&format={kind}"
    data, headers = fetched(servers, "boss", path)
    name = f"simulation-{pair[0]}-test-{pair[1]}.{kind}"
    assert headers["Content-Disposition"] == f"attachment; filename*=UTF-8''{name}"
    assert headers["Content-Type"].startswith(MEDIA_TYPES[kind].partition(";")[0])
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "no-store"
    begins = {"xlsx": b"PK", "parquet": b"PAR1", "pdf": b"%PDF", "html": b"<!", "svg": b"<"}
    assert data.lstrip(b"\xef\xbb\xbf").startswith(begins.get(kind, b"#"))
    if kind in ("html", "svg"):
        assert b"R&D" not in data, "a name is no mark-up"
    (entry, *_) = servers.workspace("boss").log.list()
    assert (entry.action, entry.outcome, entry.actor) == ("export", "done", "boss")


def test_the_file_was_made_by_the_method_of_the_address(
    servers: Servers, pair: tuple[int, int]
) -> None:
    path = f"/download/comparison?simulation={pair[0]}&test={pair[1]}&format=parquet"
    data, _ = fetched(servers, "boss", f"{path}&filter=cfc600&rate=20000&window=1:11")
    table = pq.read_table(io.BytesIO(data))
    time_ms = table["time_ms"].to_pylist()
    assert (time_ms[0], len(time_ms)) == (1.0, 201), "20 kHz over 10 ms, both ends"
    assert b"cfc600" in b"".join(v for v in (table.schema.metadata or {}).values())


def test_a_stored_comparison_comes_with_its_number_and_note(
    servers: Servers, pair: tuple[int, int]
) -> None:
    saved = servers.workspace("wang").comparisons.save(*pair, note="=1+1 批次 7")
    data, headers = fetched(
        servers, "boss", f"/download/comparison?comparison={saved.id}&format=xlsx"
    )
    assert headers["Content-Disposition"].endswith(f"comparison-{saved.id}.xlsx")
    book = openpyxl.load_workbook(io.BytesIO(data))
    provenance = dict(book["provenance"].iter_rows(min_row=2, values_only=True))
    assert provenance["comparison_id"] == saved.id
    assert "批次 7" in str(provenance["note"])


@pytest.mark.parametrize(
    ("query", "status", "sentence"),
    [
        ("comparison=999999&format=pdf", 404, "999999"),
        ("comparison=1%27%20or%201&format=pdf", 404, "comparison 0"),
        ("comparison=1&format=exe", 404, "&#39;exe&#39; is no format; ask for xlsx"),
        ("simulation={0}&test={1}&format=pdf&filter=cfc7", 400, "the classes are 60, 180"),
        ("simulation={0}&test={1}&format=pdf&window=x", 400, "is no window"),
        ("simulation={0}&test={1}&format=pdf&window=900:950", 400, "lies outside"),
        ("format=pdf", 404, "simulation 0"),
    ],
)
def test_what_cannot_be_had_is_told_in_a_sentence(
    servers: Servers, pair: tuple[int, int], query: str, status: int, sentence: str
) -> None:
    answer = servers.browser("boss").ask(f"/download/comparison?{query.format(*pair)}")
    assert answer.status == status
    assert sentence in answer.body
    assert "Traceback" not in answer.body


def test_without_a_login_there_are_no_files(servers: Servers, pair: tuple[int, int]) -> None:
    path = f"/download/comparison?simulation={pair[0]}&test={pair[1]}&format=csv"
    answer = servers.browser().ask(path)
    assert answer.status == 302
    assert answer.location.startswith("/login?next=")


def test_the_original_of_a_test_comes_back_byte_for_byte(servers: Servers) -> None:
    ws = servers.workspace("wang")
    data = write_lab_workbook(example_curve(seed=next(seeds)), "P-9")
    (result,) = ws.tests.ingest(data, "原始 #1 100%.xlsx")
    path = f"/download/original?test={result.test_result_id}"
    got, headers = fetched(servers, "boss", path)
    assert got == data
    assert headers["Content-Type"] == "application/octet-stream"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Disposition"].startswith("attachment; filename*=UTF-8''")
    for missing in ("0", "999999999", "x", "-1"):
        with pytest.raises(urllib.error.HTTPError) as refused:
            fetched(servers, "boss", f"/download/original?test={missing}")
        with refused.value:
            assert refused.value.code == 404


def test_the_log_is_taken_away_as_far_as_its_reader_may_see_it(servers: Servers) -> None:
    servers.workspace("wang").tests.list()
    for kind, begins in (("csv", b"#"), ("xlsx", b"PK")):
        data, headers = fetched(servers, "boss", f"/download/log?format={kind}&type=login")
        assert headers["Content-Disposition"].endswith(f"operation-log.{kind}")
        assert data.startswith(begins)
        assert b",wang," not in data
    for query, status in (("format=pdf", 404), ("format=csv&since=yesterday", 400)):
        with pytest.raises(urllib.error.HTTPError) as refused:
            fetched(servers, "boss", f"/download/log?{query}")
        assert refused.value.code == status
        refused.value.close()
