"""The command: its contract, its exit status, and no traceback for anybody."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import PROJECT
from recipe_workbooks import Sheet, recipe_workbook

from mgg_kernel.cli import build_parser, main
from mgg_kernel.curve import PTCurve
from mgg_kernel.curve_csv import curve_from_csv, curve_to_csv
from mgg_kernel.ingest import example_curve, read_workbook, write_lab_workbook
from mgg_kernel.simulation import default_model, simulate
from mgg_kernel.workspace import Foundation

OPTIONS = "--igniter 135 --nc B:775 --shell 22 --current 1.2 --vessel 10-892 --device Y-H"
RECIPE = OPTIONS.split()


@pytest.fixture(scope="module")
def data_dir(open_folder: Path) -> Iterator[Path]:
    """A workspace whose server the commands find running."""
    from mgg_kernel.settings import Settings

    foundation = Foundation(Settings(data_dir=open_folder / "cli"), application="tests")
    yield foundation.settings.data_dir
    foundation.close()


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("cli") / "made_up.xlsx"
    path.write_bytes(write_lab_workbook(example_curve(seed=500), "CLI"))
    return path


def mgg(
    *words: str | Path, data_dir: Path | None = None, stdin: str = "", timeout_s: float = 120
) -> "subprocess.CompletedProcess[str]":
    # Without a data folder a command that wants a database would fail at once.
    environment = {**os.environ, "MGG_DATA_DIR": str(data_dir or "/proc/none")}
    return subprocess.run(
        [sys.executable, "-m", "mgg_kernel.cli", *map(str, words)],
        capture_output=True,
        text=True,
        check=False,
        env=environment,
        cwd="/",
        input=stdin,
        timeout=timeout_s,
    )


def document(done: "subprocess.CompletedProcess[str]", status: int = 0) -> Any:
    assert done.returncode == status, done.stderr
    return json.loads(done.stdout)


def test_inspect_needs_no_database(measured: Path) -> None:
    curve = example_curve(seed=500)
    assert document(mgg("inspect", measured, "--json")) == {
        "curves": [
            {
                "name": "made_up",
                "samples": 4000,
                "time_unit": "ms",
                "pressure_unit": "MPa",
                "t_start_ms": 0.0,
                "t_end_ms": 39.99,
                "peak_pressure_mpa": curve.peak.pressure_mpa,
                "peak_time_ms": curve.peak.time_ms,
                "sheet": "Sheet1",
                "warnings": [],
            }
        ],
        "refused": None,
    }


def test_inspect_says_why_a_file_is_refused(tmp_path: Path, measured: Path) -> None:
    cut = tmp_path / "cut.xlsx"
    cut.write_bytes(measured.read_bytes()[:5000])
    answer = document(mgg("inspect", cut, "--json"), status=1)
    assert answer["curves"] == []
    assert answer["refused"].startswith("'cut.xlsx' is refused: ")
    missing = document(mgg("inspect", tmp_path / "none.xlsx", "--json"), status=1)
    assert "cannot be read: No such file" in missing["refused"]


def test_the_labs_files_by_command(lab_data: Path) -> None:
    for name, peak in (("59_1", 54.4668), ("59_2", 57.2399), ("59_5", 66.1557)):
        done = mgg("inspect", lab_data / "curves" / f"{name}_avg.xlsx", "--json")
        (curve,) = document(done)["curves"]
        assert curve["samples"] == 4000
        assert curve["peak_pressure_mpa"] == pytest.approx(peak, abs=5e-5)


def test_ingest_stores_finds_again_and_refuses(
    data_dir: Path, measured: Path, tmp_path: Path
) -> None:
    cut = tmp_path / "cut.xlsx"
    cut.write_bytes(measured.read_bytes()[:5000])
    done = mgg("ingest", measured, measured, cut, "--json", data_dir=data_dir)
    results = document(done, status=1)["results"]
    assert [result["status"] for result in results] == ["stored", "duplicate", "refused"]
    assert all(
        result.keys() == {"file", "test_result_id", "status", "reason"} for result in results
    )
    assert results[0]["test_result_id"] == results[1]["test_result_id"] >= 1
    assert (results[0]["reason"], results[2]["test_result_id"]) == (None, None)
    listed = document(mgg("tests", "--search", "made_up", "--json", data_dir=data_dir))
    assert [test["id"] for test in listed["tests"]] == [results[0]["test_result_id"]]


def test_recipes_are_imported_and_listed(data_dir: Path, tmp_path: Path) -> None:
    path = tmp_path / "recipes.xlsx"
    path.write_bytes(recipe_workbook(Sheet().add("P_1").add("P_2", device_0=None)))
    answer = document(mgg("recipes", "import", path, "--json", data_dir=data_dir))
    assert (answer["stored"], answer["unchanged"]) == (1, 0)
    (reported,) = answer["reported"]
    assert reported.keys() == {"sheet", "cell", "product", "problem"}
    assert (reported["sheet"], reported["product"]) == ("甲", "P_2")
    done = mgg("recipes", "import", path, data_dir=data_dir)
    assert done.returncode == 0
    assert "0 products stored, 1 unchanged; problems reported: 1." in done.stdout
    assert reported["problem"] in done.stdout
    (row,) = document(mgg("recipes", "list", "--json", data_dir=data_dir))["recipes"]
    assert (row["product"], row["nc"], row["gp"]) == ("P_1", ["Q1:500"], None)
    assert (row["vessel"], row["peak_pressure_mpa"]) == ("9-777", 51.5)
    assert "9-777" in mgg("recipes", "list", "--search", "P_1", data_dir=data_dir).stdout
    none = mgg("recipes", "list", "--search", "no such", data_dir=data_dir)
    assert "No recipes yet" in none.stdout


def test_a_recipe_database_without_a_sound_row_ends_in_failure(
    data_dir: Path, tmp_path: Path
) -> None:
    path = tmp_path / "bad.xlsx"
    path.write_bytes(recipe_workbook(Sheet().add("P", device_0=None)))
    answer = document(mgg("recipes", "import", path, "--json", data_dir=data_dir), status=1)
    assert (answer["stored"], len(answer["reported"])) == (0, 1)
    path.write_bytes(b"no workbook")
    done = mgg("recipes", "import", path, data_dir=data_dir)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("mgg recipes: 'bad.xlsx' is refused")


def test_simulate_with_a_model_needs_no_database(tmp_path: Path) -> None:
    model, out = tmp_path / "model.json", tmp_path / "out.csv"
    model.write_text(default_model().to_json(), encoding="utf-8")
    done = mgg("simulate", *RECIPE, "--model", model, "--csv", out, "--json")
    answer = document(done)
    assert answer.keys() >= {"peak_pressure_mpa", "peak_time_ms", "ignition_time_ms"}
    lines = out.read_text(encoding="utf-8").splitlines()
    assert lines[0] == "time_ms,pressure_mpa"
    assert (lines[1].split(",")[0], lines[-1].split(",")[0], len(lines)) == ("0.0", "39.99", 4001)
    assert [float(line.split(",")[0]) for line in lines[1:]] == [
        round(n * 0.01, 10) for n in range(4000)
    ]
    from mgg_kernel.recipe import Recipe

    recipe = Recipe.parse(
        igniter="135", nc=["B:775"], shell="22", current="1.2", vessel="10-892", device="Y-H"
    )
    assert curve_from_csv(out.read_text("utf-8")) == simulate(recipe, default_model()).curve
    assert answer["peak_pressure_mpa"] == curve_from_csv(out.read_text("utf-8")).peak.pressure_mpa


def test_simulate_and_compare_with_the_store(data_dir: Path, measured: Path) -> None:
    two = ["--nc", "A:100", "--gp", "D:1080"]
    first = document(mgg("simulate", *RECIPE, *two, "--json", data_dir=data_dir))
    again = document(mgg("simulate", *RECIPE, *two, "--json", data_dir=data_dir))
    assert (first["repeated"], again["repeated"]) == (False, True)
    assert first["simulation_id"] == again["simulation_id"]
    (stored,) = document(mgg("ingest", measured, "--json", data_dir=data_dir))["results"]
    ids = str(first["simulation_id"]), str(stored["test_result_id"])
    saved = document(mgg("compare", *ids, "--save", "--json", data_dir=data_dir))
    assert saved["comparison_id"] >= 1
    assert saved.keys() >= {
        "peak_pressure_diff_mpa", "peak_time_diff_ms", "rmse_mpa", "mae_mpa", "correlation",
        "r_squared", "settings",
    }  # fmt: skip
    # The same numbers from the file itself, whether it is in the store or not.
    mixed = document(mgg("compare", ids[0], measured, "--json", data_dir=data_dir))
    assert {**mixed, "comparison_id": saved["comparison_id"]} == saved


def test_compare_files_needs_no_database(measured: Path, tmp_path: Path) -> None:
    answer = document(mgg("compare", measured, measured, "--raw", "--json"))
    assert (answer["rmse_mpa"], answer["correlation"]) == (0, 1)
    assert answer["settings"]["rate_hz"] is None
    refused = mgg("compare", measured, measured, "--window", "nonsense")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr == (
        "mgg compare: 'nonsense' is no window; write FROM:TO in ms, such as 0:40.\n"
    )
    assert "ids, or leave out --save" in mgg("compare", measured, measured, "--save").stderr


def test_compare_tells_all_scores_and_how_they_were_made(measured: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.csv"
    curve = read_workbook(measured.read_bytes(), measured.name)[0].curve
    other.write_text(curve_to_csv(PTCurve(curve.time_ms, 1.02 * curve.pressure_mpa)), "utf-8")
    told = document(
        mgg("compare", other, measured, "--filter", "cfc1000", "--window", "0:40", "--json")
    )
    assert told["iso18571"].keys() == {
        "overall", "corridor", "phase", "magnitude", "slope", "grade",
    }  # fmt: skip
    assert (told["iso18571"]["phase"], told["iso18571"]["grade"]) == (1, "excellent")
    assert told["sprague_geers"] == pytest.approx({"m": 0.02, "p": 0, "c": 0.02}, abs=1e-9)
    assert told["phases"].keys() == {"ignition_delay", "rise", "peak", "decay"}
    assert told["phases"]["peak"]["error"] == pytest.approx(0.02, abs=1e-9)
    settings = told["settings"]
    assert (settings["filter"], settings["rate_hz"]) == ("cfc1000", 10_000)
    assert settings["window_ms"] == [0, 40]
    raw = document(mgg("compare", other, measured, "--raw", "--filter", "cfc600", "--json"))
    assert (raw["settings"]["filter"], raw["settings"]["rate_hz"]) == (None, None)
    assert raw["settings"]["points"] == 4000
    lines = mgg("compare", other, measured).stdout
    assert "ISO/TS 18571 method  0.9" in lines
    assert "Sprague–Geers  M +0.0200, P 0.0000, C 0.0200" in lines
    assert "peak           0.960 excellent" in lines
    refused = mgg("compare", other, measured, "--filter", "cfc61")
    assert refused.returncode == 1
    assert "the classes are 60, 180, 600 and 1000" in refused.stderr


def test_users_by_command(data_dir: Path) -> None:
    done = mgg("users", "add", "by.command", "--role", "engineer", "--json", data_dir=data_dir)
    assert len(document(done)["password"]) >= 16
    asked = mgg(
        "users", "set-password", "by.command", "--ask-password",
        data_dir=data_dir, stdin="my own long password\n",
    )  # fmt: skip
    assert (asked.returncode, "my own long" in asked.stdout) == (0, False)
    contact = ("--email", "by@example.cn", "--phone", "021-77")
    mgg("users", "set-contact", "by.command", *contact, data_dir=data_dir)
    login = document(mgg("users", "database-login", "by.command", "--json", data_dir=data_dir))
    assert (login["login"], len(login["password"]) >= 16) == ("lab_by.command", True)
    rotated = document(mgg("users", "rotate-key", "--json", data_dir=data_dir))
    assert rotated == {"key": 2, "accounts": 1}
    shown = document(mgg("users", "show", "by.command", "--json", data_dir=data_dir))
    assert shown == {
        "username": "by.command",
        "email": "by@example.cn",
        "phone": "021-77",
        "database_login": "lab_by.command",
    }
    ended = document(mgg("users", "database-login", "by.command", "--end", "--json",
                         data_dir=data_dir))  # fmt: skip
    assert ended["ended"] is True
    mgg("users", "set-role", "by.command", "user", data_dir=data_dir)
    mgg("users", "deactivate", "by.command", data_dir=data_dir)
    users = document(mgg("users", "list", "--json", data_dir=data_dir))["users"]
    (account,) = [user for user in users if user["username"] == "by.command"]
    assert (account["role"], account["is_active"]) == ("user", False)
    assert "password" not in str(users)


def test_an_empty_password_is_refused_and_none_made_up(data_dir: Path) -> None:
    for stdin in ("", "\n"):
        done = mgg(
            "users", "add", "empty", "--ask-password", data_dir=data_dir, stdin=stdin
        )  # fmt: skip
        assert (done.returncode, "at least 10 characters" in done.stderr) == (1, True)


def test_one_bad_order_does_not_hide_what_became_of_the_files(
    data_dir: Path, measured: Path
) -> None:
    done = mgg("ingest", measured, "--work-order", "nope", "--json", data_dir=data_dir)
    (result,) = document(done, status=1)["results"]
    assert (result["status"], result["file"]) == ("refused", "made_up.xlsx")
    assert "no work order 'nope'" in result["reason"]


def test_the_log_by_command(data_dir: Path) -> None:
    mgg("catalog", "add", "gp_types", "LOGGED", data_dir=data_dir)
    found = document(mgg("log", "--type", "catalog", "--limit", "1", "--json", data_dir=data_dir))
    (entry,) = found["entries"]
    assert (entry["action"], entry["object_id"]) == ("add to the catalogue", "LOGGED")
    assert (entry["outcome"], entry["application"]) == ("done", "mgg command")
    day = entry["recorded_at"][:10]
    later = mgg("log", "--since", "2999-01-01", data_dir=data_dir)
    assert (later.returncode, later.stdout.strip()) == (0, "Nothing like that was done.")
    until = document(mgg("log", "--until", day, "--json", data_dir=data_dir))["entries"]
    assert all(one["recorded_at"][:10] <= day for one in until)
    wrong = mgg("log", "--since", "yesterday", data_dir=data_dir)
    assert (wrong.returncode, "'yesterday' is no moment" in wrong.stderr) == (1, True)


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.xlsx"
    os.mkfifo(pipe)
    huge = tmp_path / "huge.xlsx"
    with huge.open("wb") as file:
        file.truncate(3 * 1024**3)
    assert "no file that can be read" in document(mgg("inspect", pipe, "--json"), 1)["refused"]
    assert "larger than 1 GiB" in document(mgg("inspect", huge, "--json"), 1)["refused"]
    zero = mgg("simulate", *RECIPE, "--model", "/dev/zero")
    assert (zero.returncode, "is no file" in zero.stderr) == (1, True)


def test_looking_makes_no_database(tmp_path: Path) -> None:
    for words in (["db", "status"], ["db", "url"]):
        done = mgg(*words, data_dir=tmp_path)
        assert done.returncode == 1
        assert f"There is no database under {tmp_path} yet" in done.stderr
    mgg("doctor", data_dir=tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "words", [["tests", "--search", "\udcff"], ["users", "add", "x", "--name", "\udcff"]]
)
def test_odd_signs_are_no_traceback(data_dir: Path, words: list[str]) -> None:
    done = mgg(*words, data_dir=data_dir)
    assert done.returncode == 1
    assert "cannot be stored" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_the_actor_is_who_the_setting_says(
    data_dir: Path, measured: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mgg("users", "add", "only.looks", data_dir=data_dir)
    monkeypatch.setenv("MGG_ACTOR", "only.looks")
    refused = mgg("ingest", measured, data_dir=data_dir)
    assert refused.returncode == 1
    assert "'only.looks' has the role 'user'" in refused.stdout
    monkeypatch.setenv("MGG_ACTOR", "nobody-at-all")
    assert "no active account 'nobody-at-all'" in mgg("tests", data_dir=data_dir).stderr


def test_catalog_db_and_doctor(data_dir: Path) -> None:
    added = mgg("catalog", "add", "vessels", "9-1", "--volume", "9", "--json", data_dir=data_dir)
    assert document(added)["volume_ml"] == 9
    vessels = document(mgg("catalog", "list", "--json", data_dir=data_dir))["vessels"]
    assert "9-1" in [vessel["code"] for vessel in vessels]
    status = document(mgg("db", "status", "--json", data_dir=data_dir))
    assert (status["embedded"], status["is_current"]) == (True, True)
    assert document(mgg("db", "upgrade", "--json", data_dir=data_dir))["schema"]
    shown = document(mgg("db", "url", "--json", data_dir=data_dir))["url"]
    assert "mgg_app:***@" in shown
    findings = document(mgg("doctor", "--json", data_dir=data_dir))["findings"]
    assert {"ok"} == {f["state"] for f in findings if f["what"] != "browser"}


def test_a_failure_is_one_sentence_and_no_traceback() -> None:
    done = mgg("tests")
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith("mgg tests: The data folder /proc/none cannot be made")
    assert len(done.stderr.splitlines()) == 1
    assert "Traceback" in mgg("tests", "--debug").stderr


def test_a_database_url_that_does_not_answer_tells_no_password(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    url = "postgresql://me:secret-word@127.0.0.1:1/mgg_simulation"
    monkeypatch.setenv("MGG_DATABASE_URL", url)
    done = mgg("tests", data_dir=Path("/tmp"))
    assert done.returncode == 1
    assert "does not answer" in done.stderr
    assert "secret-word" not in done.stderr
    for odd in (
        "postgresql://me:secret-word@127.0.0.1:port/x",
        "postgresql://me:secret-word@127.0.0.1:1/x?bogus=1",
    ):
        monkeypatch.setenv("MGG_DATABASE_URL", odd)
        done = mgg("tests", data_dir=Path("/tmp"))
        assert (done.returncode, "secret" in done.stderr) == (1, False), done.stderr
        assert "MGG_DATABASE_URL" in done.stderr
    monkeypatch.setenv("MGG_DATABASE_URL", "mysql://me:secret-word@x/y")
    done = mgg("tests", data_dir=Path("/tmp"))
    assert "only postgresql:// works" in done.stderr
    assert "secret-word" not in done.stderr


@pytest.mark.parametrize("words", [[], ["nonsense"], ["simulate"], ["compare", "1"]])
def test_wrong_usage_ends_with_2(words: list[str]) -> None:
    assert mgg(*words).returncode == 2


def test_every_verb_is_documented() -> None:
    documents = (PROJECT / "README.md").read_text("utf-8") + "".join(
        path.read_text("utf-8") for path in (PROJECT / "docs").glob("*.md")
    )
    verbs = build_parser()._subparsers._group_actions[0].choices  # type: ignore[union-attr]
    assert [verb for verb in verbs if f"mgg {verb}" not in documents] == []


def test_a_fault_of_the_program_is_told_and_shown_by_debug(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], measured: Path
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("just so")

    monkeypatch.setattr("mgg_kernel.ingest.read_workbook", broken)
    monkeypatch.setattr("signal.signal", lambda number, handler: None)  # not those of the tests
    assert main(["inspect", str(measured)]) == 1
    told = capsys.readouterr().err
    assert told.startswith("mgg inspect: the program failed (ZeroDivisionError: just so)")
    with pytest.raises(ZeroDivisionError):
        main(["inspect", str(measured), "--debug"])
