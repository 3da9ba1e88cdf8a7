"""Lots of stored tests judged one by one, and the command."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import OpenAs
from test_shots import files, shot, stored_test

from mgg_kernel.cli import main
from mgg_kernel.curve import PTCurve
from mgg_kernel.errors import LotError
from mgg_kernel.lots import accept, capability, judge_lots, lot_charts, overlay, shot_charts

PEAKS = {"A": [57.0, 57.6, 57.3, 57.2], "B": [58.1, 57.9, 58.4, 58.0]}


def flat(peak_mpa: float) -> PTCurve:
    """A curve whose highest pressure is just this."""
    time = np.arange(0.0, 40.0, 0.1)
    return PTCurve(time, peak_mpa * np.minimum(1.0, np.maximum(0.0, time - 2.0)))


def curves() -> list[PTCurve]:
    return [flat(peak) for peaks in PEAKS.values() for peak in peaks]


LABELS = ["A"] * 4 + ["B"] * 4


def test_each_lot_is_judged_by_itself() -> None:
    report = judge_lots(overlay(curves()), lots=LABELS, lower=50, upper=60.2)
    (group,) = report.groups
    assert [row.lot for row in group.lots] == ["A", "B"]
    for row in group.lots:
        assert row.acceptance == accept(
            PEAKS[row.lot], readout="peak_pressure_mpa", lower=50, upper=60.2, unit="MPa"
        )
    everything = [peak for peaks in PEAKS.values() for peak in peaks]
    assert group.capability == capability(everything, lower=50, upper=60.2, lots=LABELS)
    assert group.charts == lot_charts(PEAKS)
    assert report.accepted is True
    tight = judge_lots(overlay(curves()), lots=LABELS, lower=50, upper=59.0)
    assert [row.acceptance and row.acceptance.accepted for row in tight.groups[0].lots] == [
        True,
        False,
    ]
    assert tight.accepted is False


def test_one_lot_and_lots_of_one_shot_get_charts_of_individuals() -> None:
    laid = overlay(curves(), names=[f"s{n}" for n in range(8)])
    values = [peak for peaks in PEAKS.values() for peak in peaks]
    (one,) = judge_lots(laid).groups
    assert one.charts == shot_charts(values, [f"s{n}" for n in range(8)])
    assert (one.capability, one.lots[0].acceptance) == (None, None), "there is no limit"
    (each,) = judge_lots(laid, lots=list("abcdefgh")).groups
    assert each.charts == shot_charts(values, list("abcdefgh"))
    (mixed,) = judge_lots(laid, lots=["a"] * 7 + ["b"]).groups
    assert mixed.charts is None
    assert any("lot 'b'" in note for note in mixed.notes)


def test_each_temperature_is_judged_apart_and_a_misfire_refuses_its_lot() -> None:
    cold = [flat(peak) for peak in (49.0, 49.2, 49.3)]
    shots = overlay([*curves(), *cold, flat(1.0)])
    report = judge_lots(
        shots,
        lots=[*LABELS, "A", "A", "B", "B"],
        temperatures_c=[23.0] * 8 + [-34.0, -36.0, -35.0, None],
        lower=40,
        upper=70,
    )
    assert [group.conditioned_c for group in report.groups] == [-35.0, 23.0, None]
    colds = report.groups[0].lots
    assert [(row.lot, len(row.shots)) for row in colds] == [("A", 2), ("B", 1)]
    assert colds[0].statistics is not None
    assert colds[0].statistics.mean == pytest.approx(49.1)
    assert report.groups[1].charts == lot_charts(PEAKS)
    misfired = report.groups[2].lots[0]
    assert (misfired.misfires, misfired.statistics, misfired.accepted) == (1, None, False)
    # One shot of B tells nothing of its spread, and a lot of which nothing fired is not accepted.
    assert report.accepted is False


def test_what_does_not_fit_is_refused() -> None:
    laid = overlay(curves())
    for given, reason in (
        ({"readout": "colour"}, "no read-out 'colour'"),
        ({"lots": ["A"]}, "8 shots but 1 lots"),
        ({"temperatures_c": [23.0]}, "8 values but 1 temperatures"),
        ({"lower": 60.0, "upper": 50.0}, "limit"),
    ):
        with pytest.raises(LotError, match=reason):
            judge_lots(laid, **given)  # type: ignore[arg-type]


def test_work_orders_are_the_lots_of_stored_tests(open_as: OpenAs) -> None:
    wang = open_as("wang")
    orders = [wang.work_orders.create(title=f"lot {label}").number for label in PEAKS]
    ids = [
        [stored_test(wang, shot(peak, n), f"lot {label} {n}", order=order) for n, peak in rows]
        for order, (label, rows) in zip(
            orders, {k: list(enumerate(v)) for k, v in PEAKS.items()}.items(), strict=True
        )
    ]
    by_order = wang.tests.lot(work_order=orders, lower=50, upper=65)
    assert [row.lot for row in by_order.groups[0].lots] == orders
    named = wang.tests.lot(lots=dict(zip("AB", ids, strict=True)), lower=50, upper=65)
    assert [row.lot for row in named.groups[0].lots] == ["A", "B"]
    assert [row.statistics for row in named.groups[0].lots] == [
        row.statistics for row in by_order.groups[0].lots
    ]
    apart = wang.tests.lot(ids=ids[0], temperatures_c={ids[0][0]: 85.0})
    assert [group.conditioned_c for group in apart.groups] == [85.0, None]
    with pytest.raises(LotError, match=f"for the test {ids[1][0]}, which is not looked at"):
        wang.tests.lot(ids=ids[0], temperatures_c={ids[1][0]: 23.0})
    with pytest.raises(LotError, match="leave out the other ids"):
        wang.tests.lot(ids=ids[0], lots={"A": ids[0]})


# --- command


def answer(capsys: pytest.CaptureFixture[str], *words: object) -> Any:
    assert main(["lot", *map(str, words), "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_the_command(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    paths = files(tmp_path, [peak for peaks in PEAKS.values() for peak in peaks])
    lots = ["--lot", f"A={','.join(paths[:4])}", "--lot", f"B={','.join(paths[4:])}"]
    found = answer(capsys, *lots, "--lower", 40, "--upper", 80)
    (group,) = found["groups"]
    assert [row["lot"] for row in group["lots"]] == ["A", "B"]
    assert [row["acceptance"]["accepted"] for row in group["lots"]] == [True, True]
    assert found["accepted"] is True
    assert [one["label"] for one in group["charts"]["location"]["points"]] == ["A", "B"]
    assert group["capability"]["cpk"]["value"] > 1
    cold = answer(capsys, *lots, "--temperature", f"{paths[0]},{paths[4]}@-35")
    assert [one["conditioned_c"] for one in cold["groups"]] == [-35.0, None]
    tight = answer(capsys, *paths, "--upper", 57)
    assert tight["accepted"] is False
    standard = answer(capsys, *lots, "--standard", "50:0.5", "--rules", "limits")
    assert standard["groups"][0]["charts"]["mean"] == 50.0
    flags = [one["flags"] for one in standard["groups"][0]["charts"]["location"]["points"]]
    assert all(flags), "both lots lie far above such a process"
    assert main(["lot", *lots, "--lower", "40", "--upper", "80"]) == 0
    told = capsys.readouterr().out
    for words in ("A: Accepted by peak_pressure_mpa", "all lots: Cpk", "In control"):
        assert words in told


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ([], "Say which shots"),
        (["--lot", "A"], "write LABEL=SHOT,SHOT"),
        (["--lot", "A={0}", "--lot", "A={1}"], "'A' is given more than once"),
        (["--lot", "A={0}", "{1}"], "stand in --lot already"),
        (["--lot", "A={0}", "--lot", "B={0}"], "more than once"),
        (["{0}", "--temperature", "{0}"], "write SHOT,SHOT@C"),
        (["{0}", "--temperature", "{0}@hot"], "write SHOT,SHOT@C"),
        (["{0}", "--temperature", "{1}@23"], "none of the shots"),
        (["{0}", "--temperature", "{0}@23", "--temperature", "{0}@85"], "two temperatures"),
        (["{0}", "--standard", "58"], "write MEAN:SD"),
        (["{0}", "--readout", "colour"], "no read-out"),
    ],
)
def test_the_command_refuses_in_one_sentence(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, words: list[str], reason: str
) -> None:
    paths = files(tmp_path, [57, 58])
    assert main(["lot", *(word.format(*paths) for word in words)]) == 1
    told = capsys.readouterr()
    assert reason in told.err
    assert told.err.count("\n") == 1
