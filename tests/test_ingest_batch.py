"""Many files at once: read side by side, stored in their order, each for itself."""

import gc
import itertools
import os
import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from conftest import OpenAs

from mgg_kernel.cli.batch import files_of
from mgg_kernel.errors import DatabaseDownError, IngestError, NotFoundError
from mgg_kernel.ingest import Limits, example_curve, write_lab_workbook
from mgg_kernel.ingest.reader import ReadingProcess
from mgg_kernel.workspace import IngestResult, Workspace

seeds = itertools.count(97_000)


def sent(name: str, data: bytes | None = None) -> tuple[str, Callable[[], bytes]]:
    made = data if data is not None else write_lab_workbook(example_curve(seed=next(seeds)), "B")
    return name, lambda: made


def flat(results: Iterator[list[IngestResult]]) -> list[IngestResult]:
    return [result for of_file in results for result in of_file]


def children() -> set[str]:
    task = Path(f"/proc/{os.getpid()}/task")
    return {child for one in task.iterdir() for child in (one / "children").read_text().split()}


def test_results_come_in_order_and_a_refused_file_stops_nobody(open_as: OpenAs) -> None:
    wang = open_as("wang")
    same = write_lab_workbook(example_curve(seed=next(seeds)), "B")
    files = [
        sent("b1.xlsx", same),
        sent("b2.xlsx", b"no workbook"),
        sent("b3.xlsx"),
        sent("b4.xlsx", same),
        sent("b5.xlsx"),
        sent("../b6.xlsx"),
    ]
    results = flat(wang.tests.ingest_many(files))
    assert [(one.file, one.status) for one in results] == [
        ("b1.xlsx", "stored"),
        ("b2.xlsx", "refused"),
        ("b3.xlsx", "stored"),
        ("b4.xlsx", "duplicate"),
        ("b5.xlsx", "stored"),
        ("b6.xlsx", "refused"),
    ]
    assert results[3].test_result_id == results[0].test_result_id
    ids = [results[place].test_result_id or 0 for place in (0, 2, 4)]
    assert ids == sorted(ids)
    refused = [entry for entry in wang.log.list(limit=20) if entry.outcome == "refused"]
    assert len(refused) >= 2


def test_files_are_loaded_only_as_they_are_needed(open_as: OpenAs) -> None:
    wang = open_as("wang")
    loaded: list[int] = []

    def load(number: int) -> bytes:
        loaded.append(number)
        return write_lab_workbook(example_curve(seed=98_000 + number), "B")

    batch = wang.tests.ingest_many((f"needed{n}.xlsx", partial(load, n)) for n in range(40))
    first = next(batch)
    assert first[0].status == "stored"
    assert len(loaded) <= 6, "a few files ahead and no more"
    batch.close()  # type: ignore[attr-defined]
    assert len(loaded) <= 8
    assert (
        len(
            [
                test
                for test in wang.tests.list("needed", limit=100)
                if test.file_name == "needed1.xlsx"
            ]
        )
        == 0
    )
    assert len(wang.tests.list("needed0.xlsx")) == 1, "what was told is stored, and nothing else"


def test_two_send_the_same_files_at_the_same_time(open_as: OpenAs) -> None:
    files = [sent(f"both{n}.xlsx") for n in range(8)]
    ended: dict[str, list[IngestResult]] = {}
    both = threading.Barrier(2)

    def send(name: str, order: int) -> None:
        workspace = open_as(name)
        both.wait()
        ended[name] = flat(workspace.tests.ingest_many(files[::order]))

    threads = [threading.Thread(target=send, args=one) for one in (("wang", 1), ("sun", -1))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    told = {(one.file, one.test_result_id) for results in ended.values() for one in results}
    assert len(told) == 8, "one test for each file, whoever was first"
    stored = [one for results in ended.values() for one in results if one.status == "stored"]
    assert len(stored) == 8


def test_what_is_nobodys_fault_ends_the_batch_and_what_was_told_is_stored(
    open_as: OpenAs, monkeypatch: pytest.MonkeyPatch
) -> None:
    wang = open_as("wang")
    with pytest.raises(NotFoundError, match="no work order"):
        flat(wang.tests.ingest_many([sent("o1.xlsx")], work_order="WO-19990101-000000"))
    batch = wang.tests.ingest_many([sent("down1.xlsx"), sent("down2.xlsx"), sent("down3.xlsx")])
    (first,) = next(batch)

    def down(*_: object, **__: object) -> None:
        raise DatabaseDownError("The database does not answer; try again.")

    monkeypatch.setattr("mgg_kernel.workspace.tests._stored", down)
    with pytest.raises(DatabaseDownError):
        next(batch)
    monkeypatch.undo()
    assert wang.tests.get(first.test_result_id or 0).file_name == "down1.xlsx"
    assert wang.tests.list("down2.xlsx") == []


def test_an_interrupt_leaves_no_process_and_no_half_file(open_as: OpenAs) -> None:
    wang = open_as("wang")
    before = children()
    told: list[IngestResult] = []

    def stopped_after_two() -> None:
        for of_file in wang.tests.ingest_many([sent(f"interrupted{n}.xlsx") for n in range(6)]):
            told.extend(of_file)
            if len(told) == 2:
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stopped_after_two()
    gc.collect()  # the traceback held the batch open
    assert children() <= before
    assert [len(wang.tests.list(f"interrupted{n}.xlsx")) for n in range(2)] == [1, 1]


def test_a_process_that_waits_for_a_file_goes_with_it() -> None:
    before = children()
    with ReadingProcess("x.xlsx", Limits()):
        assert len(children() - before) == 1
    assert children() <= before
    with ReadingProcess("x.xlsx", Limits()) as process:
        process._process.kill()
        with pytest.raises(IngestError, match=r"'x.xlsx' is refused"):
            process.read(b"PK")
    assert children() <= before


def test_a_folder_stands_for_the_measured_files_in_it(tmp_path: Path) -> None:
    for name in ("b.xlsx", "a.CSV", "notes.docx", ".hidden.xlsx", "~$b.xlsx"):
        (tmp_path / name).touch()
    (tmp_path / "sub").mkdir()
    single = tmp_path / "notes.docx"
    assert files_of([tmp_path, single]) == [tmp_path / "a.CSV", tmp_path / "b.xlsx", single]
    with pytest.raises(IngestError, match="holds no file that ends with"):
        files_of([tmp_path / "sub"])


def test_a_workspace_ingests_a_batch_of_real_layouts(open_as: OpenAs, lab_data: Path) -> None:
    wang: Workspace = open_as("wang")
    paths = files_of([lab_data / "curves"])
    results = flat(wang.tests.ingest_many((path.name, path.read_bytes) for path in paths))
    assert {one.status for one in results} <= {"stored", "duplicate"}
    assert [one.file for one in results] == [path.name for path in paths]
