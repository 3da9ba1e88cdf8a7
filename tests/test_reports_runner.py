"""The runner of reports: made once, kept as it was, checked, told of where it fails."""

import signal
import socketserver
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from unicodedata import normalize

import pytest
from archive_help import ArchiveLab
from pydantic import SecretStr
from report_help import REPORT, executed_at_once, forget_runs, listener, write_report

from mgg_kernel.errors import AccessError, ConflictError, NotFoundError, ReportError
from mgg_kernel.files.report_store import MANIFEST, SIGNATURE
from mgg_kernel.files.signing import read_public_key
from mgg_kernel.reports import run_report, runner, verify_report
from mgg_kernel.reports.catalogue import ReportKind
from mgg_kernel.reports.page import find_browser
from mgg_kernel.web.servers import settings_environment
from mgg_kernel.workspace.notifying import notify
from mgg_kernel.workspace.reports import LOST

pytestmark = pytest.mark.parametrize("archive_server", ["embedded"], indirect=True)
PROJECT = Path(__file__).parents[1]


@pytest.fixture
def folder(lab: ArchiveLab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty folder of notebooks, and no browser, which would take its time."""
    made = tmp_path / "notebooks"
    made.mkdir()
    forget_runs(lab)
    monkeypatch.setenv("MGG_SCHEDULED_DIR", str(made))
    monkeypatch.setattr("mgg_kernel.reports.provenance.find_browser", lambda: None)
    yield made
    forget_runs(lab)


def test_a_report_is_made_once_signed_and_verified(lab: ArchiveLab, folder: Path) -> None:
    ws = lab.open_as()
    write_report(folder, "small", REPORT)
    made = run_report(ws, "small", {"times": "3"}, period="A")
    run = made.run
    assert (made.is_new, run.state, run.answer) == (True, "done", "It ran 3 times.")
    assert run.manifest is not None
    assert run.folder is not None
    assert run.manifest["numbers"] == {"times": 3}
    assert run.manifest["parameters"] == {
        "times": 3,
        "rate": 1.5,
        "is_dry": False,
        "language": "en",
        "day": None,
    }
    assert any("no Chromium" in note for note in run.manifest["notes"])
    place = ws.reports.store.root / run.folder
    kept = {"log.txt", "notebook.ipynb", "report.html", "source.ipynb", MANIFEST, SIGNATURE}
    assert {path.name for path in place.iterdir()} == kept
    assert all(path.stat().st_mode & 0o222 == 0 for path in place.iterdir()), "write-once"
    page = ws.reports.file(run.id, "html")[1].decode()
    assert "It ran 3 times." in page
    assert "no Chromium" in page
    assert "http" not in page.replace("http-equiv", ""), "it asks nobody"
    public = read_public_key(ws.reports.store.root)
    public.verify((place / SIGNATURE).read_bytes(), (place / MANIFEST).read_bytes())
    verdict = verify_report(ws, run.id)
    assert verdict.is_whole
    assert [one for one in verdict.differences if one.kind == "broken"] == []

    same = run_report(ws, "small", {"times": 3}, period="A")
    assert (same.is_new, same.run.id) == (False, run.id), "answered from the store"
    other = run_report(ws, "small", {"times": 3}, period="A", again=True)
    assert (other.is_new, other.run.repetition) == (True, 1)
    assert other.run.numbers_digest == run.numbers_digest
    (logged, *_) = ws.log.list(log_type="report", limit=1)
    assert logged.details["manifest_sha256"] == other.run.manifest_sha256
    with pytest.raises(NotFoundError, match="has no pdf"):
        ws.reports.file(run.id, "pdf")
    with pytest.raises(NotFoundError):
        lab.open_as("stranger").reports.get(run.id)
    with pytest.raises(AccessError):
        run_report(lab.open_as("boss"), "small", period="B")


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"tims": 3}, "no parameter 'tims'; its parameters: day, is_dry, language, rate, times"),
        ({"times": "many"}, "times of the report small is a whole number, not 'many'"),
        ({"times": True}, "is a whole number, not True"),
        ({"is_dry": "perhaps"}, "is true or false, not 'perhaps'"),
        ({"is_dry": 1}, "is true or false, not 1"),
        ({"rate": "fast"}, "is a number, not 'fast'"),
    ],
)
def test_parameters_are_checked_before_anything_runs(
    lab: ArchiveLab, folder: Path, given: dict[str, object], sentence: str
) -> None:
    write_report(folder, "small", REPORT)
    with pytest.raises(ReportError, match=sentence):
        run_report(lab.open_as(), "small", given)
    assert lab.open_as().reports.list() == []


def test_there_is_no_such_report(lab: ArchiveLab, folder: Path) -> None:
    for name in ("nosuch", "../small", "small.ipynb"):
        with pytest.raises(ReportError, match="no report"):
            run_report(lab.open_as(), name)


def test_what_fails_is_kept_and_told(lab: ArchiveLab, folder: Path) -> None:
    write_report(folder, "bad", 'print("so far")\nraise ValueError("the reason")')
    ws = lab.open_as()
    with listener() as (url, came):
        ws.settings.__dict__["alert_webhook"] = SecretStr(url)
        try:
            run = run_report(ws, "bad", period="A").run
        finally:
            ws.settings.__dict__["alert_webhook"] = None
    assert (run.state, run.error_name, run.error, run.attempts) == (
        "failed",
        "ValueError",
        "the reason",
        1,
    )
    assert came[0]["subject"] == "The report bad for A failed"
    assert "ValueError: the reason" in came[0]["text"]
    assert "so far" in ws.reports.file(run.id, "notebook")[1].decode()
    assert "ValueError: the reason" in ws.reports.file(run.id, "html")[1].decode()
    assert verify_report(ws, run.id).is_whole
    write_report(folder, "bad", REPORT)
    assert run_report(ws, "bad", period="A").run.state == "done", "a failure is no answer"


def test_what_may_pass_is_tried_again(
    lab: ArchiveLab, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mark = folder / "tried"
    code = (
        f"from pathlib import Path\nmark = Path({str(mark)!r})\n"
        "if not mark.exists():\n    mark.touch()\n"
        "    class ConflictError(Exception): pass\n"
        "    raise ConflictError('not now')\n"
    )
    write_report(folder, "shy", code + REPORT)
    monkeypatch.setattr(runner, "FIRST_PAUSE_S", 0.01)
    run = run_report(lab.open_as(), "shy").run
    assert (run.state, run.attempts) == ("done", 2)


def test_what_takes_too_long_is_ended(
    lab: ArchiveLab, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_report(folder, "slow", "import time\ntime.sleep(600)")
    kind = ReportKind("slow", ("Slow", "慢"), "moment", timeout_s=1.5, attempts=1)
    monkeypatch.setattr(runner, "report_kind", lambda _: kind)
    run = run_report(lab.open_as(), "slow").run
    assert (run.state, run.error_name) == ("failed", "Timeout")
    assert "1.5 s" in str(run.error)


def test_the_same_report_is_not_made_twice_at_a_time(lab: ArchiveLab, folder: Path) -> None:
    write_report(folder, "small", REPORT)
    ws = lab.open_as()
    key = runner.asked_for(ws, "small", period="A").key
    with ws.reports.lock(key) as got:
        assert got
        with pytest.raises(ConflictError, match="at this moment"):
            run_report(ws, "small", period="A")


def test_a_run_that_was_killed_leaves_the_next_one_right(lab: ArchiveLab, folder: Path) -> None:
    """The program is killed while the notebook runs; nothing of it goes on."""
    alive = folder / "alive"
    write_report(
        folder,
        "slow",
        f"import os, time\nfrom pathlib import Path\nmark = Path({str(alive)!r})\n"
        "if mark.exists():\n    mark = None\nelse:\n"
        "    mark.write_text(str(os.getpid()))\n    time.sleep(600)\n" + REPORT,
    )
    ws = lab.open_as()
    victim = subprocess.Popen(
        [sys.executable, "-m", "mgg_kernel.cli", "report", "run", "slow", "--period", "A"],
        env={**settings_environment(lab.settings), "PYTHONPATH": str(PROJECT)},
        stderr=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + 60
    while not alive.exists() or not alive.read_text():
        assert victim.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert [one.state for one in ws.reports.list()] == ["running"]
    assert ws.reports.end_lost() == [], "it lives"
    victim.send_signal(signal.SIGKILL)
    victim.wait()
    made = run_report(ws, "slow", period="A")
    assert (made.is_new, made.run.state) == (True, "done")
    (newest, killed) = ws.reports.list()
    assert newest.id == made.run.id
    assert (killed.state, killed.error_name) == ("failed", LOST)
    drafts = ws.reports.store.root / ".drafts"
    assert list(drafts.iterdir()) == []
    kernel = int(alive.read_text())
    while Path(f"/proc/{kernel}").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not Path(f"/proc/{kernel}").exists(), "the kernel ended with its program"


def test_what_was_sealed_before_the_program_died_counts(
    lab: ArchiveLab, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The program is gone between the folder's rename and the row's end."""
    monkeypatch.setattr(runner, "execute", executed_at_once)
    write_report(folder, "small", REPORT)
    ws = lab.open_as()

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(ws.reports, "finish", die)
        with pytest.raises(KeyboardInterrupt):
            run_report(ws, "small", period="A")
    (running,) = ws.reports.list()
    assert running.state == "running"
    (ended,) = ws.reports.end_lost()
    assert (ended.id, ended.state, ended.answer) == (running.id, "done", "It ran 2 times.")
    assert verify_report(ws, ended.id).is_whole
    assert not run_report(ws, "small", period="A").is_new


def test_what_was_tampered_with_is_named(
    lab: ArchiveLab, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "execute", executed_at_once)
    write_report(folder, "small", REPORT)
    ws = lab.open_as()
    run = run_report(ws, "small", period="A").run
    place = ws.reports.store.root / str(run.folder)

    def broken() -> set[str]:
        return {one.what for one in verify_report(ws, run.id).differences if one.kind == "broken"}

    def with_bytes(name: str, data: bytes) -> set[str]:
        path = place / name
        was = path.read_bytes()
        path.chmod(0o644)
        path.write_bytes(data)
        try:
            return broken()
        finally:
            path.write_bytes(was)

    assert broken() == set()
    page = (place / "report.html").read_bytes()
    assert with_bytes("report.html", page.replace(b"It ran 2", b"It ran 9")) == {"report.html"}
    notebook = (place / "notebook.ipynb").read_bytes()
    forged = notebook.replace(b'"times": 2', b'"times": 9')
    assert with_bytes("notebook.ipynb", forged) == {"notebook.ipynb"}
    manifest = (place / MANIFEST).read_bytes()
    forged = manifest.replace(b'"times": 2', b'"times": 9')
    assert {SIGNATURE, MANIFEST, "numbers"} <= with_bytes(MANIFEST, forged)
    assert with_bytes(SIGNATURE, bytes(64)) == {SIGNATURE}
    (place / "more.txt").write_text("put there")
    assert broken() == {"more.txt"}
    (place / "more.txt").unlink()
    (place / "log.txt").rename(place / "gone")
    assert broken() == {"log.txt", "gone"}
    (place / "gone").rename(place / "log.txt")
    lab.ask("ALTER TABLE report_runs DISABLE TRIGGER report_runs_keep")
    lab.ask("UPDATE report_runs SET answer = 'all is well' WHERE id = %s", run.id)
    lab.ask("ALTER TABLE report_runs ENABLE TRIGGER report_runs_keep")
    assert broken() == {"row, answer"}
    for statement in ("UPDATE report_runs SET answer = ''", "DELETE FROM report_runs"):
        with pytest.raises(Exception, match="stays as it is"):
            lab.ask(f"{statement} WHERE id = %s", run.id)


def test_mail_is_sent_and_a_server_that_is_gone_is_told(lab: ArchiveLab, folder: Path) -> None:
    came: list[str] = []

    class Line(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.wfile.write(b"220 test\r\n")
            is_data = False
            while line := self.rfile.readline():
                if is_data:
                    is_data = line != b".\r\n"
                    came.append(line.decode().strip())
                    if is_data:
                        continue
                word = line[:4].upper()
                is_data = word == b"DATA"
                answer = {b"DATA": b"354 go on", b"QUIT": b"221 bye"}.get(word, b"250 fine")
                self.wfile.write(answer + b"\r\n")

    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Line)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    port = server.server_address[1]
    update = {
        "alert_smtp": SecretStr(f"smtp://127.0.0.1:{port}"),
        "alert_to": "li@lab.test, wang@lab.test",
    }
    settings = lab.settings.model_copy(update=update)
    assert notify(settings, "It failed", "The reason") == []
    server.shutdown()
    server.server_close()
    thread.join()
    assert "Subject: It failed" in came
    assert "To: li@lab.test, wang@lab.test" in came
    assert "The reason" in came
    (trouble,) = notify(settings, "It failed", "The reason")
    assert trouble.startswith("The mail server of MGG_ALERT_SMTP was not told")
    with listener(500) as (url, _):
        update = {"alert_webhook": SecretStr(url)}
        (trouble,) = notify(lab.settings.model_copy(update=update), "It failed", "The reason")
    assert "it answered 500" in trouble
    assert notify(lab.settings, "It failed", "nobody is told by default") == []


@pytest.mark.skipif(find_browser() is None, reason="there is no Chromium here")
def test_the_pdf_has_the_answer_and_chinese_words(lab: ArchiveLab, tmp_path: Path) -> None:
    import pypdf

    from mgg_kernel.reports.page import write_page, write_pdf

    notebook = write_report(tmp_path, "zh", "1")
    page, pdf = tmp_path / "report.html", tmp_path / "report.pdf"
    write_page(
        notebook,
        page,
        title="实验室日报",
        language="zh",
        provenance=[("期间", "2026-01")],
        queries=[],
        has_report=True,
        error=("ValueError", "原因"),
    )
    browser = find_browser()
    assert browser is not None
    write_pdf(browser, page, pdf)
    text = "".join(one.extract_text() for one in pypdf.PdfReader(pdf).pages)
    # The font shares the shapes of some signs with old radicals.
    text = normalize("NFKC", text)
    for word in ("本报告生成失败", "数据来源", "2026-01"):
        assert word in text
